"""The pane with the chart: it knows which x is under which column."""

from __future__ import annotations

from textual.message import Message

from lossmon.tui.charts.frame import move_cursor, nearest_logged, pan_range, zoom_range
from lossmon.tui.panes.base import Pane, PaneRect
from lossmon.tui.panes.comparison import draw_comparison_chart
from lossmon.tui.panes.curves import x_span
from lossmon.tui.panes.loss_chart import DrawnChart, draw_loss_chart
from lossmon.tui.settings import Page
from lossmon.tui.state import State
from lossmon.tui.styled_text import Lines


class ChartPane(Pane):
    """The chart of the shown run, or of the compared runs."""

    class Pointed(Message):
        """The chart was clicked near the logged *x*."""

        def __init__(self, x: float) -> None:
            super().__init__()
            self.x = x

    def __init__(self) -> None:
        super().__init__(depends_on=_drawn_state)
        self.drawn = DrawnChart(())
        """The chart that was drawn last."""

    def draw(self, state: State, rect: PaneRect) -> Lines:
        """Return the lines of the chart."""
        if state.view.page is Page.COMPARE and state.compared_runs:
            self.drawn = draw_comparison_chart(state, rect.width, rect.height, rect.box)
        else:
            self.drawn = draw_loss_chart(state, rect.width, rect.height, rect.box)
        return self.drawn.lines

    def moved_cursor(self, cursor: float | None, columns: int) -> float | None:
        """Return the logged x that is *columns* cells to the right of *cursor*; None without a chart."""
        frame = self.drawn.frame
        return None if frame is None else move_cursor(cursor, self.drawn.series, frame, columns)

    def zoomed_range(self, cursor: float | None, factor: float) -> tuple[float, float] | None:
        """Return the x range made *factor* times as long around the cursor or the middle; None: the whole axis."""
        frame, bounds = self.drawn.frame, x_span(self.drawn.series)
        if frame is None or bounds is None:
            return None
        center = (frame.low + frame.high) / 2 if cursor is None else cursor
        x_range = zoom_range((frame.low, frame.high), bounds, factor, center)
        return None if x_range == bounds or x_range[0] >= x_range[1] else x_range

    def panned_range(self, fraction: float) -> tuple[float, float] | None:
        """Return the x range moved by *fraction* of its length; None if the whole axis is shown."""
        frame, bounds = self.drawn.frame, x_span(self.drawn.series)
        if self.state is None or self.state.view.x_range is None or frame is None or bounds is None:
            return None
        return pan_range((frame.low, frame.high), bounds, fraction)

    def clicked(self, x: int, y: int) -> Message | None:
        """Put the cursor at the evaluation nearest to the click."""
        del y
        frame = self.drawn.frame
        logged = None if frame is None else nearest_logged(x - self.rect.box.sides, self.drawn.series, frame)
        return None if logged is None else self.Pointed(logged)


def _drawn_state(state: State) -> object:
    return state.snapshot, state.view, None if state.view.page is Page.COMPARE else state.gpus
