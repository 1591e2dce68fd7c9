"""Remove control characters from every line before it is written to the terminal; also colours, and what it lacks."""

from __future__ import annotations

import unicodedata

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.filter import LineFilter

from lossmon.core.assessment import WEAK_ASCII_SIGN, WEAK_SIGN
from lossmon.core.verdict import Verdict

_ASCII = str.maketrans("┌┐└┘├┤─│━▸▴▾·…°↑↓←→▏▲▼▬×", "++++++-|->^v-~ ^v<>_^v=x") | {
    **{ord(verdict.sign): verdict.ascii_sign for verdict in Verdict},
    ord(WEAK_SIGN): WEAK_ASCII_SIGN,
}
"""For the characters that the screen draws with, an ASCII character of the same width."""
_CONSOLE = frozenset("─│┌┐└┘├┤░▒▓█▀▄·°" + "".join(map(chr, range(0xA1, 0x100))))
"""What fonts of the Linux console have besides ASCII: rules, blocks, and the letters of western Europe."""


class OutputFilter(LineFilter):
    """Removes from any text what could control a terminal, and on request colours and what its font lacks.

    Text from logs is already sanitised when it is read. This filter protects the terminal if a path is missed.
    """

    def __init__(self, *, colored: bool = True, ascii_only: bool = False, blocks_only: bool = False) -> None:
        super().__init__()
        self._colored, self._ascii_only, self._blocks_only = colored, ascii_only, blocks_only

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:  # noqa: ARG002
        """Return the segments of one line in the form that may be written."""
        return [self._clean(segment) for segment in segments]

    def _clean(self, segment: Segment) -> Segment:
        text, style, control = segment
        clean = text if text.isprintable() else printable(text)
        if self._ascii_only and not clean.isascii():
            clean = to_ascii(clean)
        elif self._blocks_only and not clean.isascii():
            clean = to_console(clean)
        clean_style = style if self._colored or style is None else without_color(style)
        return segment if clean is text and clean_style is style else Segment(clean, clean_style, control)


def printable(text: str) -> str:
    r"""Return *text* without control, format and unassigned characters; other kinds of blanks become spaces.

    >>> printable("loss\x1b[2J")
    'loss[2J'
    """
    return "".join(char if char.isprintable() else " " if unicodedata.category(char) == "Zs" else "" for char in text)


def to_ascii(text: str) -> str:
    """Return *text* in ASCII and as wide as before; characters without a replacement become question marks.

    >>> to_ascii("─▸ 日")
    '-> ??'
    """
    replaced = text.translate(_ASCII)
    return "".join(char if char.isascii() else "?" * cell_len(char) for char in replaced)


def to_console(text: str) -> str:
    """Return *text* with what the font of the Linux console has, as wide as before.

    >>> to_console("─▸ ★ é ⠿")
    '─> ? é ?'
    """
    return "".join(char if char.isascii() or char in _CONSOLE else to_ascii(char) for char in text)


def without_color(style: Style) -> Style:
    """Return *style* without its colours; bold, dim, italic, underline and reverse remain."""
    return Style(bold=style.bold, dim=style.dim, italic=style.italic, underline=style.underline, reverse=style.reverse)
