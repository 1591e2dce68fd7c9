"""Every command by name, for those who do not know its key yet."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Command:
    """What can be done, the key that does it, and the action that the key runs."""

    key: str
    text: str
    action: str


COMMANDS = (
    Command("m", "every scalar of the run", "page('metrics')"),
    Command("c", "compare the marked runs", "page('compare')"),
    Command("t", "timeline of verdicts", "page('timeline')"),
    Command("i", "what is read, what is not, and why", "page('notes')"),
    Command("?", "help", "page('help')"),
    Command("space", "mark the run, or take its mark away", "step('mark')"),
    Command("enter", "draw the chosen scalar large", "step('open')"),
    Command("esc", "back", "step('back')"),
    Command("/", "filter", "step('filter')"),
    Command("f", "hide or show finished runs", "step('finished')"),
    Command("o", "sort by the next key", "step('sort')"),
    Command("s", "smooth more, or not at all", "step('smooth')"),
    Command("l", "y axis linear or logarithmic", "log"),
    Command("x", "x axis: epochs or steps, elapsed, time of day", "step('axis')"),
    Command("→", "value cursor to the right", "sideways(1)"),
    Command("←", "value cursor to the left", "sideways(-1)"),
    Command("+", "zoom in", "zoom(0.5)"),
    Command("-", "zoom out", "zoom(2.0)"),
    Command("0", "whole x axis", "step('unzoom')"),
    Command("<", "earlier part of the x axis", "pan(-0.25)"),
    Command(">", "later part of the x axis", "pan(0.25)"),
    Command("g", "first run", "end(-1)"),
    Command("G", "last run", "end(1)"),
    Command("T", "colours: the next theme", "step('theme')"),
    Command("e", "save the screen as SVG and the run as CSV", "export"),
    Command("ctrl+z", "suspend", "suspend_process"),
    Command("q", "quit", "quit"),
)


def matching(text: str) -> tuple[Command, ...]:
    """Return the commands whose words hold every word of *text*."""
    wanted = text.casefold().split()
    return tuple(one for one in COMMANDS if all(word in one.text.casefold() for word in wanted))
