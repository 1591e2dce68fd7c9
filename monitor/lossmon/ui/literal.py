"""The last gate before the terminal: whatever a line holds by then, none of it can act."""

from __future__ import annotations

import unicodedata

from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.filter import LineFilter


class Literal(LineFilter):
    """Removes what a terminal could act on from any text, and colours where asked."""

    def __init__(self, *, colored: bool = True) -> None:
        super().__init__()
        self._colored = colored

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """Return the segments of one line as they may be written."""
        return [self._clean(segment) for segment in segments]

    def _clean(self, segment: Segment) -> Segment:
        text, style, control = segment
        shown = text if text.isprintable() else printable(text)
        kept = style if self._colored or style is None else uncolored(style)
        return segment if shown is text and kept is style else Segment(shown, kept, control)


def printable(text: str) -> str:
    """Return *text* without control, format and unassigned characters; any other blank becomes a plain one."""
    return "".join(
        char if char.isprintable() else " " if unicodedata.category(char) == "Zs" else "" for char in text
    )


def uncolored(style: Style) -> Style:
    """Return *style* with its weight kept and its colours gone."""
    return Style(
        bold=style.bold, dim=style.dim, italic=style.italic, underline=style.underline, reverse=style.reverse
    )
