"""Tables that a training prints: a header, and a row an epoch, or a row a metric with a column for each split."""

from __future__ import annotations

import re

from lossmon.core.naming import EPOCHS, STEPS
from lossmon_adapters.console.counters import Count
from lossmon_adapters.console.line_parser import Reading, plain, telling
from lossmon_adapters.console.values import NOT_METRICS, NUMBER, SPLIT

_MARKS = "|│┃\t,"
_MOST_COLUMNS = 64
_LONGEST_NAME = 48
_MOST_WORDS = 4
_NUMBER = re.compile(NUMBER, re.IGNORECASE)
_COUNT = re.compile(r"([0-9]{1,12}(?:\.[0-9]{1,18})?)(?:/([0-9]{1,9}))?")
_BAR = re.compile(r":\s{1,8}[0-9]{1,3}%")
_SPACES = re.compile(r"\s{2,}")
_ROW = re.compile(r"\s{0,64}[0-9]")
# spaCy's columns of epochs and steps.
_SHORT = {"e": "epoch", "#": "step", "ep": "epoch"}


class Grid:
    """A table with a row an epoch or evaluation, whose header was printed.

    Its columns are kept apart by a mark, or by spaces; then a row must have as many words as the header has names.
    """

    def __init__(self, names: list[str], mark: str) -> None:
        lower = [name.lower() for name in names]
        lower = [_SHORT.get(name, name) for name in lower] if _SHORT.keys() & set(lower) else lower
        self._width = len(names)
        self._mark = mark
        self._epoch = _first(lower, EPOCHS)
        self._step = _first(lower, STEPS)
        counting = (self._epoch, self._step)
        self._columns = [
            (at, name) for at, name in enumerate(names) if at not in counting and lower[at] not in NOT_METRICS
        ]

    @property
    def tells(self) -> bool:
        """Whether the header can be one of a training."""
        named = [(name, 0.0) for _, name in self._columns]
        return (self._epoch is not None or self._step is not None) and bool(telling(named))

    def row(self, line: str) -> Reading | None:
        """Return what *line* says if it can be a row: it counts, and has a number of a metric."""
        if self._mark not in line:
            return None
        line = plain(line)
        if not self._mark:
            if not _ROW.match(line):
                return None
            bar = _BAR.search(line)
            line = line[: bar.start()] if bar else line
        cells = _split(line, self._mark) if self._mark else line.split()
        if len(cells) != self._width:
            return None
        epoch, step = self._count(cells, self._epoch), self._count(cells, self._step)
        numbers = [(name, float(cells[at])) for at, name in self._columns if _NUMBER.fullmatch(cells[at])]
        values = telling(numbers)
        if not values or (epoch is None and step is None):
            return None
        return Reading(_counted(epoch, step), values)

    @staticmethod
    def _count(cells: list[str], at: int | None) -> re.Match[str] | None:
        return None if at is None else _COUNT.fullmatch(cells[at])


class Sides:
    """A table with a row a metric, whose columns are the sets of samples it is of."""

    def __init__(self, sides: list[str]) -> None:
        self._sides = sides

    def row(self, line: str) -> Reading | None:
        """Return what *line* says if it can be a row: a name, and a number for one of the sets."""
        if "|" not in line:
            return None
        name, *cells = _split(plain(line), "|")
        name = _last_piece(name)
        if len(cells) != len(self._sides) or not name:
            return None
        found = zip(self._sides, cells, strict=True)
        values = telling([(f"{side}/{name}", float(cell)) for side, cell in found if _NUMBER.fullmatch(cell)])
        return Reading(Count(), values) if values else None


def header_in(line: str) -> Grid | Sides | None:
    """Return the table of which *line* is the header, or None of another line."""
    line = plain(line).rstrip()
    mark = next((mark for mark in _MARKS if mark in line), "")
    cells = _split(line, mark) if mark else _spaced(line)
    if mark == "|":
        sides = [_last_piece(cell) for cell in cells if cell]
        if len(sides) > 1 and all(SPLIT.fullmatch(side) for side in sides):
            return Sides(sides)
    if not 2 <= len(cells) <= _MOST_COLUMNS or not all(map(_is_name, cells)):
        return None
    grid = Grid(cells, mark)
    return grid if grid.tells else None


def _split(line: str, mark: str) -> list[str]:
    cells = [cell.strip() for cell in line.split(mark)]
    return cells if mark == "\t" else cells[not cells[0] : len(cells) - (len(cells) > 1 and not cells[-1])]


def _spaced(line: str) -> list[str]:
    """Return names apart by two spaces or more; by one where that leaves no table."""
    cells = _SPACES.split(line.strip())
    return cells if len(cells) > 2 else line.split()


def _last_piece(cell: str) -> str:
    """Return *cell* without what a logger puts before it."""
    return _SPACES.split(cell.rpartition(" - ")[2].strip())[-1]


def _is_name(cell: str) -> bool:
    beginning = cell[:1].isalpha() or cell == "#"
    return beginning and len(cell) <= _LONGEST_NAME and len(cell.split()) <= _MOST_WORDS and cell[-1] not in ":=.?!"


def _first(lower: list[str], names: tuple[str, ...]) -> int | None:
    return next((lower.index(name) for name in names if name in lower), None)


def _counted(epoch: re.Match[str] | None, step: re.Match[str] | None) -> Count:
    return Count(
        float(epoch.group(1)) if epoch else None,
        int(float(step.group(1))) if step else None,
        None,
        int(epoch.group(2)) if epoch and epoch.group(2) else None,
        int(step.group(2)) if step and step.group(2) else None,
    )
