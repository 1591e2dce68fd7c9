"""The columns of the list of runs: what they are called, how wide they are, and which of them fit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from lossmon.core.snapshot import RunSnapshot
from lossmon.core.text import cell_width
from lossmon.presentation import remarks, run_text
from lossmon.presentation.numbers import format_step
from lossmon.presentation.run_groups import RunGroup
from lossmon.tui.column_choice import COLUMNS, NARROW, width_class
from lossmon.tui.panes.gpu import gpus_by_run
from lossmon.tui.state import State

PREFIX_WIDTH = len("▸+● ")
"""Cells before the name: arrow, mark, sign of the verdict, blank."""
LOSS_WIDTH = len("0.412")
"""Cells of a loss. They are fixed, or else the list would become wider and narrower while a loss changes."""
_GAP_WIDTH = LOSS_WIDTH + len(" ▲")
BAR_WIDTH = 8
MIN_CURVE_WIDTH, _MAX_CURVE_WIDTH = 10, 32
"""Cells of the curve of a run; in fewer cells it would show nothing."""
_MIN_NAME_WIDTH = {"very wide": 24, "wide": 12, NARROW: 12}
"""No column is added while a name would get fewer cells, for each class of terminal widths."""
_LEFT_WIDTH, _GPU_WIDTH = len("3 d 4 h"), len("12 100%")
_ROUNDED_STEPS = 10_000
"""Steps from here on are rounded, to texts of up to ``_ROUNDED_WIDTH`` cells."""
_ROUNDED_WIDTH = len("12.3k")
_IN_TABLE = ("since", "best", "now", "gap", "note", "progress", "left", "gpu")
"""The columns of a list with a header, the most important first."""
_IN_TABLE_WITH_WARNINGS = ("since", "note", "best", "now", "gap", "progress", "left", "gpu")
"""The same where a run has stalled or is gone, which the note says."""
_IN_STRIP = ("since", "note", "curve")
"""The columns of a list of a few rows without a header, in which numbers would have no name."""

_PLACES = {column.key: place for place, column in enumerate(COLUMNS)}


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of the rows of a list, in order, and the cells of each."""

    name: int
    verdict: int
    has_since: bool
    """Whether the turning point is written behind the verdict."""
    others: tuple[tuple[str, int], ...]
    """Key and cells of each further column."""
    has_header: bool

    @property
    def width(self) -> int:
        """The cells of a row."""
        return PREFIX_WIDTH + self.name + 1 + self.verdict + sum(1 + cells for _, cells in self.others)


@dataclass(frozen=True, slots=True)
class _Needs:
    """The cells that the runs need in the columns that depend on them; 0 where no run has anything to show."""

    verdict: int
    since: int
    """Cells of verdict and turning point together."""
    gap: int
    note: int
    progress: int
    left: int
    x_name: str
    """What all runs count, or ``at`` if that differs."""
    has_warnings: bool
    """Whether a run has stalled or is gone."""

    @classmethod
    def of(cls, runs: Sequence[RunSnapshot]) -> _Needs:
        """Return what *runs* need."""
        verdicts = [(run_text.verdict_text(run), run_text.onset_mark(run)) for run in runs]
        units = {run.unit for run in runs}
        return cls(
            max((len(word) for word, _ in verdicts), default=0),
            max((len(f"{word} {since}".rstrip()) for word, since in verdicts), default=0),
            _GAP_WIDTH if any(run_text.gap_texts(run) for run in runs) else 0,
            max((len(note_text(run)) for run in runs), default=0),
            _progress_width(runs),
            _LEFT_WIDTH if any(run_text.remaining_time(run) for run in runs) else 0,
            units.pop() if len(units) == 1 else "at",
            any(run_text.status_warning(run) for run in runs),
        )


def _needs(state: State) -> _Needs:
    return _needs_of(state.runs)


@lru_cache(maxsize=1)
def _needs_of(runs: tuple[RunSnapshot, ...]) -> _Needs:
    return _Needs.of(runs)


def note_text(run: RunSnapshot) -> str:
    """Return what must be known beside the verdict: that the run has stalled, or else the remark in a few cells."""
    return run_text.status_warning(run) or remarks.mark(run)


def _progress_width(runs: Sequence[RunSnapshot]) -> int:
    """Return the cells of ``31/50`` with its bar, for the widest of *runs*."""
    ends = [len(f"/{format_step(run.planned_end)}") for run in runs if run.planned_end is not None]
    reached = [_position_width(run, float(run.history.x[-1])) for run in runs if run.history and len(run.history.x)]
    return max(reached, default=0) + max(ends, default=0) + (1 + BAR_WIDTH if ends else 0)


def _position_width(run: RunSnapshot, x: float) -> int:
    """Return the cells of position *x*, or of the positions near it, if some are longer."""
    text = run_text.short_position(run, x)
    return max(_ROUNDED_WIDTH, len(text)) if x % 1 or abs(x) >= _ROUNDED_STEPS else len(text)


def wanted_columns(state: State, name: str) -> tuple[str, ...]:
    """Return the columns that a terminal of the class *name* shows as far as they fit: the chosen or the usual ones."""
    return _wanted_columns(state, name, has_header=name != NARROW)


def _wanted_columns(state: State, name: str, *, has_header: bool) -> tuple[str, ...]:
    chosen = dict(state.view.columns).get(name)
    if chosen is not None:
        return chosen
    if not has_header:
        return _IN_STRIP
    return _IN_TABLE_WITH_WARNINGS if _needs(state).has_warnings else _IN_TABLE


def fit_columns(state: State, width: int, screen_width: int, *, has_header: bool) -> Columns:
    """Return the columns that fit in *width* cells of a terminal of *screen_width*, with names as long as fit.

    They are those that the user has chosen for such terminals, else the usual ones, the most important first. A column
    in which no run has anything to show is left out.
    """
    needs, longest = _needs(state), _longest_name(state)
    name = width_class(screen_width)
    keys = _wanted_columns(state, name, has_header=has_header)
    least_name = min(longest, _MIN_NAME_WIDTH[name])
    has_since = "since" in keys and PREFIX_WIDTH + least_name + 1 + needs.since <= width
    verdict = needs.since if has_since else needs.verdict
    left = width - PREFIX_WIDTH - 1 - verdict
    others: list[tuple[str, int]] = []
    for key in keys:
        cells = _cells(key, needs, state, left - longest - 1)
        if 1 + cells > left - least_name:
            break
        if cells:
            others.append((key, cells))
            left -= 1 + cells
    return Columns(max(0, min(longest, left)), verdict, has_since, tuple(sorted(others, key=_place)), has_header)


def _longest_name(state: State) -> int:
    """Return the cells of the longest name of a run or of a group."""
    names = (state.row_name(group.runs[0]) for group in state.groups.values())
    return max([state.short_names.width, *map(cell_width, names)])


def _place(column: tuple[str, int]) -> int:
    """Return the place of a column in the row."""
    return _PLACES[column[0]]


def _cells(key: str, needs: _Needs, state: State, left: int) -> int:
    """Return the cells of a column; 0 if there is nothing to show in it. *left* is what is left for a curve."""
    if key == "gpu":
        return _GPU_WIDTH if gpus_by_run(state) else 0
    if key == "curve":
        return min(_MAX_CURVE_WIDTH, left) if left >= MIN_CURVE_WIDTH else 0
    if key == "best":
        return _best_width(tuple(state.groups.values()))
    cells = {"now": LOSS_WIDTH, "gap": needs.gap, "note": needs.note, "progress": needs.progress, "left": needs.left}
    return cells.get(key, 0)


@lru_cache(maxsize=1)
def _best_width(groups: tuple[RunGroup, ...]) -> int:
    """Return the cells of a best loss, or of the range of those of a group."""
    return max([LOSS_WIDTH, *(len(group.spread) for group in groups)])


def header_texts(state: State, columns: Columns) -> dict[str, str]:
    """Return what is written above each column."""
    needs = _needs(state)
    titles = {column.key: column.title for column in COLUMNS} | {"progress": needs.x_name}
    verdict = "verdict since" if columns.has_since else "verdict"
    return titles | {"verdict": verdict if cell_width(verdict) <= columns.verdict else "verdict"}
