"""What must be sent so that a terminal shows a picture, given what it shows already: the cells that differ."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from rich.cells import cell_len
from rich.color import ColorSystem
from rich.segment import Segment
from rich.style import Style

from lossmon.tui.output_filter import printable


@dataclass(frozen=True, slots=True)
class Ink:
    """How a cell is written."""

    sgr: str = ""
    """The parameters of the SGR sequence, after a reset; none for plain text."""
    on_blanks: bool = False
    """Whether it can be seen on a blank, as a background or an underline can."""
    color_only: bool = False
    """Whether it is a foreground colour and nothing else."""


Cell = tuple[str, Ink]
"""One column; the right half of a wide character has no text."""
Row = Sequence[Cell]

PLAIN = Ink()
BLANK: Cell = (" ", PLAIN)
_FOREGROUND = re.compile(r"3[0-7]|9[0-7]|38;5;\d+|38;2;\d+;\d+;\d+")
_NARROW = re.compile("[ -~\u2500-\u259f\u2800-\u28ff]*")
"""Text of which each character takes one cell: ASCII, rules, blocks, braille; that is most of a picture."""
_BEGIN, _END = "\x1b[?2026h", "\x1b[?2026l"
_CLEAR = "\x1b[m\x1b[2J"
_JUMP = 4
"""Bytes it takes to skip unchanged cells; what is no longer than that is sent again instead."""


class FrameDiff:
    """Remembers what a terminal of *width* columns and *height* rows shows, and says how to change it."""

    def __init__(self, width: int, height: int, colors: ColorSystem | None) -> None:
        self._width, self._height, self._colors = width, height, colors
        self._lines: list[Iterable[Segment]] = []
        self._rows: list[Row] = []

    def frame(self, lines: Iterable[Iterable[Segment]]) -> bytes:
        """Return the bytes that make the terminal show *lines*; none if it does. One synchronised update (mode 2026).

        Rows that are missing are blank; what is too many or too wide is left out. A line must not be changed after
        it was given: the same object is taken to look the same.
        """
        wanted = [*lines][: self._height]
        start = "" if self._rows else _CLEAR
        if not self._rows:
            self._rows = [(BLANK,) * self._width] * self._height
            self._lines = [[] for _ in self._rows]
        wanted += [[] for _ in range(self._height - len(wanted))]
        body = "".join(self._changes(wanted))
        return f"{_BEGIN}{start}{body}\x1b[m{_END}".encode("utf-8", "replace") if start or body else b""

    def _changes(self, wanted: Sequence[Iterable[Segment]]) -> Iterator[str]:
        pen = _Pen()
        for y, line in enumerate(wanted):
            if line is self._lines[y]:
                continue
            row = cells(line, self._width, self._colors)
            yield from pen.draw(y, self._rows[y], row)
            self._rows[y], self._lines[y] = row, line


class _Pen:
    """Where the cursor is, and with which ink it writes; at first neither is known."""

    def __init__(self) -> None:
        self._x, self._y = 0, -1
        self._ink: Ink | None = None

    def draw(self, y: int, old: Row, new: Row) -> Iterator[str]:
        end = _content_end(new)
        for start, stop in spans(old, new):
            yield self._move(start, y)
            yield from self._write(new[start : min(stop, end)])
            if stop > end:
                # Everything from here on is blank, and one short sequence makes it so.
                yield f"{self._take(PLAIN)}\x1b[K"
                return

    def _write(self, cells: Row) -> Iterator[str]:
        for cell in cells:
            text, ink = cell
            if cell is BLANK and self._ink is not None and not self._ink.on_blanks:
                yield text
            elif text:
                yield self._take(ink) + text
        self._x += len(cells)

    def _take(self, ink: Ink) -> str:
        before, self._ink = self._ink, ink
        if ink == before:
            return ""
        if before is not None and ink.sgr and (not before.sgr or (before.color_only and ink.color_only)):
            return f"\x1b[{ink.sgr}m"
        return f"\x1b[0;{ink.sgr}m" if ink.sgr else "\x1b[m"

    def _move(self, x: int, y: int) -> str:
        ahead = x - self._x if y == self._y else -1
        self._x, self._y = x, y
        if ahead < 0:
            return f"\x1b[{y + 1};{x + 1}H"
        return f"\x1b[{ahead}C" if ahead else ""


def spans(old: Row, new: Row) -> list[tuple[int, int]]:
    """Return the half-open ranges of columns to write so that *old* becomes *new*; both have one length.

    No range cuts a wide character in half.
    """
    found: list[tuple[int, int]] = []
    for x, (before, after) in enumerate(zip(old, new, strict=True)):
        if before == after:
            continue
        stop = x + 1
        while stop < len(new) and not new[stop][0]:
            stop += 1
        if found and _length(new[found[-1][1] : x]) <= _JUMP:
            found[-1] = (found[-1][0], max(stop, found[-1][1]))
        else:
            found.append((x, stop))
    return found


def _length(cells: Row) -> int:
    return len(cells) if len(cells) > _JUMP else sum(len(text.encode()) for text, _ in cells)


def cells(line: Iterable[Segment], width: int, colors: ColorSystem | None) -> Row:
    """Return exactly *width* cells that show *line*, cut or filled with blanks; marks join the letter before."""
    row: list[Cell] = []
    for text, style, control in line:
        if not control:
            _append(row, text, PLAIN if style is None else ink_of(style, colors))
    if len(row) > width:
        cut = bool(width) and not row[width][0]
        del row[width:]
        if cut:
            row[-1] = BLANK
    return row + [BLANK] * (width - len(row))


def _append(row: list[Cell], text: str, ink: Ink) -> None:
    blank = (" ", ink) if ink.on_blanks else BLANK
    if _NARROW.fullmatch(text):
        row += [blank if char == " " else (char, ink) for char in text]
        return
    for char in text if text.isprintable() else printable(text):
        size = 1 if char.isascii() else cell_len(char)
        if char == " ":
            row.append(blank)
        elif size:
            row.append((char, ink))
            row.extend([("", ink)] * (size - 1))
        elif row and row[-1][0].strip():
            row[-1] = (row[-1][0] + char, row[-1][1])


@lru_cache(1024)
def ink_of(style: Style, colors: ColorSystem | None) -> Ink:
    """Return how *style* is written in what *colors* a terminal has; never as a link, which would be an OSC."""
    rendered = style.update_link(None).render("x", color_system=colors)
    sgr = rendered[2 : rendered.index("m")] if rendered.startswith("\x1b[") else ""
    background = style.bgcolor is not None and not style.bgcolor.is_default
    lines = style.underline or style.underline2 or style.strike or style.overline or style.reverse
    return Ink(sgr, background or bool(lines), _FOREGROUND.fullmatch(sgr) is not None)


def _content_end(row: Row) -> int:
    end = len(row)
    while end and row[end - 1] is BLANK:
        end -= 1
    return end
