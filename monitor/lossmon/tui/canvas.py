"""The one widget: it knows which pane stands where, and what each row of the terminal holds."""

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
from lossmon.tui.panes.chart_pane import ChartPane
from lossmon.tui.panes.compact import compact
from lossmon.tui.panes.comparison import compare_table
from lossmon.tui.panes.footer import Footer
from lossmon.tui.panes.gpu import gpu_line, gpu_pane
from lossmon.tui.panes.header import header
from lossmon.tui.panes.metrics_grid import ChartGrid
from lossmon.tui.panes.page_pane import PagePane
from lossmon.tui.panes.run_list import RunList
from lossmon.tui.panes.verdict import verdict_pane
from lossmon.tui.screen_layout import plan
from lossmon.tui.state import Page, State
from lossmon.tui.styled_text import Line, Lines, pad
from lossmon.tui.terminal.choice import draw
from lossmon.tui.theme import Palette

_Row: TypeAlias = list[tuple[int, Line]]
"""What stands on one row of the terminal from left to right: the width of each pane, and its line."""


class Canvas(Widget, can_focus=False):
    """All panes, each where the plan puts it; a row is sent to the terminal again only if it changed.

    Textual would compose a widget a pane anew for every change, at several times the cost of making their lines.
    """

    ALLOW_SELECT = False

    class Scrolled(Message):
        """The wheel was turned: *step* lines down, or up if it is negative."""

        def __init__(self, step: int) -> None:
            super().__init__()
            self.step = step

    def __init__(self, state: State) -> None:
        super().__init__()
        self._state = state
        self._palette = Palette(state.choices.theme, colored=not state.choices.options.no_color)
        self._chart, self._page = ChartPane(), PagePane()
        self.panes = _others() | {"chart": self._chart, "page": self._page}
        """All there are, by the name the plan has for each."""
        self._behind = True
        self._drawn = Size(0, 0)
        self._rows: list[_Row] = []
        self._strips: list[Strip] = []
        self._changed: list[int] = []

    def show(self, state: State) -> None:
        """Have *state* painted; of several that come at once only the last one is."""
        if state.choices.theme != self._state.choices.theme:
            self._palette.use(state.choices.theme)
            self._rows = []
        self._state = state
        if not self._behind:
            self._behind = True
            self.call_later(self._paint)

    @property
    def chart(self) -> ChartPane:
        """The chart of the newest state."""
        self._catch_up()
        return self._chart

    def scroll(self, step: int) -> None:
        """Show the text of a page *step* lines further down, or up if it is negative."""
        self._catch_up()
        self._page.scroll(step)
        self.show(self._state)

    @property
    def grid_columns(self) -> int:
        """How many small charts stand side by side on the page of scalars."""
        at = plan(self._state, *self.size).get("page")
        return ChartGrid.within(*at.box.inner(at.width, at.height), len(self._state.metrics)).columns if at else 1

    def picture(self) -> Sequence[Strip]:
        """Return the rows that show the newest state in the size the terminal has now."""
        self._catch_up()
        return self._strips

    def render_lines(self, crop: Region) -> list[Strip]:
        """Return the rows in *crop*, as Textual asks for them."""
        rows = [*self.picture()[crop.y : crop.bottom]]
        if crop.column_span != (0, self.size.width):
            return [row.crop(*crop.column_span) for row in rows]
        return rows

    def on_click(self, event: Click) -> None:
        """Ask for what the pane that was clicked makes of it."""
        for name, at in plan(self._state, *self.size).items():
            x, y = event.x - at.x, event.y - at.y
            if 0 <= x < at.width and 0 <= y < at.height and (wanted := self.panes[name].clicked(x, y)):
                self.post_message(wanted)

    def on_mouse_scroll_down(self, event: MouseScrollDown) -> None:
        """Move on."""
        event.stop()
        self.post_message(self.Scrolled(1))

    def on_mouse_scroll_up(self, event: MouseScrollUp) -> None:
        """Move back."""
        event.stop()
        self.post_message(self.Scrolled(-1))

    def _paint(self) -> None:
        self._catch_up()
        changed, self._changed = self._changed, []
        if changed and not draw(self.app):
            self.refresh(*(Region(0, row, self.size.width, 1) for row in changed))

    def _catch_up(self) -> None:
        """Make the picture of the newest state, if it is not there yet."""
        if not self._behind and self._drawn == self.size:
            return
        before, self._rows = self._rows, self._laid_out(*self.size)
        self._strips = (self._strips + [Strip([])] * len(self._rows))[: len(self._rows)]
        changed = [y for y, row in enumerate(self._rows) if y >= len(before) or before[y] != row]
        for y in changed:
            self._strips[y] = self._strip(self._rows[y])
        # A terminal of another size is drawn whole without being asked to.
        self._changed += changed if self._drawn == self.size else []
        self._behind, self._drawn = False, self.size

    def _laid_out(self, width: int, height: int) -> list[_Row]:
        """Have the panes in the plan drawn, and return what stands on each row."""
        rows: list[_Row] = [[] for _ in range(height)]
        for name, at in sorted(plan(self._state, width, height).items(), key=lambda item: item[1].x):
            pane = self.panes[name]
            pane.show(self._state, at)
            for y in range(at.height):
                rows[at.y + y].append((at.width, pane.line(y)))
        return rows

    def _strip(self, row: _Row) -> Strip:
        spans = (span for width, line in row for span in pad(line, width))
        strip = Strip([Segment(text, self._palette.style(roles)) for text, roles in spans])
        for each in self.app.get_line_filters():
            strip = strip.apply_filter(each, self.styles.background)
        return strip


def _others() -> dict[str, Pane]:
    return {
        "header": Pane(lambda state, at: (header(state, at.width),), _counted),
        "runs": RunList(framed=True),
        "strip": RunList(framed=False),
        "gpu": Pane(lambda state, at: gpu_pane(state, at.width, at.height, at.box), _gpus),
        "gpu_line": Pane(lambda state, at: (((" ", ""), *gpu_line(state, at.width - 1)),), _gpus),
        "verdict": Pane(_below_chart, snapshot_and_settings),
        "compact": Pane(lambda state, at: compact(state, at.width, at.height)),
        "footer": Footer(),
    }


def _counted(state: State) -> object:
    return state.snapshot, state.silent_since


def _gpus(state: State) -> object:
    return state.gpus, state.labels


def _below_chart(state: State, at: PaneRect) -> Lines:
    if state.choices.page is Page.COMPARE and state.compared:
        return compare_table(state, at.width, at.height, at.box)
    return verdict_pane(state, at.width, at.height, at.box)
