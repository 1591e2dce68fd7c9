"""Draw frames around panes; panes that touch share a rule."""

from __future__ import annotations

from dataclasses import dataclass

from lossmon.tui.styled_text import Line, Lines, fit, pad, shorten, width_of


@dataclass(frozen=True, slots=True)
class Box:
    """The frame of a pane: a rule with the title above it, and optionally walls at its sides and a floor."""

    sides: bool = True
    """Whether there are walls; without them there is no floor either."""
    joined: bool = False
    """Whether the walls continue those of the pane above."""
    floor: bool = False
    """Whether the pane ends with a rule."""

    def inner(self, width: int, height: int) -> tuple[int, int]:
        """Return the width and height inside the frame, in cells; never less than 0."""
        return max(0, width - 2 * self.sides), max(0, height - 1 - (self.floor and self.sides))

    def around(self, title: Line, body: Lines, width: int, height: int) -> Lines:
        """Return *body* with its frame, in exactly *height* lines of *width* cells."""
        inner_width, inner_height = self.inner(width, height)
        wall = ("│", "border")
        rows = [self._title_rule(title, width)]
        for number in range(inner_height):
            row = body[number] if number < len(body) else ()
            rows.append((wall, *pad(row, inner_width), wall) if self.sides else fit(row, width))
        if self.floor and self.sides:
            rows.append(((f"└{'─' * max(0, width - 2)}┘", "border"),))
        return tuple(rows[:height])

    def _title_rule(self, title: Line, width: int) -> Line:
        left, right = ("─", "") if not self.sides else "├┤" if self.joined else "┌┐"
        room = width - len(left) - len(right)
        shown = shorten(title, room - 3) if room > 3 else ()
        if not shown:
            return ((f"{left}{'─' * max(0, room)}{right}", "border"),)
        dashes = "─" * (room - 2 - width_of(shown))
        return ((f"{left} ", "border"), *shown, (f" {dashes}{right}", "border"))
