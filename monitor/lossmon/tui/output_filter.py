"""The last gate before the terminal: whatever a line holds by then, none of it can act."""

from __future__ import annotations

import unicodedata

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.filter import LineFilter

from lossmon.core.verdict import Verdict

_ASCII = str.maketrans("┌┐└┘├┤─│━▸▴▾·…°↑↓←→▏▲▼▬×", "++++++-|->^v-~ ^v<>_^v=x") | {
    ord(verdict.sign): verdict.ascii_sign for verdict in Verdict
}
"""What the screen draws with, in ASCII: one cell for one cell."""


class OutputFilter(LineFilter):
    """Removes what a terminal could act on from any text, and colours or all but ASCII where asked."""

    def __init__(self, *, colored: bool = True, ascii_only: bool = False) -> None:
        super().__init__()
        self._colored, self._ascii_only = colored, ascii_only

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:  # noqa: ARG002
        """Return the segments of one line as they may be written."""
        return [self._clean(segment) for segment in segments]

    def _clean(self, segment: Segment) -> Segment:
        text, style, control = segment
        shown = text if text.isprintable() else printable(text)
        if self._ascii_only and not shown.isascii():
            shown = in_ascii(shown)
        kept = style if self._colored or style is None else uncolored(style)
        return segment if shown is text and kept is style else Segment(shown, kept, control)


def printable(text: str) -> str:
    """Return *text* without control, format and unassigned characters; any other blank becomes a plain one."""
    return "".join(char if char.isprintable() else " " if unicodedata.category(char) == "Zs" else "" for char in text)


def in_ascii(text: str) -> str:
    """Return *text* in ASCII and in as many cells; what has no likeness becomes question marks."""
    likened = text.translate(_ASCII)
    return "".join(char if char.isascii() else "?" * cell_len(char) for char in likened)


def uncolored(style: Style) -> Style:
    """Return *style* with its weight kept and its colours gone."""
    return Style(bold=style.bold, dim=style.dim, italic=style.italic, underline=style.underline, reverse=style.reverse)
