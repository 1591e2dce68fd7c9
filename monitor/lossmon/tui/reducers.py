"""What each key does to the state: pure functions from the old state to the new one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from lossmon.presentation.axes import XAxis
from lossmon.presentation.sorting import is_gone
from lossmon.tui.column_choice import COLUMNS, with_choice
from lossmon.tui.keymap import Command, matching_commands
from lossmon.tui.panes.run_columns import wanted_columns
from lossmon.tui.panes.x_axis import next_x_axis
from lossmon.tui.settings import SMOOTHING, Page
from lossmon.tui.state import State
from lossmon.tui.theme import next_theme

_MAX_FILTER_LENGTH = 64
"""Characters that can be typed into a filter."""
_FILTERED_PAGES = (Page.RUN, Page.METRICS, Page.COMPARE, Page.OUTPUT)
"""The pages that have something to filter or to search."""


def select_run(state: State, index: int) -> State:
    """Show the run at *index* of the list, or the nearest there is. For another run the zoom and cursor are reset."""
    if not state.listed_runs:
        return state
    name = state.listed_runs[_clamp(index, len(state.listed_runs))].name
    if state.shown_run is not None and name == state.shown_run.name:
        return state.with_view(selected=name)
    return state.with_view(selected=name, cursor=None, x_range=None, metric=None, metric_index=0, next_advice=0)


def move(state: State, rows: int, columns: int) -> State:
    """Go *rows* down the list of runs, the list of columns, or the grid of metrics, which has *columns*."""
    if state.view.page is Page.METRICS:
        return move_metric(state, rows * columns)
    if state.view.page is Page.COLUMNS:
        return state.with_view(column_index=_clamp(state.view.column_index + rows, 1 + len(COLUMNS)))
    return select_run(state, state.shown_index + rows)


def move_metric(state: State, step: int) -> State:
    """Choose the metric *step* places further on the page of metrics."""
    return state.with_view(metric_index=_clamp(state.view.metric_index + step, len(state.metrics)))


def move_to_end(state: State, direction: int) -> State:
    """Go to the first (-1) or the last (1) run, metric or column."""
    return move(state, direction * max(len(state.listed_runs), len(state.metrics), 1 + len(COLUMNS)), 1)


def toggle_mark(state: State) -> State:
    """Mark the shown run, or remove its mark; on the page of columns, show or hide the chosen one."""
    if state.view.page is Page.COLUMNS:
        return toggle_column(state)
    if state.shown_run is None:
        return state
    name, marked = state.shown_run.name, state.view.marked
    return state.with_view(
        marked=tuple(other for other in marked if other != name) if name in marked else (*marked, name)
    )


def forget_run(state: State) -> State:
    """Take the shown run out of the list if its files are gone; otherwise say why not."""
    run = state.shown_run
    if run is None or state.snapshot is None:
        return state
    if not is_gone(run):
        return replace(state, notice="only a run whose files are gone can be forgotten")
    name, forgotten = state.short_name(run), state.view.forgotten | {run.name}
    following = select_run(state, state.shown_index + 1) if state.shown_index + 1 < len(state.listed_runs) else state
    left = following.with_view(forgotten=forgotten).with_snapshot(state.snapshot)
    return replace(left, notice=f"{name} is forgotten until its files come back")


def toggle_page(state: State, page: Page) -> State:
    """Open *page*, or close it if it is open."""
    is_open = state.view.page is page
    target = Page.RUN if is_open else page
    opened = state.with_view(page=target, cursor=None, x_range=None, metric=None, x_axis=_axis_on(target, state))
    is_alone = target is Page.COMPARE and len(opened.compared_runs) == 1 < len(opened.listed_runs)
    return replace(opened, notice="space marks a second run, to compare it with this one") if is_alone else opened


def _axis_on(page: Page, state: State) -> XAxis:
    """Return the x axis to draw on *page*: percent of the run is for comparisons only."""
    axis = state.view.x_axis
    return XAxis.COUNT if axis is XAxis.SHARE and page is not Page.COMPARE else axis


def enlarge_metric(state: State) -> State:
    """Draw the chosen metric large; on the page of columns, show or hide the chosen one."""
    if state.view.page is Page.COLUMNS:
        return toggle_column(state)
    if state.view.page is not Page.METRICS or not state.metrics:
        return state
    pair = state.metrics[_clamp(state.view.metric_index, len(state.metrics))]
    return state.with_view(page=Page.RUN, metric=pair.tag, cursor=None, x_range=None)


def open_columns(state: State, name: str) -> State:
    """Open the page on which the columns of the list are chosen for terminals of the class *name*, or close it."""
    return toggle_page(state, Page.COLUMNS).with_view(column_class=name, column_index=0)


def toggle_column(state: State) -> State:
    """Show or hide the chosen column of the list; on the first row of the page, leave the choice to the program."""
    view = state.view
    if not view.column_index:
        return state.with_view(columns=with_choice(view.columns, view.column_class, None))
    shown = wanted_columns(state, view.column_class)
    toggled = COLUMNS[view.column_index - 1].key
    keys = tuple(column.key for column in COLUMNS if (column.key in shown) != (column.key == toggled))
    return state.with_view(columns=with_choice(view.columns, view.column_class, keys))


def go_back(state: State) -> State:
    """Undo one thing, in this order: cursor, zoom, large metric, filter of metrics or search, page, filter of runs."""
    view = state.view
    if view.cursor is not None:
        return state.with_view(cursor=None)
    if view.x_range is not None:
        return state.with_view(x_range=None)
    if view.metric is not None:
        return state.with_view(metric=None, page=Page.METRICS)
    if (view.page is Page.METRICS and view.metric_filter) or (view.page is Page.OUTPUT and view.output_search):
        return set_filter(state, "")
    if view.page is not Page.RUN:
        return state.with_view(page=Page.RUN, x_axis=_axis_on(Page.RUN, state))
    return set_filter(state, "")


def next_smoothing(state: State) -> State:
    """Smooth more; after the strongest smoothing comes none."""
    stronger = (weight for weight in SMOOTHING if weight > state.view.smoothing)
    return state.with_view(smoothing=next(stronger, SMOOTHING[0]))


def toggle_log(state: State, is_log: bool) -> State:
    """Make the y axis linear if *is_log* says that it is logarithmic now, else logarithmic."""
    return state.with_view(log=not is_log)


def change_x_axis(state: State) -> State:
    """Draw the chart over the next x axis; show a notice if there is no other."""
    following = next_x_axis(state)
    if following is state.view.x_axis and state.shown_run is not None:
        subject = "these runs share" if state.view.page is Page.COMPARE else "this run has"
        return replace(state, notice=f"{subject} no other x axis")
    return state.with_view(x_axis=following, cursor=None, x_range=None)


def next_sort(state: State) -> State:
    """Sort the list by the next key."""
    return state.with_view(sort=state.view.sort.following)


def toggle_groups(state: State) -> State:
    """List runs that repeat one training as one row, or each run; go to the last run if there are no repetitions."""
    if not state.view.grouped and not state.has_groups:
        return move_to_end(state, 1)
    return state.with_view(grouped=not state.view.grouped)


def toggle_finished(state: State) -> State:
    """Hide finished runs, or show them again."""
    return state.with_view(hide_finished=not state.view.hide_finished)


def change_theme(state: State) -> State:
    """Use the colours of the next theme, and name it in a notice."""
    theme = next_theme(state.view.theme)
    return replace(state.with_view(theme=theme), notice=f"colours: {theme}")


def start_filter(state: State) -> State:
    """Start to type a filter, on pages that have something to filter."""
    return state.with_view(typing=state.view.page in _FILTERED_PAGES)


def reset_zoom(state: State) -> State:
    """Show the whole x axis."""
    return state.with_view(x_range=None)


def set_filter(state: State, text: str) -> State:
    """Filter the commands in the palette, the metrics on their page, the runs elsewhere; search in the output."""
    if state.view.page is Page.COMMANDS:
        return state.with_view(palette_filter=text, palette_index=0)
    if state.view.page is Page.METRICS:
        return state.with_view(metric_filter=text, metric_index=0)
    if state.view.page is Page.OUTPUT:
        return state.with_view(output_search=text)
    return state.with_view(run_filter=text)


def open_palette(state: State) -> State:
    """Show every command, and start to type the name of one."""
    page = state.view.page
    return state.with_view(
        page=Page.COMMANDS, page_behind_palette=page, palette_filter="", palette_index=0, typing=True
    )


def close_palette(state: State) -> State:
    """Return to the page behind the palette."""
    return state.with_view(page=state.view.page_behind_palette, typing=False)


def chosen_command(state: State, key: str) -> Command | None:
    """Return the command of the palette that *key* runs; None for any key but enter."""
    if state.view.page is not Page.COMMANDS or key != "enter":
        return None
    commands = matching_commands(state.view.palette_filter)
    return commands[state.view.palette_index] if commands else None


def type_key(state: State, key: str, character: str | None) -> State:
    """Handle a key while a filter is typed: *key* is Textual's name of it, *character* what it prints, if anything."""
    if state.view.page is Page.COMMANDS:
        if key in ("up", "down"):
            return _move_in_palette(state, 1 if key == "down" else -1)
        if key in ("enter", "escape"):
            return close_palette(state)
    if key == "enter":
        return _apply_filter(state)
    if key == "escape":
        return set_filter(state, "").with_view(typing=False)
    if key == "backspace":
        return set_filter(state, state.filter_text[:-1])
    if key in ("ctrl+u", "ctrl+w"):
        return set_filter(state, "")
    if character is not None and character.isprintable() and len(state.filter_text) < _MAX_FILTER_LENGTH:
        return set_filter(state, state.filter_text + character)
    return state


def _apply_filter(state: State) -> State:
    """End the input of a filter; what is wrong with it is said until the next key."""
    error = state.filter_error
    return replace(state.with_view(typing=False), notice=f"{error}; this part is left out" if error else "")


def _move_in_palette(state: State, step: int) -> State:
    commands = matching_commands(state.view.palette_filter)
    return state.with_view(palette_index=_clamp(state.view.palette_index + step, len(commands)))


def _clamp(index: int, count: int) -> int:
    """Return the valid index of *count* items that is nearest to *index*; 0 if there are none."""
    return min(max(0, index), max(0, count - 1))


REDUCERS: dict[str, Callable[[State], State]] = {
    "mark": toggle_mark,
    "enlarge": enlarge_metric,
    "back": go_back,
    "smooth": next_smoothing,
    "axis": change_x_axis,
    "sort": next_sort,
    "filter": start_filter,
    "finished": toggle_finished,
    "theme": change_theme,
    "forget": forget_run,
    "palette": open_palette,
    "unzoom": reset_zoom,
}
"""The reducers that need nothing but the state, by the name that ``dispatch`` in the key table uses."""
