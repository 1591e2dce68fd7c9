from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.segment import Segment
from tests.support.screen import WIDE, app_of, rows, shown, strips, text
from tests.support.scripted import run_snapshot, snapshot
from textual.color import Color

from lossmon.core.assessment import Advice
from lossmon.core.snapshot import RunStatus, SkippedFile, Snapshot
from lossmon.core.text import Name
from lossmon.core.verdict import Verdict
from lossmon.gpu import Gpu, GpuProcess, GpuSnapshot
from lossmon.tui.output_filter import OutputFilter, printable, to_ascii, to_console
from lossmon.tui.settings import DisplayOptions, Page

NAMES = {
    "clipboard": "\x1b]52;c;ZXZpbA==\x07loss",
    "clear": "\x1b[2J\x1b[H\x9b2J",
    "closing markup": "path[/home/u]",
    "click": "[@click=app.quit]loss[/]",
    "style": "[bold red]val[k=5]",
    "bidi": "\u202eevil\u2066name",
    "joined": "\U0001f469\u200d\U0001f4bb run \u2601\ufe0f",
    "lines": "a\nb\r\tc\x00\x7f",
    "surrogate": "run\udcff",
    "long": "x" * 1_000_000,
    "empty": "",
}
PAGES = ["", "m", "t", "i", "c", "question_mark"]


def hostile(name: str) -> Snapshot:
    """Return a snapshot with *name* in every place where text from outside can be."""
    view = run_snapshot(
        name,
        Verdict.OVERFITTING,
        status=RunStatus.STALLED,
        trouble=(name[:300],),
        advice=(Advice(name[:300], name[:300]),),
        extra=(name,),
    )
    return snapshot(view, skipped=(SkippedFile(Name.of(name), name[:300]),))


def hostile_gpus(name: str) -> GpuSnapshot:
    gpu = Gpu(0, name[:300], 10.0, processes=(GpuProcess(1, name[:300], 5),), history=((0.0, 10.0),))
    return GpuSnapshot((gpu, Gpu(1, name[:300], error=name[:300])))


@pytest.mark.parametrize("named", list(NAMES))
async def test_a_hostile_name_is_shown_as_text_on_every_page(named: str) -> None:
    name = NAMES[named]
    async with shown(hostile(name), gpus=hostile_gpus(name)) as pilot:
        for page in PAGES:
            if page:
                await pilot.press(page)
            assert len(rows(pilot)) == WIDE[1]
            assert all(row.isprintable() for row in rows(pilot))
            if page:
                await pilot.press(page)


async def test_clicking_on_markup_in_names_runs_nothing() -> None:
    name = NAMES["click"]
    async with shown(hostile(name), gpus=hostile_gpus(name)) as pilot:
        for page in ("", "i"):
            if page:
                await pilot.press(page)
            for y, row in enumerate(rows(pilot)[:-1]):
                if "[@click" in row:
                    await pilot.click(offset=(row.rindex("[@click") + 18, y))
            assert pilot.app.is_running
            if page:
                await pilot.press("escape", "escape", "escape")
        assert "[@click=app.quit]loss[/]" in text(pilot)


@pytest.mark.parametrize(
    "action", ["app.screenshot('x','/nowhere')", "simulate_key('q')", "screen.dismiss", "push_screen('x')"]
)
async def test_only_actions_of_the_key_table_run(action: str) -> None:
    async with shown(snapshot(run_snapshot())) as pilot:
        assert not await pilot.app.run_action(action)


async def test_control_keys_add_nothing_to_a_filter() -> None:
    async with shown(snapshot(run_snapshot())) as pilot:
        await pilot.press("slash", "ctrl+g", "tab", "a", "escape")
        assert app_of(pilot).state.view.run_filter == ""
        assert app_of(pilot).state.view.page is Page.RUN


@given(st.text())
def test_no_control_character_passes_the_output_filter(text: str) -> None:
    filtered = OutputFilter().apply([Segment(text)], Color(0, 0, 0))
    assert filtered[0].text.isprintable()


@given(st.text(alphabet=st.characters(codec="utf-8")))
def test_to_ascii_returns_only_ascii(text: str) -> None:
    assert to_ascii(printable(text)).isascii()


@given(st.text(alphabet=st.characters(codec="utf-8")))
def test_for_the_linux_console_every_character_keeps_its_width(text: str) -> None:
    shown_text = to_console(printable(text))
    assert cell_len(shown_text) == cell_len(printable(text))
    assert not any(char in shown_text for char in "⠿★●日")


def test_harmless_text_passes_untouched() -> None:
    segment = Segment("val 0.83 ⣀⠤⠒ 日本語 é")
    assert OutputFilter().apply([segment], Color(0, 0, 0)) == [segment]


async def test_no_colour_means_no_colour() -> None:
    async with shown(snapshot(run_snapshot()), options=DisplayOptions(no_color=True)) as pilot:
        styles = [segment.style for strip in strips(pilot) for segment in strip if segment.style is not None]
        assert styles
        assert all(style.color is None and style.bgcolor is None for style in styles)


async def test_on_the_linux_console_charts_are_of_half_blocks() -> None:
    async with shown(snapshot(run_snapshot("läuft-日本")), options=DisplayOptions(blocks=True)) as pilot:
        for key in PAGES[1:]:
            assert set(text(pilot)) - set("─│┌┐└┘├┤░▒▓█▀▄·°ä") <= set(map(chr, range(128)))
            await pilot.press(key)
        await pilot.press("escape")
        assert "▀▀" in text(pilot)
        assert "▄▄" in text(pilot)


async def test_ascii_means_ascii_and_keeps_the_words() -> None:
    async with shown(snapshot(run_snapshot("läuft-日本")), options=DisplayOptions(ascii=True)) as pilot:
        for key in PAGES[1:]:
            assert text(pilot).isascii()
            await pilot.press(key)
        await pilot.press("escape")
        assert "overfitting since epoch 10" in text(pilot)
        assert "l?uft-????" in text(pilot)
