"""Which key runs which action of the application."""

from __future__ import annotations

from textual.binding import Binding, BindingType

BINDINGS: list[BindingType] = [
    Binding("down,j", "move(1)"),
    Binding("up,k", "move(-1)"),
    Binding("pagedown,ctrl+f", "move(10)"),
    Binding("pageup,ctrl+b", "move(-10)"),
    Binding("left,h", "sideways(-1)"),
    Binding("right", "sideways(1)"),
    Binding("l", "right_or_log"),
    Binding("g,home", "end(-1)"),
    Binding("G,end", "end(1)"),
    Binding("space", "step('mark')"),
    Binding("slash", "step('filter')"),
    Binding("colon,ctrl+p", "step('commands')"),
    Binding("f", "step('finished')"),
    Binding("m", "page('metrics')"),
    Binding("c", "page('compare')"),
    Binding("t", "page('timeline')"),
    Binding("i", "page('notes')"),
    Binding("question_mark", "page('help')"),
    Binding("enter", "step('open')"),
    Binding("escape", "step('back')"),
    Binding("s", "step('smooth')"),
    Binding("x", "step('axis')"),
    Binding("o", "step('sort')"),
    Binding("plus,equals_sign", "zoom(0.5)"),
    Binding("minus", "zoom(2.0)"),
    Binding("0", "step('unzoom')"),
    Binding("less_than_sign", "pan(-0.25)"),
    Binding("greater_than_sign", "pan(0.25)"),
    Binding("T", "step('theme')"),
    Binding("e", "export"),
    Binding("q", "leave"),
    Binding("ctrl+c", "quit", priority=True),
    Binding("ctrl+z", "suspend_process", priority=True),
]

ALLOWED = frozenset(binding.action.partition("(")[0] for binding in BINDINGS if isinstance(binding, Binding)) | {"log"}
"""The actions that may run; markup in a name could ask for any other, so any other is refused."""

ALWAYS = frozenset({"quit", "suspend_process"})
"""The actions that run even while a filter is typed."""
