"""The cells of a row of the list of runs, each in exactly the width of its column."""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Callable

from lossmon.core.snapshot import RunSnapshot
from lossmon.core.text import Name
from lossmon.presentation import run_text
from lossmon.presentation.numbers import format_step, format_value_within
from lossmon.tui.charts.glyphs import UNICODE, Glyphs
from lossmon.tui.charts.small_charts import sparkline
from lossmon.tui.panes.curves import evaluated_loss
from lossmon.tui.panes.gpu import gpus_by_run, utilisation_text
from lossmon.tui.panes.run_columns import BAR_WIDTH, LOSS_WIDTH, Columns, note_text
from lossmon.tui.state import State
from lossmon.tui.styled_text import Line, Lines, Span, fit, width_of

_EIGHTHS = " ▏▎▍▌▋▊▉"
"""What fills no eighth of a cell, one, and so on."""
LEFT_ALIGNED = ("note", "curve")
_MAX_KEPT = 200
"""Drawings that are kept: more than there are rows on a screen."""


class DrawnRuns:
    """Keeps what was drawn last of each run, so that scrolling the list does not draw it again."""

    def __init__(self) -> None:
        self._drawn: OrderedDict[tuple[Name, object], tuple[RunSnapshot, Lines]] = OrderedDict()

    def lines(self, run: RunSnapshot, key: object, draw: Callable[[], Lines]) -> Lines:
        """Return what *draw* makes of *run*; *key* says for what size and settings."""
        known = self._drawn.pop((run.name, key), None)
        lines = known[1] if known and known[0] is run else draw()
        self._drawn[run.name, key] = run, lines
        if len(self._drawn) > _MAX_KEPT:
            self._drawn.popitem(last=False)
        return lines


def verdict_line(run: RunSnapshot, *, has_since: bool) -> Line:
    """Return the verdict, and since when it holds; one that needs action stands out, and a "maybe" does not."""
    role = run_text.colour_role(run)
    word = run_text.verdict_text(run)
    since = f" {run_text.onset_mark(run)}" if has_since and run_text.onset_mark(run) else ""
    if run.assessment.is_maybe and word == run.assessment.word:
        maybe, _, verdict = word.partition(" ")
        return ((f"{maybe} ", "muted"), (f"{verdict}{since}", role))
    return ((f"{word}{since}", f"{role} strong" if run.assessment.needs_action else role),)


def other_cells(state: State, run: RunSnapshot, columns: Columns, drawn: DrawnRuns) -> Line:
    """Return the cells behind the verdict, with a blank before each."""
    line: Line = ()
    for key, width in columns.others:
        cell = fit(_cell(state, run, key, width, drawn), width)
        blanks: Span = (" " * (width - width_of(cell)), "")
        line += ((" ", ""), *cell, blanks) if key in LEFT_ALIGNED else ((" ", ""), blanks, *cell)
    return line


def _cell(state: State, run: RunSnapshot, key: str, width: int, drawn: DrawnRuns) -> Line:
    """Return the text of one cell, which may be narrower than its column."""
    if key == "best":
        group = state.groups.get(run.name)
        return _loss(run.assessment.best_value) if group is None else ((group.spread, ""),)
    if key == "now":
        return _loss(run_text.last_loss(run))
    if key == "gap":
        return _gap(run)
    if key == "note":
        return ((note_text(run), "warn" if run_text.status_warning(run) else "muted"),)
    if key == "progress":
        return _progress(run, width, state.glyphs)
    if key == "left":
        return ((run_text.remaining_time(run), ""),)
    if key == "gpu":
        return _gpu(state, run)
    return _curve(run, width, state.glyphs, drawn)


def _loss(value: float | None) -> Line:
    if value is None:
        return (("-", "muted"),)
    return ((format_value_within(value, LOSS_WIDTH), "" if math.isfinite(value) else "nonfinite"),)


def _gap(run: RunSnapshot) -> Line:
    """Return the gap and whether it grows; in the colour of the gap if it grows."""
    gap, direction = run.assessment.gap, run_text.gap_direction(run)
    if gap is None:
        return (("-", "muted"), ("  ", ""))
    return ((f"{format_value_within(gap, LOSS_WIDTH)} {direction or ' '}", "gap" if direction == "▲" else ""),)


def _progress(run: RunSnapshot, width: int, glyphs: Glyphs) -> Line:
    """Return ``e31/50`` with a bar if the end is known, else the position in the same place."""
    history, planned = run.history, run.planned_end
    if history is None or not len(history.x):
        return ()
    x = float(history.x[-1])
    if planned is None or not planned > 0 or not math.isfinite(x):
        return ((run_text.short_position(run, x), ""), (" " * (1 + BAR_WIDTH) if width > BAR_WIDTH else "", ""))
    position = f"{run_text.short_position(run, x)}/{format_step(planned)} "
    return ((position, ""), *progress_bar(x / planned, run_text.colour_role(run), glyphs))


def progress_bar(share: float, role: str, glyphs: Glyphs) -> Line:
    """Return a bar of ``BAR_WIDTH`` cells of which *share*, 0 to 1, is filled.

    >>> "".join(text for text, _ in progress_bar(0.3, "", UNICODE))
    '██▍·····'
    """
    filled = min(max(share, 0.0), 1.0) * BAR_WIDTH
    full, part = "█" if glyphs is UNICODE else glyphs.bars[-1], ""
    if glyphs is UNICODE and filled < BAR_WIDTH:
        part = _EIGHTHS[int(filled % 1 * len(_EIGHTHS))].strip()
    bar = full * int(filled) + part
    return ((bar, role), ("·" * (BAR_WIDTH - len(bar)), "muted"))


def _gpu(state: State, run: RunSnapshot) -> Line:
    """Return number and utilisation of the GPU that trains a run; of several their count and mean."""
    places = gpus_by_run(state).get(run.name, ())
    gpus = [state.gpus.gpus[place] for place in places] if state.gpus else []
    if not gpus:
        return ()
    if len(gpus) == 1:
        return ((f"{gpus[0].index} {utilisation_text(gpus[0])}", "gpu"),)
    known = [gpu.utilisation for gpu in gpus if gpu.utilisation is not None and math.isfinite(gpu.utilisation)]
    mean = f"{sum(known) / len(known):.0f}%" if known else "?"
    return ((f"{len(gpus)}× {mean}", "gpu"),)


def _curve(run: RunSnapshot, width: int, glyphs: Glyphs, drawn: DrawnRuns) -> Line:
    """Return a sparkline of the loss that the verdict of a run is about."""
    values = None if run.history is None else evaluated_loss(run.history)[1]
    if values is None:
        return ()
    return drawn.lines(run, (width, glyphs), lambda: (sparkline(values, width, "muted", glyphs),))[0]
