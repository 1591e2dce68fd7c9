"""The list of runs: one line each, and the curves of runs below it; lines are made only for visible runs."""

from __future__ import annotations

from textual.message import Message

from lossmon.core.snapshot import RunSnapshot
from lossmon.core.text import cell_width
from lossmon.presentation import run_text
from lossmon.presentation.sorting import Sort, has_ended
from lossmon.tui.panes.base import Pane, PaneRect
from lossmon.tui.panes.gpu import gpus_by_run
from lossmon.tui.panes.run_cells import LEFT_ALIGNED, DrawnRuns, other_cells, verdict_line
from lossmon.tui.panes.run_columns import (
    BAR_WIDTH,
    PREFIX_WIDTH,
    Columns,
    fit_columns,
    header_texts,
    note_text,
)
from lossmon.tui.panes.run_curves import curve_tiles
from lossmon.tui.state import State
from lossmon.tui.styled_text import Line, Lines, fit, pad, width_of

_SELECTED = "▸"
_MIN_HEIGHT_FOR_MARGIN = 3
"""Rows from which a list shows the row before and the row after the selected one."""
MIN_HEIGHT_FOR_HEADER = 6
"""Lines from which a list has a header."""
_MIN_NAME_WIDTH_BESIDE_VERDICT = 4
"""With fewer cells for the name, the verdict is left out; its sign remains."""


class RunList(Pane):
    """The list of runs; it scrolls only as far as needed to show the selected run."""

    class Chosen(Message):
        """The run in row *index* of the list was clicked."""

        def __init__(self, index: int) -> None:
            super().__init__()
            self.index = index

    def __init__(self, *, framed: bool) -> None:
        super().__init__(depends_on=_list_inputs)
        self._framed = framed
        self._top = 0
        self._first_row = 0
        self._drawn = DrawnRuns()

    def draw(self, state: State, rect: PaneRect) -> Lines:
        """Return the visible runs."""
        box = rect.box if self._framed else None
        width, height = box.inner(rect.width, rect.height) if box else (rect.width, rect.height)
        header = int(has_header(state, height, framed=self._framed))
        self._first_row = header + self._framed
        self._top = scroll_top(self._top, state.shown_index, len(state.listed_runs), height - header)
        columns = fit_columns(state, width, rect.screen_width, has_header=bool(header))
        body = run_rows(state, columns, width, height, self._top, self._drawn)
        if not box:
            return body
        body += curve_tiles(state, width, height - len(body), self._drawn)
        return box.around(_title(state, height - header), body, rect.width, rect.height)

    def clicked(self, x: int, y: int) -> Message | None:
        """Select the clicked run."""
        del x
        index = self._top + y - self._first_row
        is_run = self.state is not None and self._top <= index < len(self.state.listed_runs)
        return self.Chosen(index) if is_run else None


def _list_inputs(state: State) -> object:
    return state.snapshot, state.view, state.gpus if gpus_by_run(state) else None


def has_header(state: State, height: int, *, framed: bool) -> bool:
    """Return whether a list of *height* lines has a header; one that is *framed* lists at least four runs."""
    return bool(state.listed_runs) and height >= MIN_HEIGHT_FOR_HEADER - framed


def scroll_top(top: int, index: int, count: int, height: int) -> int:
    """Return the first of *count* rows to show in *height* lines, moved from *top* only as far as *index* needs.

    If there is room, the rows before and after *index* are visible too.

    >>> scroll_top(0, 12, 50, 10)
    4
    """
    margin = 1 if height >= _MIN_HEIGHT_FOR_MARGIN else 0
    lowest, highest = max(0, index + margin - height + 1), min(max(0, index - margin), max(0, count - height))
    return min(max(top, lowest), max(highest, lowest), max(0, count - height))


def run_rows(state: State, columns: Columns, width: int, height: int, top: int, drawn: DrawnRuns) -> Lines:
    """Return the visible runs from row *top* on, one line each, below the header; or the reason why there are none."""
    if not state.listed_runs:
        return (fit(((" ", ""), (empty_list_text(state), "muted")), width),)
    visible = state.listed_runs[top : top + height - columns.has_header]
    rows = zip(visible, _arrows(state, top, len(visible)), strict=True)
    lines = tuple(_run_row(state, run, arrow, columns, width, drawn) for run, arrow in rows)
    return (_header_row(state, columns), *lines) if columns.has_header else lines


def _arrows(state: State, top: int, count: int) -> list[str]:
    """Return the arrow before each visible row: it marks the selected one, and that there are more above or below."""
    arrows = [" "] * count
    if count and top > 0:
        arrows[0] = "▴"
    if count and top + count < len(state.listed_runs):
        arrows[-1] = "▾"
    if 0 <= state.shown_index - top < count:
        arrows[state.shown_index - top] = _SELECTED
    return arrows


def waiting_text(state: State) -> str:
    """Return what is waited for while there is no run."""
    return "no losses in the output yet" if state.has_output else f"waiting for logs in {state.title}"


def empty_list_text(state: State) -> str:
    """Return why the list is empty."""
    if state.snapshot is None:
        return "starting"
    return "no run matches; esc shows all" if state.snapshot.runs else "no runs yet"


def _title(state: State, rows: int) -> Line:
    title: Line = (("runs", "title"),)
    if len(state.listed_runs) > rows:
        title += ((f" {state.shown_index + 1}/{len(state.listed_runs)}", "muted"),)
    if state.view.run_filter:
        title += ((f" /{state.view.run_filter}", "warn"),)
    if state.view.hide_finished:
        title += (
            (
                " · all ended" if state.listed_runs and all(map(has_ended, state.listed_runs)) else " · not ended",
                "warn",
            ),
        )
    if state.view.sort is not Sort.TROUBLE:
        title += ((f" by {state.view.sort.value}", "muted"),)
    return title


def _header_row(state: State, columns: Columns) -> Line:
    """Return the names of the columns; the one by which the list is sorted stands out."""
    texts = header_texts(state, columns)
    line: Line = ((" " * PREFIX_WIDTH, ""), *pad((("run", _head_role(state, "name")),), columns.name))
    line += ((" ", ""), *pad(((texts["verdict"], "muted"),), columns.verdict))
    for key, width in columns.others:
        bar = 1 + BAR_WIDTH if key == "progress" and width > BAR_WIDTH else 0
        text = texts[key].ljust(width) if key in LEFT_ALIGNED else texts[key].rjust(width - bar).ljust(width)
        line += ((f" {text}", _head_role(state, key)),)
    return line


def _head_role(state: State, key: str) -> str:
    return "title" if state.view.sort.value == key else "muted"


def _run_row(state: State, run: RunSnapshot, arrow: str, columns: Columns, width: int, drawn: DrawnRuns) -> Line:
    is_selected = arrow == _SELECTED
    mark = "+" if run.name in state.view.marked else " "
    prefix: Line = ((arrow, "selected" if is_selected else "muted"), (mark, "mark"))
    prefix += ((run_text.glyph(run), run_text.colour_role(run)), (" ", ""))
    name_style = "selected" if is_selected else "muted" if run_text.status_warning(run) else ""
    if not columns.others and not columns.has_header:
        return fit((*prefix, *_name_and_verdict(state, run, name_style, width - PREFIX_WIDTH)), width)
    name = pad(((state.row_name(run, columns.name), name_style),), columns.name)
    verdict = pad(verdict_line(run, has_since=columns.has_since), columns.verdict)
    return (*prefix, *name, (" ", ""), *verdict, *other_cells(state, run, columns, drawn))


def _name_and_verdict(state: State, run: RunSnapshot, name_style: str, width: int) -> Line:
    """Return name and verdict at the two ends; the note is left out first, then the name cut, then the verdict."""
    note: Line = ((f" {note_text(run)}", "muted"),) if note_text(run) else ()
    verdicts = ((*verdict_line(run, has_since=True), *note), verdict_line(run, has_since=True))
    name = state.row_name(run)
    verdict = next((form for form in verdicts if cell_width(name) + 1 + width_of(form) <= width), verdicts[-1])
    left = width - width_of(verdict) - 1
    if left < min(cell_width(name), _MIN_NAME_WIDTH_BESIDE_VERDICT):
        return ((state.row_name(run, max(0, width)), name_style),)
    return (*pad(((state.row_name(run, left), name_style),), left), (" ", ""), *verdict)
