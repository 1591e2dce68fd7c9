"""The columns of the table of runs, and how they are fitted to the width of a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from lossmon.core.snapshot import RunSnapshot
from lossmon.core.text import cell_width, truncate
from lossmon.presentation import remarks, run_text
from lossmon.presentation.numbers import format_loss
from lossmon.presentation.short_names import short_names, truncate_names
from lossmon.report.style import Style

COLUMNS = ("", "run", "verdict", "since", "severity", "confidence", "best", "last", "gap", "note")
_NAME = COLUMNS.index("run")
_LEFT_OUT_FIRST = ("confidence", "gap", "severity", "note", "last", "best", "since")
"""The columns that are left out where the terminal is too narrow for all, the first one first."""
_MIN_NAME_WIDTH, _USUAL_NAME_WIDTH = 8, 24
"""Cells of a name below which no column is dropped any more, and below which one is."""
_MIN_NOTE_WIDTH = 10
_GUTTER = "  "


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells, one for each name in *columns*."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    @property
    def widths(self) -> list[int]:
        """The cells of each column."""
        return [max(map(cell_width, column)) for column in zip(self.columns, *self.rows, strict=True)]

    @property
    def width(self) -> int:
        """The cells of a line."""
        return sum(self.widths) + len(_GUTTER) * (len(self.columns) - 1)

    def lines(self) -> Iterable[str]:
        """Yield the names of the columns, then the rows, aligned."""
        widths = self.widths
        for cells in (self.columns, *self.rows):
            padded = (cell + " " * (width - cell_width(cell)) for cell, width in zip(cells, widths, strict=True))
            yield _GUTTER.join(padded).rstrip()

    def without(self, column: str) -> Table:
        """Return the table without one of its columns."""
        at = self.columns.index(column)
        return Table(_without(self.columns, at), tuple(_without(row, at) for row in self.rows))

    def cells(self, column: str) -> list[str]:
        """Return the cells of *column*."""
        at = self.columns.index(column)
        return [row[at] for row in self.rows]

    def with_cells(self, column: str, cells: Sequence[str]) -> Table:
        """Return the table with other *cells* in *column*."""
        at = self.columns.index(column)
        rows = zip(self.rows, cells, strict=True)
        return replace(self, rows=tuple((*row[:at], cell, *row[at + 1 :]) for row, cell in rows))


def _without(cells: tuple[str, ...], at: int) -> tuple[str, ...]:
    return (*cells[:at], *cells[at + 1 :])


def table_of(runs: Iterable[RunSnapshot], style: Style) -> Table:
    """Return the table of *runs*, as wide as it needs to be."""
    return Table(COLUMNS, tuple(_row(run, style) for run in runs))


def fit_table(table: Table, width: int, all_names: Sequence[str]) -> Table:
    """Return *table* in at most *width* cells, if sign, verdict and a short name fit at all.

    Names are as short as on the screen, which lists the runs with *all_names*. Columns without a value are left out,
    then others, until the names can be read; longer ones are cut in the middle.
    """
    short = short_names(tuple(dict.fromkeys(all_names)))
    table = table.with_cells("run", [short.get(name, name) for name in table.cells("run")])
    for column in table.columns[_NAME + 1 :]:
        if not any(table.cells(column)):
            table = table.without(column)
    for column in _LEFT_OUT_FIRST:
        if _needed_width(table) <= width:
            break
        if column == "note":
            table = _with_short_notes(table, width)
        elif column in table.columns:
            table = table.without(column)
    return cut_names(table, "run", width)


def cut_names(table: Table, column: str, width: int) -> Table:
    """Return *table* with the names in *column* cut, to eight cells at least, so that a line has at most *width*."""
    names, longest = table.cells(column), table.widths[table.columns.index(column)]
    cut = truncate_names(tuple(dict.fromkeys(names)), max(_MIN_NAME_WIDTH, width - (table.width - longest)))
    return table.with_cells(column, [cut[name] for name in names])


def _needed_width(table: Table) -> int:
    """Return the cells of *table* with names as short as they may be before a column is left out."""
    longest = table.widths[_NAME]
    return table.width - longest + min(_USUAL_NAME_WIDTH, longest)


def _with_short_notes(table: Table, width: int) -> Table:
    """Return *table* with notes cut to what is left beside the other columns, or without them."""
    if "note" not in table.columns:
        return table
    left = width - _needed_width(table.without("note")) - len(_GUTTER)
    if left < _MIN_NOTE_WIDTH:
        return table.without("note")
    return table.with_cells("note", [truncate(note, left) for note in table.cells("note")])


def _row(run: RunSnapshot, style: Style) -> tuple[str, ...]:
    """Return the cells of a run, one for each of ``COLUMNS``."""
    assessment = run.assessment
    cells = (
        style.glyph(assessment),
        run.name.text,
        run_text.verdict_text(run),
        run_text.turning_label(run),
        assessment.severity.value if assessment.severity else "",
        run_text.confidence_text(assessment),
        format_loss(assessment.best_value),
        format_loss(run_text.last_logged(run.val or run.train)),
        format_loss(assessment.gap),
        ", ".join(_notes(run)),
    )
    return tuple(style.encodable(cell) for cell in cells)


def _notes(run: RunSnapshot) -> Iterable[str]:
    """Yield in a few words what must be known beside the verdict."""
    if note := remarks.note(run):
        yield note
    if "restarted" in run.assessment.flags:
        yield "restarted"
    if run.other_sets:
        yield f"worst of {len(run.other_sets) + 1} validation sets"
