from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from tests.support.browser import CHROMIUM, Browser, browser
from tests.support.evaluated import evaluated_run

from lossmon.core.snapshot import Snapshot
from lossmon.core.text import Name
from lossmon.report.html import PageOptions, write_page

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium: apt-get install chromium")
RUNS = 32
"""Two more than are drawn large."""


@pytest.fixture(scope="module")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with browser(tmp_path_factory.mktemp("profile")) as started:
        yield started


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    hostile = Name.of("<img src=http://example.org/x onerror=console.log(1)>")
    runs = [replace(evaluated_run(), name=hostile), *(evaluated_run(f"run {number}") for number in range(RUNS - 1))]
    path = tmp_path_factory.mktemp("page") / "report.html"
    path.write_text("".join(write_page(Snapshot(tuple(runs), taken_at=1.7e9), PageOptions("runs"))), "utf-8")
    return path


@pytest.mark.parametrize("width", [390, 1100])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_requests_nothing_complains_of_nothing_and_fits(
    chromium: Browser, page: Path, width: int, scheme: str
) -> None:
    chromium.requests.clear()
    chromium.open(page, width=width, scheme=scheme)
    assert chromium.picture().startswith(b"\x89PNG")
    assert chromium.requests == [page.as_uri()]
    assert chromium.complaints == []
    assert chromium.value("document.documentElement.scrollWidth") <= width
    dark = chromium.value("getComputedStyle(document.body).backgroundColor") != "rgb(255, 255, 255)"
    assert dark == (scheme == "dark")


@pytest.mark.parametrize("width", [360, 1100])
def test_every_chart_is_drawn_inside_its_run(chromium: Browser, page: Path, width: int) -> None:
    chromium.open(page, width=width)
    outside = """[...document.querySelectorAll("section.run")].filter(run => {
        const box = run.getBoundingClientRect();
        return [...run.querySelectorAll("text, path")].some(part => {
            const own = part.getBoundingClientRect();
            if (own.width === 0 && own.left === 0) return false;  // a label that a narrow page hides
            return own.left < box.left || own.right > box.right || own.top < box.top || own.bottom > box.bottom;
        });
    }).length"""
    assert chromium.value(outside) == 0


def test_keys_and_pointer_show_the_values_of_the_curve(chromium: Browser, page: Path) -> None:
    chromium.open(page)
    chromium.value("document.querySelector('.plot').focus()")
    chromium.press("Home")
    chromium.press("ArrowRight")
    reading = "document.querySelector('.reading').textContent"
    assert chromium.value(reading).startswith("epoch 2   train 0.85   val 1   ")
    said = chromium.value("document.querySelector('.plot').getAttribute('aria-label')")
    assert "overfitting since epoch 10" in said
    chromium.press("Escape")
    assert chromium.value("document.querySelector('.reading').hidden")
    box = chromium.value("(r => [r.left, r.top, r.width])(document.querySelector('.chart').getBoundingClientRect())")
    chromium.move(box[0] + box[2], box[1] + 20)
    assert chromium.value(reading).startswith("epoch 30   ")


def test_a_link_to_a_folded_run_opens_it(chromium: Browser, page: Path) -> None:
    chromium.open(page)
    folded = f"document.getElementById('run-{RUNS}')"
    assert not chromium.value(f"{folded}.open")
    chromium.value(f"document.querySelector('a[href=\"#run-{RUNS}\"]').click()")
    # A click only plans the event that opens it.
    assert chromium.call(
        "Runtime.evaluate",
        expression=f"new Promise(done => setTimeout(() => done({folded}.open), 0))",
        awaitPromise=True,
        returnByValue=True,
    )["result"]["value"]


def test_it_can_be_printed(chromium: Browser, page: Path) -> None:
    chromium.open(page)
    assert chromium.call("Page.printToPDF", printBackground=True)["data"]
