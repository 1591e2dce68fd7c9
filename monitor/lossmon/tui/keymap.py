"""Every key and command in one table: key bindings, help page, footer and command palette are made from it.

To add a key, add a ``Command`` to a ``HelpRow`` of ``HELP_ROWS``, and its action to ``FOOTER`` if the footer shows it.
"""

from __future__ import annotations

from dataclasses import dataclass

from textual.binding import Binding, BindingType

from lossmon.tui.settings import SMOOTHING, Page


@dataclass(frozen=True, slots=True)
class Command:
    """One action, the keys that run it, and its texts in the palette and the footer."""

    action: str
    """What Textual runs: the method of ``Actions`` without ``action_``, with its arguments."""
    keys: str = ""
    """Textual's names of the keys, separated by commas; none for what only the palette and the footer run."""
    key: str = ""
    """The main key as it is shown."""
    text: str = ""
    """The text in the command palette; none where the palette does not offer the command."""
    footer: str = ""
    """The short label in the footer; none where no footer shows it."""
    while_typing: bool = False
    """Whether the keys work even while a filter is typed."""


@dataclass(frozen=True, slots=True)
class HelpRow:
    """A row of the help page, and the commands it explains."""

    keys: str
    """The keys as the help page shows them."""
    help: str
    commands: tuple[Command, ...] = ()


HELP_ROWS = (
    HelpRow(
        "↑ ↓ j k",
        "select a run",
        (
            Command("move(1)", "down,j", "↑↓", footer="run"),
            Command("move(-1)", "up,k"),
            Command("move(10)", "pagedown,ctrl+f"),
            Command("move(-10)", "pageup,ctrl+b"),
        ),
    ),
    HelpRow(
        "g end",
        "first run, last run",
        (Command("end(-1)", "g,home", "g", "first run"), Command("end(1)", "end", "end", "last run")),
    ),
    HelpRow(
        "G",
        "seeds or folds of one training as one row; else last run",
        (Command("groups", "G", "G", "seeds or folds of one training as one row"),),
    ),
    HelpRow(
        "space",
        "mark a run",
        (Command("dispatch('mark')", "space", "space", "mark or unmark the run", "mark"),),
    ),
    HelpRow(
        "c",
        "compare the marked runs on one axis",
        (Command("page('compare')", "c", "c", "compare the marked runs", "compare"),),
    ),
    HelpRow(
        "/",
        "filter the runs, or the metrics on their page; esc clears",
        (
            Command("dispatch('filter')", "slash", "/", "filter", "filter"),
            Command("dispatch('back')", "escape", "esc", "back", "back"),
        ),
    ),
    HelpRow("", "verdict:over status:running tag:lr format:keras"),
    HelpRow("", "val<0.3 gap>1 (train, best) lr<0.001 dropout=0.5"),
    HelpRow("", "!cnn !verdict:learning leave out; a space is and"),
    HelpRow(
        "f",
        "hide runs that have ended",
        (Command("dispatch('finished')", "f", "f", "hide or show runs that have ended"),),
    ),
    HelpRow(
        "d",
        "forget a run whose files are gone",
        (Command("dispatch('forget')", "d,delete", "d", "forget the run whose files are gone"),),
    ),
    HelpRow(
        "S",
        "sort by trouble, name, newest start, best, gap",
        (Command("dispatch('sort')", "S", "S", "change the sort order"),),
    ),
    HelpRow(
        "C",
        "columns of the list, kept for terminals of this width",
        (Command("columns", "C", "C", "choose the columns of the list"),),
    ),
    HelpRow(
        "m",
        "all metrics; enter enlarges one",
        (
            Command("page('metrics')", "m", "m", "all metrics of the run", "metrics"),
            Command("dispatch('enlarge')", "enter", "enter", "enlarge the selected metric", "large"),
        ),
    ),
    HelpRow(
        "t",
        "timeline of verdicts, and all advice",
        (Command("page('timeline')", "t", "t", "timeline of verdicts", "timeline"),),
    ),
    HelpRow(
        "i",
        "why this verdict, what is read, and what is not",
        (Command("page('notes')", "i", "i", "why this verdict, what is read, and what is not", "why"),),
    ),
    HelpRow(
        "e",
        "what has happened: runs that ended, failed, stalled or turned",
        (Command("page('changes')", "e", "e", "what has happened to the runs", "changes"),),
    ),
    HelpRow(
        "o",
        "output of the program (run, watch -); / searches",
        (Command("page('output')", "o", "o", "output of the program", "output"),),
    ),
    HelpRow(
        "n N",
        "next match, match before, in the output",
        (
            Command("find(1)", "n", "n", "next match in the output", "next"),
            Command("find(-1)", "N", "N", "match before in the output"),
        ),
    ),
    HelpRow(
        "← → h",
        "move the value cursor; esc hides it",
        (
            Command("sideways(1)", "right", "→", "move the value cursor right"),
            Command("sideways(-1)", "left,h", "←", "move the value cursor left"),
        ),
    ),
    HelpRow(
        "+ - 0",
        "zoom in, zoom out, show the whole x axis",
        (
            Command("zoom(0.5)", "plus,equals_sign", "+", "zoom in"),
            Command("zoom(2.0)", "minus", "-", "zoom out"),
            Command("dispatch('unzoom')", "0", "0", "show the whole x axis"),
        ),
    ),
    HelpRow(
        "< >",
        "move along the x axis while zoomed in",
        (
            Command("pan(-0.25)", "less_than_sign", "<", "move left on the x axis"),
            Command("pan(0.25)", "greater_than_sign", ">", "move right on the x axis"),
        ),
    ),
    HelpRow(
        "s",
        f"smoothing: none, {', '.join(map(str, SMOOTHING[1:]))}",
        (Command("dispatch('smooth')", "s", "s", "change the smoothing", "smooth"),),
    ),
    HelpRow(
        "l",
        "y axis: linear or logarithmic",
        (
            Command("log", "", "l", "y axis linear or logarithmic", "log"),
            # On the keyboard l goes right while something is being moved, as in vim.
            Command("right_or_log", "l"),
        ),
    ),
    HelpRow(
        "x",
        "x axis: epochs, steps, time, time of day; compared: percent",
        (Command("dispatch('axis')", "x", "x", "x axis: epochs or steps, time since the start, time of day", "axis"),),
    ),
    HelpRow(
        "T",
        "colours: dark, light, high contrast, colour-blind safe",
        (Command("dispatch('theme')", "T", "T", "next colour theme"),),
    ),
    HelpRow(": ctrl+p", "all commands, by name", (Command("dispatch('palette')", "colon,ctrl+p"),)),
    HelpRow(
        "E",
        "save screen (SVG) and run (CSV) in the current directory",
        (Command("export", "E", "E", "save the screen as SVG and the run as CSV"),),
    ),
    HelpRow(
        "y",
        "copy the values at the cursor, else the advice",
        (Command("copy", "y", "y", "copy the values at the cursor, or the advice"),),
    ),
    HelpRow("?", "help: keys and verdicts", (Command("page('help')", "question_mark", "?", "help", "help"),)),
    HelpRow(
        "q ctrl+c",
        "quit; ctrl+z suspends, or quits where that would stop a program",
        (
            Command("suspend_process", "ctrl+z", "ctrl+z", "suspend", while_typing=True),
            Command("quit", "q", "q", "quit", "quit"),
            Command("interrupt", "ctrl+c", while_typing=True),
        ),
    ),
)
"""The rows of the help page in order, with every command there is."""

_COMMANDS = tuple(command for row in HELP_ROWS for command in row.commands)
_BY_ACTION = {command.action: command for command in _COMMANDS}


def _action_name(command: Command) -> str:
    """Return the action without its arguments."""
    return command.action.partition("(")[0]


BINDINGS: list[BindingType] = [
    Binding(command.keys, command.action, priority=command.while_typing) for command in _COMMANDS if command.keys
]
"""The key bindings, in the form that Textual takes."""

ALLOWED_ACTIONS = frozenset(map(_action_name, _COMMANDS))
"""The actions that may run. Any other is refused, because markup in a name could request it."""

ALLOWED_WHILE_TYPING = frozenset(_action_name(command) for command in _COMMANDS if command.while_typing)
"""The actions that run even while a filter is typed."""

PALETTE = tuple(
    sorted((command for command in _COMMANDS if command.text), key=lambda command: _action_name(command) != "page")
)
"""The commands of the palette: first those that open a page, then the others in the order of the help page."""


def matching_commands(text: str) -> tuple[Command, ...]:
    """Return the commands of the palette whose texts contain every word of *text*.

    >>> [command.key for command in matching_commands("zoom")]
    ['+', '-']
    """
    words = text.casefold().split()
    return tuple(command for command in PALETTE if all(word in command.text.casefold() for word in words))


@dataclass(frozen=True, slots=True)
class Hint:
    """A key in the footer, what it does, and the action that a click on it runs."""

    key: str
    text: str
    action: str


def _hints(*actions: str) -> tuple[Hint, ...]:
    commands = (_BY_ACTION[action] for action in actions)
    return tuple(Hint(command.key, command.footer, command.action) for command in commands)


_SCROLL = Hint("↑↓", "scroll", "move(1)")
_DRAWING = _hints("dispatch('smooth')", "log", "dispatch('axis')")
PERMANENT_HINTS = _hints("page('help')", "quit")
"""The hints that every footer shows however narrow it is."""
_BACK = (*_hints("dispatch('back')"), *PERMANENT_HINTS)
_PAGES = _hints("page('timeline')", "page('notes')", "page('changes')")
OUTPUT_HINTS = _hints("page('output')")
"""The hints that are shown only if there is the output of a program."""

FOOTER = {
    Page.RUN: (
        *_hints("move(1)"),
        *OUTPUT_HINTS,
        *_hints("dispatch('filter')", "page('metrics')", "page('compare')"),
        *_DRAWING,
        *_PAGES,
        *PERMANENT_HINTS,
    ),
    Page.METRICS: (
        Hint("↑↓←→", "metric", "move(1)"),
        *_hints("dispatch('enlarge')", "dispatch('filter')"),
        *_DRAWING,
        *_BACK,
    ),
    Page.COLUMNS: (Hint("↑↓", "column", "move(1)"), Hint("space", "show or hide", "dispatch('mark')"), *_BACK),
    Page.COMPARE: (*_hints("move(1)", "dispatch('mark')"), *_DRAWING, *_BACK),
    Page.OUTPUT: (_SCROLL, Hint("/", "search", "dispatch('filter')"), *_hints("find(1)"), *_BACK),
}
"""The hints of the pages that have a footer of their own, in order."""
TEXT_PAGE_FOOTER = (_SCROLL, *_BACK)
"""The hints of all other pages."""
