"""Which columns the list of runs may have, and the user's choice of them for terminals of similar width."""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

ColumnChoice: TypeAlias = tuple[tuple[str, tuple[str, ...]], ...]
"""The columns chosen for each class of widths in ``WIDTH_CLASSES``; a class that is missing shows what fits."""

NARROW = "narrow"
WIDTH_CLASSES = (("very wide", 160), ("wide", 100), (NARROW, 0))
"""The classes of terminal widths, each with its smallest width in cells; only in the last one the list is no table."""


class Column(NamedTuple):
    """A column of the list of runs beside name and verdict."""

    key: str
    """How it is called in the file of settings."""
    title: str
    """What is written above it."""
    meaning: str
    """What it shows, for the page on which columns are chosen."""


COLUMNS = (
    Column("since", "since", "since when the verdict holds"),
    Column("best", "best", "best loss"),
    Column("now", "now", "loss at the last evaluation"),
    Column("gap", "gap", "validation loss minus train loss, and whether it grows"),
    Column("note", "", "what must be known beside the verdict"),
    Column("progress", "epoch", "epoch or step, of how many, with a bar"),
    Column("left", "left", "time left"),
    Column("gpu", "gpu", "GPU that trains the run, and its utilisation"),
    Column("curve", "", "loss over time, where at least ten cells are left"),
)
"""All columns, from left to right."""


def width_class(width: int) -> str:
    """Return the class of a terminal of *width* cells.

    >>> width_class(120)
    'wide'
    """
    return next(name for name, least in WIDTH_CLASSES if width >= least)


def with_choice(choice: ColumnChoice, name: str, columns: tuple[str, ...] | None) -> ColumnChoice:
    """Return *choice* with other *columns* for the class *name*; None: those that fit."""
    others = tuple(pair for pair in choice if pair[0] != name)
    return others if columns is None else tuple(sorted((*others, (name, columns))))


def parse_choice(stored: object) -> ColumnChoice:
    """Return the choice in a file of settings, without classes and columns that are not known.

    Raises ValueError if *stored* is none.
    """
    if not isinstance(stored, dict) or not all(isinstance(keys, list) for keys in stored.values()):
        raise ValueError("not a choice of columns")
    known = [column.key for column in COLUMNS]
    names = [name for name, _ in WIDTH_CLASSES if name in stored]
    return tuple(sorted((name, tuple(key for key in known if key in stored[name])) for name in names))
