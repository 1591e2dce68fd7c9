"""Lines of text with roles, measured in terminal cells: cut, pad and wrap them, and turn their roles into styles."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import groupby
from typing import TypeAlias

from rich.cells import cached_cell_len as cell_len
from rich.cells import set_cell_size
from rich.color import Color
from rich.style import Style

from lossmon.core.text import truncate
from lossmon.tui.theme import (
    BACKGROUNDS,
    BOLD_ROLES,
    DIM_ROLES,
    FEW_COLORS,
    REVERSE_ROLES,
    THEMES,
    WEAK_ROLES,
    ColorDepth,
)

Span: TypeAlias = tuple[str, str]
"""Text, which is never markup, and its roles: keys of a theme or of its bold roles, separated by blanks."""
Line: TypeAlias = tuple[Span, ...]
Lines: TypeAlias = tuple[Line, ...]


def plain(line: Line) -> str:
    """Return the text of *line* without its roles."""
    return "".join(text for text, _ in line)


def width_of(line: Line) -> int:
    """Return the cells *line* takes."""
    return sum([cell_len(text) for text, _ in line])


def truncate_words(text: str, width: int, mark: str = "…") -> str:
    """Return *text* in at most *width* cells, cut between words where possible, with *mark* at its end if it is cut.

    >>> truncate_words("validation loss rose, then fell", 24)
    'validation loss rose …'
    """
    if cell_len(text) <= width:
        return text
    head = set_cell_size(text, max(0, width - len(mark) - 1))
    blank = head.rfind(" ")
    return truncate(text, width, mark) if blank <= 0 else f"{head[:blank].rstrip(' ,;:·')} {mark}"


def fit(line: Line, width: int, mark: str = "…") -> Line:
    """Return *line* in at most *width* cells, with *mark* at its end if something is left out."""
    if width_of(line) <= width:
        return line
    kept: list[Span] = []
    left = width
    for text, role in line:
        size = cell_len(text)
        if size >= left:
            # This span is too long or another one follows, so the mark is needed.
            kept.append((truncate(text + mark, left, mark), role))
            break
        kept.append((text, role))
        left -= size
    return tuple(kept)


def pad(line: Line, width: int) -> Line:
    """Return *line* in exactly *width* cells: cut with a mark, or filled up with blanks."""
    fitted = fit(line, width)
    missing = width - width_of(fitted)
    return (*fitted, (" " * missing, "")) if missing > 0 else fitted


def side_by_side(blocks: Sequence[Lines], width: int, height: int) -> Lines:
    """Return *height* lines with the *blocks* beside each other, each in *width* cells and blank below its last line.

    >>> [plain(line) for line in side_by_side([((("ab", ""),),), ((("c", ""),), (("d", ""),))], 3, 2)]
    ['ab c  ', '   d  ']
    """
    rows = ([pad(block[y] if y < len(block) else (), width) for block in blocks] for y in range(height))
    return tuple(tuple(span for part in row for span in part) for row in rows)


def spread(left: Line, right: Line, width: int) -> Line:
    """Return *left* and *right* at the two ends of *width* cells; without *right* if both do not fit."""
    gap = width - width_of(left) - width_of(right)
    return fit(left, width) if gap < 2 or not right else (*left, (" " * gap, ""), *right)


def first_fit(forms: Iterable[Line], width: int) -> Line:
    """Return the first of *forms*, longest first, that takes at most *width* cells; else the last one, cut."""
    last: Line = ()
    for last in forms:
        if width_of(last) <= width:
            return last
    return fit(last, width)


def shorten(line: Line, width: int) -> Line:
    """Return *line* in at most *width* cells: drop spans from its end, and say so with a mark.

    >>> plain(shorten((("overfitting", ""), (" · severe", ""), (" · 98% sure", "")), 24))
    'overfitting · severe …'
    """
    if width_of(line) <= width:
        return line
    for count in range(len(line) - 1, 0, -1):
        for mark in (" …", "…"):
            if width_of(line[:count]) + cell_len(mark) <= width:
                return (*line[:count], (mark, "muted"))
    first, role = line[0]
    return ((truncate_words(first if len(line) == 1 else f"{first} …", width), role),)


def wrap(text: str, width: int) -> Iterator[str]:
    """Yield *text* in rows of at most *width* cells, broken between words; a word that is longer is cut with a mark.

    >>> list(wrap("train loss is NaN", 10))
    ['train loss', 'is NaN']
    """
    row = ""
    for word in (truncate(word, width) for word in text.split()):
        if row and cell_len(row) + 1 + cell_len(word) > width:
            yield row
            row = word
        else:
            row = f"{row} {word}" if row else word
    if row:
        yield row


@lru_cache(maxsize=256)
def paragraph(text: str, width: int, height: int, role: str = "", lead: str = "") -> Lines:
    """Wrap *text* into at most *height* lines; *lead* precedes the first and indents the others. A cut is marked."""
    return wrap_line(((text, role),), width, height, lead)


@lru_cache(maxsize=256)
def wrap_line(line: Line, width: int, height: int, lead: str = "") -> Lines:
    """Wrap *line* in the same way as ``paragraph``; every word keeps its roles."""
    indent = cell_len(lead)
    room = max(1, width - indent)
    rows = list(wrap(plain(line), room))
    if len(rows) > height > 0:
        rows = [*rows[: height - 1], truncate_words(" ".join(rows[height - 1 :]), room)]
    roles = iter([role for text, role in line for _ in text.split()])
    return tuple(
        fit(((lead if number == 0 else " " * indent, "muted"), *_spans(row, roles)), width)
        for number, row in enumerate(rows[:height])
    )


def _spans(row: str, roles: Iterator[str]) -> Iterator[Span]:
    """Yield *row* as spans, where each word has the next of *roles*; the mark of a cut has none."""
    words = row.split(" ")
    pairs = zip(words, (next(roles, "") for _ in words), strict=True)
    for number, (role, group) in enumerate(groupby(pairs, key=lambda pair: pair[1])):
        yield (" " if number else "") + " ".join(word for word, _ in group), role


class Palette:
    """Turns roles into the styles of a theme, or without *colored* into bold, dim and reverse video alone."""

    def __init__(self, theme: str, *, colored: bool = True, depth: ColorDepth = 8) -> None:
        self._colored, self._depth = colored, depth
        self.use(theme)

    def use(self, theme: str) -> None:
        """Take the colours of *theme* from now on."""
        self._colors = THEMES[theme] if self._colored else {}
        self._backgrounds = BACKGROUNDS[theme] if self._colored and self._depth != FEW_COLORS else {}
        self._styles: dict[str, Style] = {}

    def style(self, roles: str) -> Style:
        """Return the style of the *roles*, separated by blanks; unknown ones look like plain text."""
        style = self._styles.get(roles)
        if style is None:
            style = self._styles[roles] = Style.combine([Style.null(), *map(self._role_style, roles.split())])
        return style

    def _role_style(self, role: str) -> Style:
        color, background = self._colors.get(role), self._backgrounds.get(role)
        return Style(
            color=None if color is None else Color.from_ansi(color),
            bgcolor=None if background is None else self._background_color(*background),
            bold=role in BOLD_ROLES or None,
            dim=role in WEAK_ROLES or (role in DIM_ROLES and not self._colored) or None,
            reverse=(role in REVERSE_ROLES and not self._colored) or None,
        )

    def _background_color(self, number: int, rgb: int) -> Color:
        return Color.from_ansi(number) if self._depth == 8 else Color.from_rgb(*rgb.to_bytes(3, "big"))
