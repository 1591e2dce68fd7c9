"""What must be sent so that a terminal shows a picture, given what it shows already: the cells that differ."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

from rich.cells import cell_len
from rich.color import ColorSystem
from rich.segment import Segment
from rich.style import Style

from lossmon.ui.literal import printable

Cell = tuple[str, str]
"""One column: its text, and the parameters of its SGR sequence. The right half of a wide character has no text."""
Row = Sequence[Cell]

BLANK: Cell = (" ", "")
_BEGIN, _END = "\x1b[?2026h", "\x1b[?2026l"
_CLEAR = "\x1b[m\x1b[2J"
_NEAR = 3
"""So many unchanged cells between two changes are sent again, since to skip them would cost as many bytes."""


class Painter:
    """Remembers what a terminal of *width* columns and *height* rows shows, and says how to change it."""

    def __init__(self, width: int, height: int, colors: ColorSystem | None) -> None:
        self._width, self._height, self._colors = width, height, colors
        self._segments: list[list[Segment]] = []
        self._rows: list[Row] = []

    def forget(self) -> None:
        """Take nothing for granted: the next frame is painted from an empty screen."""
        self._segments, self._rows = [], []

    def frame(self, lines: Iterable[Iterable[Segment]]) -> bytes:
        """Return the bytes that make the terminal show *lines*; none if it does. One synchronised update (mode 2026).

        Rows that are missing are blank; what is too many or too wide is left out.
        """
        wanted = [list(line) for line in lines][: self._height]
        start = "" if self._rows else _CLEAR
        if not self._rows:
            self._rows = [(BLANK,) * self._width] * self._height
            self._segments = [[] for _ in self._rows]
        wanted += [[] for _ in range(self._height - len(wanted))]
        body = "".join(self._changes(wanted))
        return f"{_BEGIN}{start}{body}\x1b[m{_END}".encode("utf-8", "replace") if start or body else b""

    def _changes(self, wanted: Sequence[list[Segment]]) -> Iterator[str]:
        pen = _Pen()
        for y, line in enumerate(wanted):
            if line == self._segments[y]:
                continue
            row = cells(line, self._width, self._colors)
            yield from pen.draw(y, self._rows[y], row)
            self._rows[y], self._segments[y] = row, line


class _Pen:
    """Where the cursor is, and with which SGR parameters it writes; at first neither is known."""

    def __init__(self) -> None:
        self._x, self._y = 0, -1
        self._sgr: str | None = None

    def draw(self, y: int, old: Row, new: Row) -> Iterator[str]:
        end = _content_end(new)
        for start, stop in spans(old, new):
            yield self._move(start, y)
            yield from self._write(new[start : min(stop, end)])
            if stop > end:
                # Everything from here on is blank, and one short sequence makes it so.
                yield f"{self._style('')}\x1b[K"
                return

    def _write(self, cells: Row) -> Iterator[str]:
        for text, sgr in cells:
            if text:
                yield self._style(sgr) + text
        self._x += len(cells)

    def _style(self, sgr: str) -> str:
        if sgr == self._sgr:
            return ""
        self._sgr = sgr
        return f"\x1b[0;{sgr}m" if sgr else "\x1b[m"

    def _move(self, x: int, y: int) -> str:
        ahead = x - self._x if y == self._y else -1
        self._x, self._y = x, y
        if ahead < 0:
            return f"\x1b[{y + 1};{x + 1}H"
        return f"\x1b[{ahead}C" if ahead else ""


def spans(old: Row, new: Row) -> list[tuple[int, int]]:
    """Return the half-open ranges of columns to write so that *old* becomes *new*; both have one length.

    No range cuts a wide character, old or new, in half.
    """
    found: list[tuple[int, int]] = []
    for x, (before, after) in enumerate(zip(old, new, strict=True)):
        if before == after:
            continue
        start, stop = _whole(x, old, new)
        if found and start <= found[-1][1] + _NEAR:
            found[-1] = (found[-1][0], max(stop, found[-1][1]))
        else:
            found.append((start, stop))
    return found


def _whole(x: int, old: Row, new: Row) -> tuple[int, int]:
    start, stop = x, x + 1
    while start and not (old[start][0] and new[start][0]):
        start -= 1
    while stop < len(new) and not (old[stop][0] and new[stop][0]):
        stop += 1
    return start, stop


def cells(line: Iterable[Segment], width: int, colors: ColorSystem | None) -> Row:
    """Return exactly *width* cells that show *line*, cut or filled with blanks; marks join the character before."""
    row: list[Cell] = []
    for text, style, control in line:
        if not control:
            sgr = "" if style is None else parameters(style, colors)
            _append(row, text, sgr)
    if len(row) > width:
        cut = bool(width) and not row[width][0]
        del row[width:]
        if cut:
            row[-1] = (" ", row[-1][1])
    return row + [BLANK] * (width - len(row))


def _append(row: list[Cell], text: str, sgr: str) -> None:
    if text.isascii() and text.isprintable():
        row.extend((char, sgr) for char in text)
        return
    for char in printable(text):
        size = cell_len(char)
        if size:
            row.append((char, sgr))
            row.extend([("", sgr)] * (size - 1))
        elif row and row[-1][0]:
            row[-1] = (row[-1][0] + char, row[-1][1])


@lru_cache(1024)
def parameters(style: Style, colors: ColorSystem | None) -> str:
    """Return the SGR parameters of *style* in what *colors* a terminal has; never a link, which would be an OSC."""
    rendered = style.update_link(None).render("x", color_system=colors)
    return rendered[2 : rendered.index("m")] if rendered.startswith("\x1b[") else ""


def _content_end(row: Row) -> int:
    end = len(row)
    while end and row[end - 1] == BLANK:
        end -= 1
    return end
