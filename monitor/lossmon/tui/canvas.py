"""The only widget: it places the panes and turns their lines into the rows of the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from rich.segment import Segment
from textual.events import Click, MouseScrollDown, MouseScrollUp
from textual.geometry import Region, Size
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from lossmon.tui.panes.base import Pane, PaneRect, snapshot_and_settings
from lossmon.tui.panes.changes import changes_pane
from lossmon.tui.panes.chart_pane import ChartPane
from lossmon.tui.panes.compact import compact_screen
from lossmon.tui.panes.comparison import compare_table
from lossmon.tui.panes.footer import Footer
from lossmon.tui.panes.gpu import gpu_line, gpu_pane
from lossmon.tui.panes.header import header
from lossmon.tui.panes.metrics_grid import ChartGrid
from lossmon.tui.panes.page_pane import PagePane
from lossmon.tui.panes.run_list import RunList
from lossmon.tui.panes.verdict import verdict_pane
from lossmon.tui.screen_layout import screen_layout
from lossmon.tui.settings import Page
from lossmon.tui.state import State
from lossmon.tui.styled_text import Line, Lines, Palette, pad
from lossmon.tui.terminal import draw_directly

_Row: TypeAlias = list[tuple[int, Line]]
"""One row of the terminal from left to right: the width of each pane on it, and the pane's line."""


class Canvas(Widget, can_focus=False):
    """All panes in their places; a row is written to the terminal again only if it changed.

    With one widget for each pane, Textual would compose the screen again on every change, at several times the cost.
    """

    ALLOW_SELECT = False

    class Scrolled(Message):
        """The mouse wheel was turned: *step* lines down, or up if it is negative."""

        def __init__(self, step: int) -> None:
            super().__init__()
            self.step = step

    def __init__(self, state: State) -> None:
        super().__init__()
        self._state = state
        options = state.view.options
        self._palette = Palette(state.view.theme, colored=not options.no_color, depth=options.color_depth)
        self._chart, self._page = ChartPane(), PagePane()
        self.panes = _simple_panes() | {"chart": self._chart, "page": self._page}
        """Every pane by its name in the layout."""
        self._is_outdated = True
        self._drawn_size = Size(0, 0)
        self._rows: list[_Row] = []
        self._strips: list[Strip] = []
        self._changed: list[int] = []

    def show(self, state: State) -> None:
        """Draw *state* soon; of several states in a row only the last one is drawn."""
        if state.view.theme != self._state.view.theme:
            self._palette.use(state.view.theme)
            self._rows = []
        self._state = state
        if not self._is_outdated:
            self._is_outdated = True
            self.call_later(self._paint)

    @property
    def chart(self) -> ChartPane:
        """The chart of the newest state."""
        self._update()
        return self._chart

    def scroll(self, step: int) -> None:
        """Scroll the text of a page *step* lines down, or up if it is negative."""
        self._update()
        self._page.scroll(step)
        self.show(self._state)

    def find(self, step: int) -> None:
        """Scroll the output to another match of the search, *step* matches down, or up if it is negative."""
        self._update()
        self._page.find(step)
        self.show(self._state)

    @property
    def grid_columns(self) -> int:
        """The number of small charts side by side on the page of metrics."""
        rect = screen_layout(self._state, *self.size).get("page")
        if rect is None:
            return 1
        return ChartGrid.within(*rect.box.inner(rect.width, rect.height), len(self._state.metrics)).columns

    def strips(self) -> Sequence[Strip]:
        """Return the rows of the terminal that show the newest state at the present size."""
        self._update()
        return self._strips

    def render_lines(self, crop: Region) -> list[Strip]:
        """Return the rows in *crop*; Textual calls this."""
        rows = [*self.strips()[crop.y : crop.bottom]]
        if crop.column_span != (0, self.size.width):
            return [row.crop(*crop.column_span) for row in rows]
        return rows

    def on_click(self, event: Click) -> None:
        """Post the message of the pane that was clicked."""
        for name, rect in screen_layout(self._state, *self.size).items():
            x, y = event.x - rect.x, event.y - rect.y
            if 0 <= x < rect.width and 0 <= y < rect.height and (message := self.panes[name].clicked(x, y)):
                self.post_message(message)

    def on_mouse_scroll_down(self, event: MouseScrollDown) -> None:
        """Post that the wheel was turned down."""
        event.stop()
        self.post_message(self.Scrolled(1))

    def on_mouse_scroll_up(self, event: MouseScrollUp) -> None:
        """Post that the wheel was turned up."""
        event.stop()
        self.post_message(self.Scrolled(-1))

    def _paint(self) -> None:
        """Write the rows that changed to the terminal, through our driver or else through Textual."""
        self._update()
        changed, self._changed = self._changed, []
        if changed and not draw_directly(self.app):
            self.refresh(*(Region(0, row, self.size.width, 1) for row in changed))

    def _update(self) -> None:
        """Make the rows for the newest state and size, unless they are up to date."""
        if not self._is_outdated and self._drawn_size == self.size:
            return
        old, self._rows = self._rows, self._draw_panes(*self.size)
        self._strips = (self._strips + [Strip([])] * len(self._rows))[: len(self._rows)]
        changed = [y for y, row in enumerate(self._rows) if y >= len(old) or old[y] != row]
        for y in changed:
            self._strips[y] = self._to_strip(self._rows[y])
        # After a resize Textual itself draws every row.
        self._changed += changed if self._drawn_size == self.size else []
        self._is_outdated, self._drawn_size = False, self.size

    def _draw_panes(self, width: int, height: int) -> list[_Row]:
        """Draw the panes of the layout, and return the rows of the terminal."""
        rows: list[_Row] = [[] for _ in range(height)]
        layout = screen_layout(self._state, width, height)
        for name, rect in sorted(layout.items(), key=lambda item: item[1].x):
            pane = self.panes[name]
            pane.show(self._state, rect)
            for y in range(rect.height):
                rows[rect.y + y].append((rect.width, pane.line(y)))
        return rows

    def _to_strip(self, row: _Row) -> Strip:
        spans = (span for width, line in row for span in pad(line, width))
        strip = Strip([Segment(text, self._palette.style(roles)) for text, roles in spans])
        for line_filter in self.app.get_line_filters():
            strip = strip.apply_filter(line_filter, self.styles.background)
        return strip


def _simple_panes() -> dict[str, Pane]:
    """Return the panes that are only drawn, because the canvas needs no information from them."""
    return {
        "header": Pane(lambda state, rect: (header(state, rect.width),), _header_inputs),
        "runs": RunList(framed=True),
        "strip": RunList(framed=False),
        "gpu": Pane(lambda state, rect: gpu_pane(state, rect.width, rect.height, rect.box), _gpu_inputs),
        "changes": Pane(lambda state, rect: changes_pane(state, rect.width, rect.height, rect.box), _change_inputs),
        "gpu_line": Pane(lambda state, rect: (((" ", ""), *gpu_line(state, rect.width - 1)),), _gpu_inputs),
        "verdict": Pane(_draw_below_chart, snapshot_and_settings),
        "compact": Pane(lambda state, rect: compact_screen(state, rect.width, rect.height)),
        "footer": Footer(),
    }


def _header_inputs(state: State) -> object:
    return state.snapshot, state.reader_silent_since


def _change_inputs(state: State) -> object:
    return state.changes.changes, state.changes.unseen, state.short_names


def _gpu_inputs(state: State) -> object:
    return state.gpus, state.short_names


def _draw_below_chart(state: State, rect: PaneRect) -> Lines:
    if state.view.page is Page.COMPARE and state.compared_runs:
        return compare_table(state, rect.width, rect.height, rect.box)
    return verdict_pane(state, rect.width, rect.height, rect.box)
