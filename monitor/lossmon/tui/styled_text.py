"""Lines of styled text, measured in terminal cells: fitting, padding, wrapping."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import groupby
from typing import TypeAlias

from rich.cells import cached_cell_len as cell_len
from rich.cells import set_cell_size

from lossmon.presentation.cells import truncate

Span: TypeAlias = tuple[str, str]
"""Literal text, and the roles it plays: names of the palette, separated by blanks."""
Line: TypeAlias = tuple[Span, ...]
Lines: TypeAlias = tuple[Line, ...]


def plain(line: Line) -> str:
    """Return the text of *line* without its roles."""
    return "".join(text for text, _ in line)


def width_of(line: Line) -> int:
    """Return the cells *line* takes."""
    return sum([cell_len(text) for text, _ in line])


def cut(text: str, width: int, mark: str = "…") -> str:
    """Return *text* in at most *width* cells; what is left out is shown as *mark*."""
    return truncate(text, width, mark)


def cut_words(text: str, width: int, mark: str = "…") -> str:
    """Return *text* in at most *width* cells, cut after a whole word where one fits, followed by *mark*."""
    if cell_len(text) <= width:
        return text
    head = set_cell_size(text, max(0, width - len(mark) - 1))
    blank = head.rfind(" ")
    return cut(text, width, mark) if blank <= 0 else f"{head[:blank].rstrip(' ,;:·')} {mark}"


def fit(line: Line, width: int, mark: str = "…") -> Line:
    """Return *line* in at most *width* cells; what is left out is shown as *mark*."""
    if width_of(line) <= width:
        return line
    kept: list[Span] = []
    left = width
    for text, style in line:
        size = cell_len(text)
        if size >= left:
            # Something follows, or this is too long: either way the mark must be seen.
            kept.append((cut(text + mark, left, mark), style))
            break
        kept.append((text, style))
        left -= size
    return tuple(kept)


def pad(line: Line, width: int) -> Line:
    """Return *line* in exactly *width* cells: cut with a mark, or filled with blanks."""
    fitted = fit(line, width)
    missing = width - width_of(fitted)
    return (*fitted, (" " * missing, "")) if missing > 0 else fitted


def spread(left: Line, right: Line, width: int) -> Line:
    """Return *left* and *right* at the two ends of *width* cells; *right* is dropped where both do not fit."""
    gap = width - width_of(left) - width_of(right)
    return fit(left, width) if gap < 2 or not right else (*left, (" " * gap, ""), *right)


def first_fit(forms: Iterable[Line], width: int) -> Line:
    """Return the first of *forms*, longest first, that takes at most *width* cells; else the last, cut."""
    last: Line = ()
    for last in forms:
        if width_of(last) <= width:
            return last
    return fit(last, width)


def shorten(line: Line, width: int) -> Line:
    """Return *line* in at most *width* cells: whole spans are left out at the end before the first one is cut."""
    while len(line) > 1 and width_of(line) > width:
        line = line[:-1]
    if line and width_of(line) > width:
        return ((cut_words(line[0][0], width), line[0][1]),)
    return line


def wrap(text: str, width: int) -> Iterator[str]:
    """Yield *text* in pieces of at most *width* cells, broken between words; a longer word is cut with a mark."""
    row = ""
    for word in (cut(word, width) for word in text.split()):
        if row and cell_len(row) + 1 + cell_len(word) > width:
            yield row
            row = word
        else:
            row = f"{row} {word}" if row else word
    if row:
        yield row


@lru_cache(maxsize=256)
def paragraph(text: str, width: int, height: int, style: str = "", lead: str = "") -> Lines:
    """Wrap *text* after *lead* into at most *height* lines, later ones indented as far; a cut is marked."""
    return flowed(((text, style),), width, height, lead)


@lru_cache(maxsize=256)
def flowed(line: Line, width: int, height: int, lead: str = "") -> Lines:
    """Wrap *line* as ``paragraph`` wraps text; every word keeps its roles."""
    indent = cell_len(lead)
    room = max(1, width - indent)
    rows = list(wrap(plain(line), room))
    if len(rows) > height > 0:
        rows = [*rows[: height - 1], cut_words(" ".join(rows[height - 1 :]), room)]
    styles = iter([style for text, style in line for _ in text.split()])
    return tuple(
        fit(((lead if number == 0 else " " * indent, "muted"), *_styled(row, styles)), width)
        for number, row in enumerate(rows[:height])
    )


def _styled(row: str, styles: Iterator[str]) -> Iterator[Span]:
    """Give each word the next of *styles*, and the mark of a cut none."""
    words = row.split(" ")
    pairs = zip(words, (next(styles, "") for _ in words), strict=True)
    for number, (style, run) in enumerate(groupby(pairs, key=lambda pair: pair[1])):
        yield (" " if number else "") + " ".join(word for word, _ in run), style
