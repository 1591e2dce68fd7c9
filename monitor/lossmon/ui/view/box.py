"""Frames around panes, drawn so that neighbours share their rules."""

from __future__ import annotations

from dataclasses import dataclass

from lossmon.ui.lines import Line, Lines, cut_words, fit, pad, width_of


@dataclass(frozen=True, slots=True)
class Box:
    """How one pane is framed: a titled rule above, and, with *sides*, walls and perhaps a floor."""

    sides: bool = True
    joined: bool = False
    """Whether the rule above continues the walls of the pane above it."""
    floor: bool = False
    """Whether the pane ends in a rule."""
    ascii: bool = False

    def inner(self, width: int, height: int) -> tuple[int, int]:
        """Return the room inside: cells wide, lines high; never less than 0."""
        return max(0, width - 2 * self.sides), max(0, height - 1 - (self.floor and self.sides))

    def around(self, title: Line, body: Lines, width: int, height: int) -> Lines:
        """Return *body* framed in exactly *height* lines of *width* cells."""
        inner_width, inner_height = self.inner(width, height)
        wall = ("|" if self.ascii else "│", "border")
        rows = [self._rule(title, width)]
        for number in range(inner_height):
            row = body[number] if number < len(body) else ()
            rows.append((wall, *pad(row, inner_width), wall) if self.sides else fit(row, width))
        if self.floor and self.sides:
            rows.append(self._floor(width))
        return tuple(rows[:height])

    def _rule(self, title: Line, width: int) -> Line:
        dash = "-" if self.ascii else "─"
        if not self.sides:
            return _titled(title, dash, dash, "", dash, width)
        left, right = ("++" if self.ascii else "├┤") if self.joined else ("++" if self.ascii else "┌┐")
        return _titled(title, dash, left, right, dash, width)

    def _floor(self, width: int) -> Line:
        left, dash, right = "+-+" if self.ascii else "└─┘"
        return ((left + dash * max(0, width - 2) + right, "border"),)


def _titled(title: Line, dash: str, left: str, right: str, fill: str, width: int) -> Line:
    room = width - len(left) - len(right) - 3
    shown = _shortened(title, room) if room > 0 else ()
    if not shown:
        return ((left + fill * max(0, width - len(left) - len(right)) + right, "border"),)
    rest = width - len(left) - len(right) - 2 - width_of(shown)
    return ((f"{left} ", "border"), *shown, (f" {dash * rest}{right}", "border"))


def _shortened(title: Line, width: int) -> Line:
    """Leave out trailing parts of a title, which are separate spans, before a part is cut."""
    while len(title) > 1 and width_of(title) > width:
        title = title[:-1]
    if title and width_of(title) > width:
        return ((cut_words(title[0][0], width), title[0][1]),)
    return title
