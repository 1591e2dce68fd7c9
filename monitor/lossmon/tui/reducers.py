"""What each key does to the state: pure functions, one a key."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from lossmon.tui.commands import Command, matching
from lossmon.tui.panes.x_axis import following_axis
from lossmon.tui.state import SMOOTHING, Page, State
from lossmon.tui.theme import following_theme

_TYPED_AT_MOST = 64


def chosen(state: State, index: int) -> State:
    """Show the run in row *index* of the list, or the nearest there is; its curve is shown whole."""
    if not state.rows:
        return state
    name = state.rows[min(max(0, index), len(state.rows) - 1)].name
    if state.current is not None and name == state.current.name:
        return state.chose(selected=name)
    return state.chose(selected=name, cursor=None, x_range=None, metric=None, metric_index=0)


def moved(state: State, step: int, columns: int) -> State:
    """Go *step* runs down the list; on the page of scalars, *step* rows of *columns* down."""
    if state.choices.page is Page.METRICS:
        return metric_moved(state, step * columns)
    return chosen(state, state.index + step)


def metric_moved(state: State, step: int) -> State:
    """Go *step* scalars on."""
    last = len(state.metrics) - 1
    return state.chose(metric_index=min(max(0, state.choices.metric_index + step), max(0, last)))


def ended(state: State, direction: int) -> State:
    """Go to the first (-1) or the last (1) run or scalar."""
    far = direction * max(len(state.rows), len(state.metrics))
    return moved(state, far, 1)


def marked(state: State) -> State:
    """Mark the shown run, or take its mark away."""
    if state.current is None:
        return state
    name, marks = state.current.name, state.choices.marked
    return state.chose(marked=tuple(one for one in marks if one != name) if name in marks else (*marks, name))


def paged(state: State, page: Page) -> State:
    """Open a page, or close it where it is open."""
    closed = state.choices.page is page
    return state.chose(page=Page.RUN if closed else page, cursor=None, x_range=None, metric=None)


def opened(state: State) -> State:
    """Draw the chosen scalar large."""
    if state.choices.page is not Page.METRICS or not state.metrics:
        return state
    curve = state.metrics[min(state.choices.metric_index, len(state.metrics) - 1)]
    return state.chose(page=Page.RUN, metric=curve.tag, cursor=None, x_range=None)


def back(state: State) -> State:
    """Undo the last thing that hides something: cursor, zoom, large scalar, page, filter."""
    choices = state.choices
    if choices.cursor is not None:
        return state.chose(cursor=None)
    if choices.x_range is not None:
        return state.chose(x_range=None)
    if choices.metric is not None:
        return state.chose(metric=None, page=Page.METRICS)
    if choices.page is Page.METRICS and choices.metric_filter:
        return filtered(state, "")
    if choices.page is not Page.RUN:
        return state.chose(page=Page.RUN)
    return filtered(state, "")


def smoothed(state: State) -> State:
    """Smooth more, and after the most not at all."""
    more = (weight for weight in SMOOTHING if weight > state.choices.smoothing)
    return state.chose(smoothing=next(more, 0.0))


def scaled(state: State, logarithmic: bool) -> State:
    """Make the y axis linear if it is *logarithmic* now, else logarithmic."""
    return state.chose(log=not logarithmic)


def over_next_axis(state: State) -> State:
    """Draw over the next x axis there is; say so where there is none."""
    following = following_axis(state)
    if following is state.choices.x_axis and state.current is not None:
        whose = "these runs share" if state.choices.page is Page.COMPARE else "this run has"
        return replace(state, notice=f"{whose} no other x axis")
    return state.chose(x_axis=following, cursor=None, x_range=None)


def resorted(state: State) -> State:
    """Sort the list by the next key."""
    return state.chose(sort=state.choices.sort.following)


def finished_hidden(state: State) -> State:
    """Leave finished runs out of the list, or take them in again."""
    return state.chose(hide_finished=not state.choices.hide_finished)


def recolored(state: State) -> State:
    """Use the colours of the next theme."""
    theme = following_theme(state.choices.theme)
    return replace(state.chose(theme=theme), notice=f"colours: {theme}")


def filtering(state: State) -> State:
    """Begin to type a filter, on pages that have something to filter."""
    return state.chose(typing=state.choices.page in (Page.RUN, Page.METRICS, Page.COMPARE))


def unzoomed(state: State) -> State:
    """Show the whole x axis."""
    return state.chose(x_range=None)


def filtered(state: State, text: str) -> State:
    """Filter commands and scalars on their pages, runs elsewhere."""
    if state.choices.page is Page.COMMANDS:
        return state.chose(command=text, command_index=0)
    if state.choices.page is Page.METRICS:
        return state.chose(metric_filter=text, metric_index=0)
    return state.chose(run_filter=text)


def commanding(state: State) -> State:
    """Show every command, and begin to type which one is wanted."""
    return state.chose(page=Page.COMMANDS, behind=state.choices.page, command="", command_index=0, typing=True)


def command_moved(state: State, step: int) -> State:
    """Go *step* commands down."""
    last = len(matching(state.choices.command)) - 1
    return state.chose(command_index=min(max(0, state.choices.command_index + step), max(0, last)))


def wanted(state: State, key: str) -> Command | None:
    """Return the command that *key* asks to run; None for any other key."""
    if state.choices.page is not Page.COMMANDS or key != "enter":
        return None
    found = matching(state.choices.command)
    return found[state.choices.command_index] if found else None


def uncommanded(state: State) -> State:
    """Return to the page behind the commands."""
    return state.chose(page=state.choices.behind, typing=False)


def typed(state: State, key: str, character: str | None) -> State:
    """Take a key while a filter or a command is typed."""
    if state.choices.page is Page.COMMANDS:
        if key in ("up", "down"):
            return command_moved(state, 1 if key == "down" else -1)
        if key in ("enter", "escape"):
            return uncommanded(state)
    if key == "enter":
        return state.chose(typing=False)
    if key == "escape":
        return filtered(state, "").chose(typing=False)
    if key == "backspace":
        return filtered(state, state.filter[:-1])
    if key in ("ctrl+u", "ctrl+w"):
        return filtered(state, "")
    if character is not None and character.isprintable() and len(state.filter) < _TYPED_AT_MOST:
        return filtered(state, state.filter + character)
    return state


STEPS: dict[str, Callable[[State], State]] = {
    "mark": marked,
    "open": opened,
    "back": back,
    "smooth": smoothed,
    "axis": over_next_axis,
    "sort": resorted,
    "filter": filtering,
    "finished": finished_hidden,
    "theme": recolored,
    "commands": commanding,
    "unzoom": unzoomed,
}
"""The steps that need to know nothing but the state, by the name a key calls them."""
