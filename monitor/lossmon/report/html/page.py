"""The whole page, piece by piece."""

from __future__ import annotations

import base64
import hashlib
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from importlib.resources import files

from lossmon.core.snapshot import RunSnapshot, SkippedFile, Snapshot
from lossmon.core.text import plural
from lossmon.core.verdict import Verdict
from lossmon.presentation import run_text
from lossmon.presentation.axes import XAxis
from lossmon.presentation.sorting import Sort, filter_and_sort
from lossmon.report.html.badge import verdict_badge
from lossmon.report.html.chart import LARGE, MEDIUM, SMALL
from lossmon.report.html.markup import Markup, element, when
from lossmon.report.html.overview import differences, overview
from lossmon.report.html.run_section import SectionOptions, run_section
from lossmon.report.html.tables import table

GENERATOR_MARK = '<meta name="generator" content="lossmon '
"""What the first kilobyte of every report contains, by which it is known to be one."""
_MAX_LARGE = 30
"""Runs that are drawn large; the others are folded."""
_MAX_MEDIUM = 250
"""Runs of a page up to which the folded ones have charts of medium size; else the page would become too large."""
_MAX_REASONS = 5


@dataclass(frozen=True, slots=True)
class PageOptions:
    """What the page says besides the runs."""

    title: str
    x_axis: XAxis = XAxis.COUNT
    unread: Sequence[SkippedFile] = ()
    """What could not be read."""


def write_page(
    snapshot: Snapshot, options: PageOptions, progress: Callable[[float], None] = lambda _: None
) -> Iterator[str]:
    """Yield the page in pieces; *progress* is told the share of the runs that is done, 0 to 1."""
    runs = filter_and_sort(snapshot.runs, Sort.TROUBLE, "")
    yield _head(options.title)
    yield f"<body>\n<main>\n{_introduction(runs, snapshot.taken_at, options)}\n"
    if len(runs) > 1:
        yield f"{overview(runs)}\n{differences(runs)}\n"
    yield element("h2", "The runs" if len(runs) > 1 else "The run")
    for number, run in enumerate(runs, 1):
        folded = number > _MAX_LARGE
        size = LARGE if not folded else MEDIUM if len(runs) <= _MAX_MEDIUM else SMALL
        yield f"{run_section(run, number, SectionOptions(size, folded, options.x_axis))}\n"
        progress(number / len(runs))
    yield f"{_glossary(runs)}\n</main>\n<script>{_resource('page.js')}</script>\n</body>\n</html>\n"


def _head(title: str) -> str:
    """Return the head, whose policy lets the page load nothing and run no script but its own."""
    policy = f"default-src 'none'; style-src '{_digest('page.css')}'; script-src '{_digest('page.js')}'"
    parts = (
        Markup(f'{GENERATOR_MARK}{version("lossmon")}">'),
        element("meta", http_equiv="Content-Security-Policy", content=policy),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light dark"),
        element("meta", name="referrer", content="no-referrer"),
        element("title", f"{title} · training report"),
        Markup(f"<style>{_resource('page.css')}</style>"),
    )
    head = "\n".join(parts)
    return f'<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n{head}\n</head>\n'


def _introduction(runs: Sequence[RunSnapshot], taken_at: float, options: PageOptions) -> Markup:
    counts = run_text.verdict_counts(runs)
    signs = {(run_text.verdict_text(run), run_text.colour_role(run)): run for run in runs}
    badges = [_count(count, word, role, signs.get((word, role))) for count, word, role in counts]
    moment = time.strftime("%Y-%m-%d %H:%M %z", time.localtime(taken_at))
    return element(
        "header",
        element("h1", options.title),
        element("p", f"Training report by lossmon: {plural(len(runs), 'run')}, as of ", element("time", moment)),
        element("ul", *badges, class_="counts"),
        _unread(options.unread),
    )


def _count(count: int, word: str, role: str, run: RunSnapshot | None) -> Markup:
    sign = run_text.glyph(run) if run else "·"
    is_weak = run is not None and run.assessment.is_weak
    return element("li", verdict_badge(sign, f"{count} {word}", role, is_weak=is_weak))


def _unread(unread: Sequence[SkippedFile]) -> Markup:
    """Return that something is missing, with the reasons but without the paths."""
    reasons = list(dict.fromkeys(file.reason for file in unread))[:_MAX_REASONS]
    sentence = f"{plural(len(unread), 'file')} could not be read, so runs may be missing: {'; '.join(reasons)}"
    return when(unread, element("p", sentence, class_="warnings"))


def _glossary(runs: Sequence[RunSnapshot]) -> Markup:
    """Return what the verdicts and the parts of a chart mean."""
    present = {run.assessment.verdict for run in runs}
    rows = [
        (verdict_badge(verdict.sign, verdict.value, verdict.value, is_weak=False), verdict.meaning)
        for verdict in Verdict
        if verdict in present
    ]
    notes = {
        "best": "the evaluation with the best loss so far",
        "since": "from here on the verdict holds; the stretch after it is tinted",
        "gap": "validation loss minus train loss, at each evaluation",
        "risk": "probability of overfitting, at each evaluation",
        "maybe": "probable but not yet sure; nothing should be done about it yet",
        "sure": "the probability that the verdict is right",
    }
    return element(
        "footer", element("h2", "Words"), table("What they mean", ("word", "means"), [*rows, *notes.items()])
    )


def _digest(name: str) -> str:
    """Return the hash by which the page's policy allows one of its own texts."""
    return "sha256-" + base64.b64encode(hashlib.sha256(_resource(name).encode()).digest()).decode()


@cache
def _resource(name: str) -> str:
    return files("lossmon.report.html").joinpath(name).read_text(encoding="utf-8")
