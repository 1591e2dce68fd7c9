"""Frames around panes, drawn so that neighbours share their rules."""

from __future__ import annotations

from dataclasses import dataclass

from lossmon.tui.styled_text import Line, Lines, fit, pad, shorten, width_of


@dataclass(frozen=True, slots=True)
class Box:
    """How one pane is framed: a titled rule above, and, with *sides*, walls and perhaps a floor."""

    sides: bool = True
    joined: bool = False
    """Whether the rule above continues the walls of the pane above it."""
    floor: bool = False
    """Whether the pane ends in a rule."""

    def inner(self, width: int, height: int) -> tuple[int, int]:
        """Return the room inside: cells wide, lines high; never less than 0."""
        return max(0, width - 2 * self.sides), max(0, height - 1 - (self.floor and self.sides))

    def around(self, title: Line, body: Lines, width: int, height: int) -> Lines:
        """Return *body* framed in exactly *height* lines of *width* cells."""
        inner_width, inner_height = self.inner(width, height)
        wall = ("│", "border")
        rows = [self._rule(title, width)]
        for number in range(inner_height):
            row = body[number] if number < len(body) else ()
            rows.append((wall, *pad(row, inner_width), wall) if self.sides else fit(row, width))
        if self.floor and self.sides:
            rows.append(self._floor(width))
        return tuple(rows[:height])

    def _rule(self, title: Line, width: int) -> Line:
        if not self.sides:
            return _titled(title, "─", "", width)
        left, right = "├┤" if self.joined else "┌┐"
        return _titled(title, left, right, width)

    def _floor(self, width: int) -> Line:
        return ((f"└{'─' * max(0, width - 2)}┘", "border"),)


def _titled(title: Line, left: str, right: str, width: int) -> Line:
    room = width - len(left) - len(right)
    shown = shorten(title, room - 3) if room > 3 else ()
    if not shown:
        return ((f"{left}{'─' * max(0, room)}{right}", "border"),)
    dashes = "─" * (room - 2 - width_of(shown))
    return ((f"{left} ", "border"), *shown, (f" {dashes}{right}", "border"))
