"""Compute the bytes that turn what a terminal shows into the next frame: only the cells that differ."""

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
class CellStyle:
    """How a cell is written."""

    sgr: str = ""
    """The parameters of the SGR sequence after a reset; empty for plain text."""
    on_blanks: str = ""
    """The part of it that changes how a blank looks, such as a background or an underline; empty if none does."""
    foreground: str | None = ""
    """The parameters of its foreground colour, empty without one; None if it has more than that and ``on_blanks``."""

    @property
    def blank(self) -> Cell:
        """A blank in this style: all that look the same are equal."""
        return (" ", CellStyle(self.on_blanks, self.on_blanks)) if self.on_blanks else BLANK


Cell = tuple[str, CellStyle]
"""One column; the right half of a wide character has no text."""
Row = Sequence[Cell]

PLAIN = CellStyle()
BLANK: Cell = (" ", PLAIN)
_FOREGROUND = re.compile(r"3[0-7]|9[0-7]|38;5;\d+|38;2;\d+;\d+;\d+")
_NARROW = re.compile("[ -~\u2500-\u259f\u2800-\u28ff]*")
"""Text whose characters are one cell wide each: ASCII, rules, blocks, braille. Most of a frame is of this kind."""
_BEGIN, _END = "\x1b[?2026h", "\x1b[?2026l"
"""Begin and end of a synchronised update (mode 2026): the terminal shows the frame as a whole."""
_CLEAR = "\x1b[m\x1b[2J"
_MAX_REPEATED = 4
"""Bytes that a cursor movement takes; unchanged cells of at most this length are written again instead."""


class FrameDiff:
    """Remembers what a terminal of *width* columns and *height* rows shows, and computes how to change it."""

    def __init__(self, width: int, height: int, colors: ColorSystem | None) -> None:
        self._width, self._height, self._colors = width, height, colors
        self._lines: list[Iterable[Segment]] = []
        self._rows: list[Row] = []

    def update(self, lines: Iterable[Iterable[Segment]]) -> bytes:
        """Return the bytes, one synchronised update, that make the terminal show *lines*; none if it shows them.

        Missing rows are blank; rows and cells beyond the terminal are left out. Do not change a line after passing it:
        the same object is assumed to look the same.
        """
        new = [*lines][: self._height]
        start = "" if self._rows else _CLEAR
        if not self._rows:
            self._rows = [(BLANK,) * self._width] * self._height
            self._lines = [[] for _ in self._rows]
        new += [[] for _ in range(self._height - len(new))]
        body = "".join(self._changes(new))
        return f"{_BEGIN}{start}{body}\x1b[m{_END}".encode("utf-8", "replace") if start or body else b""

    def _changes(self, new: Sequence[Iterable[Segment]]) -> Iterator[str]:
        cursor = _Cursor()
        for y, line in enumerate(new):
            if line is self._lines[y]:
                continue
            row = cells(line, self._width, self._colors)
            yield from cursor.write_row(y, self._rows[y], row)
            self._rows[y], self._lines[y] = row, line


class _Cursor:
    """The position of the terminal's cursor and the style it writes in; at first both are unknown."""

    def __init__(self) -> None:
        self._x, self._y = 0, -1
        self._style: CellStyle | None = None

    def write_row(self, y: int, old: Row, new: Row) -> Iterator[str]:
        """Yield what turns row *y* from *old* into *new*."""
        end = _content_end(new)
        for start, stop in changed_spans(old, new):
            yield self._move(start, y)
            yield from self._write(new[start : min(stop, end)])
            if stop > end:
                # From here on the row is blank, and one short sequence erases it.
                yield f"{self._change_style(PLAIN)}\x1b[K"
                return

    def _write(self, cells: Row) -> Iterator[str]:
        for cell in cells:
            text, style = cell
            if text == " " and self._style is not None and self._style.on_blanks == style.on_blanks:
                yield text
            elif text:
                yield self._change_style(style) + text
        self._x += len(cells)

    def _change_style(self, style: CellStyle) -> str:
        old, self._style = self._style, style
        if style == old:
            return ""
        if old is not None and style.sgr and not old.sgr:
            return f"\x1b[{style.sgr}m"
        if old is not None and old.foreground is not None and style.foreground and old.on_blanks == style.on_blanks:
            return f"\x1b[{style.foreground}m"
        return f"\x1b[0;{style.sgr}m" if style.sgr else "\x1b[m"

    def _move(self, x: int, y: int) -> str:
        ahead = x - self._x if y == self._y else -1
        self._x, self._y = x, y
        if ahead < 0:
            return f"\x1b[{y + 1};{x + 1}H"
        return f"\x1b[{ahead}C" if ahead else ""


def changed_spans(old: Row, new: Row) -> list[tuple[int, int]]:
    """Return the half-open ranges of columns to write to turn *old* into *new*, which have the same length.

    No range cuts a wide character in half.
    """
    spans: list[tuple[int, int]] = []
    for x, (before, after) in enumerate(zip(old, new, strict=True)):
        if before == after:
            continue
        stop = x + 1
        while stop < len(new) and not new[stop][0]:
            stop += 1
        if spans and _byte_length(new[spans[-1][1] : x]) <= _MAX_REPEATED:
            spans[-1] = (spans[-1][0], max(stop, spans[-1][1]))
        else:
            spans.append((x, stop))
    return spans


def _byte_length(cells: Row) -> int:
    """Return the bytes of *cells* without their styles; of many cells their number, which is enough to compare."""
    return len(cells) if len(cells) > _MAX_REPEATED else sum(len(text.encode()) for text, _ in cells)


def cells(line: Iterable[Segment], width: int, colors: ColorSystem | None) -> Row:
    """Return exactly *width* cells that show *line*, cut or filled up with blanks.

    A combining mark is in the cell of the letter before it.
    """
    row: list[Cell] = []
    for text, style, control in line:
        if not control:
            _append_text(row, text, PLAIN if style is None else cell_style(style, colors))
    if len(row) > width:
        cuts_wide_character = bool(width) and not row[width][0]
        del row[width:]
        if cuts_wide_character:
            row[-1] = BLANK
    return row + [BLANK] * (width - len(row))


def _append_text(row: list[Cell], text: str, style: CellStyle) -> None:
    blank = style.blank
    if _NARROW.fullmatch(text):
        row += [blank if char == " " else (char, style) for char in text]
        return
    for char in text if text.isprintable() else printable(text):
        width = 1 if char.isascii() else cell_len(char)
        if char == " ":
            row.append(blank)
        elif width:
            row.append((char, style))
            row.extend([("", style)] * (width - 1))
        elif row and row[-1][0].strip():
            row[-1] = (row[-1][0] + char, row[-1][1])


@lru_cache(1024)
def cell_style(style: Style, colors: ColorSystem | None) -> CellStyle:
    """Return how *style* is written on a terminal with *colors*; never as a link, which would need an OSC sequence."""
    rendered = style.update_link(None).render("x", color_system=colors)
    sgr = rendered[2 : rendered.index("m")] if rendered.startswith("\x1b[") else ""
    if style.underline or style.underline2 or style.strike or style.overline or style.reverse:
        return CellStyle(sgr, sgr, None)
    if style.bgcolor is None or style.bgcolor.is_default:
        return CellStyle(sgr, "", sgr if _FOREGROUND.fullmatch(sgr) else None if sgr else "")
    background = ";".join(style.bgcolor.downgrade(colors).get_ansi_codes(foreground=False)) if colors else ""
    before = sgr.removesuffix(background).removesuffix(";")
    return CellStyle(sgr, background, before if not before or _FOREGROUND.fullmatch(before) else None)


def _content_end(row: Row) -> int:
    """Return the number of cells before the blanks at the end of *row*."""
    end = len(row)
    while end and row[end - 1] is BLANK:
        end -= 1
    return end
