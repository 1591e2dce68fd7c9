"""The panes that know more than their lines: where a click falls, how far they are scrolled."""

from __future__ import annotations

from textual.message import Message

from lossmon.tui.charts.window import moved, panned, zoomed
from lossmon.tui.panes.base import Pane, read_and_chosen
from lossmon.tui.panes.footer import footer, hint_at
from lossmon.tui.panes.loss_chart import Picture, chart_pane, compare_chart
from lossmon.tui.panes.metrics_grid import metrics_page
from lossmon.tui.panes.palette_page import commands_page
from lossmon.tui.panes.run_list import Sparks, runs, window
from lossmon.tui.panes.text_pages import Text, help_page, notes_page, timeline_page
from lossmon.tui.screen_layout import PaneRect
from lossmon.tui.state import Page, State
from lossmon.tui.styled_text import Lines


class RunList(Pane):
    """The list of runs; it scrolls no more than needed to keep the shown run in sight."""

    class Chosen(Message):
        """The run in this row of the list was clicked."""

        def __init__(self, index: int) -> None:
            super().__init__()
            self.index = index

    def __init__(self, *, framed: bool) -> None:
        super().__init__(needs=read_and_chosen)
        self._framed = framed
        self._top = 0
        self._sparks = Sparks()

    def draw(self, state: State, place: PaneRect) -> Lines:
        """Return the visible runs."""
        box = place.box if self._framed else None
        rows = box.inner(place.width, place.height)[1] if box else place.height
        self._top = window(self._top, state.index, len(state.rows), rows)
        return runs(state, place.width, place.height, self._top, box, self._sparks)

    def clicked(self, x: int, y: int) -> Message | None:
        """Choose the clicked run."""
        del x
        index = self._top + y - self._framed
        listed = self.state is not None and self._top <= index < len(self.state.rows)
        return self.Chosen(index) if listed else None


class ChartPane(Pane):
    """The chart; it knows which value lies under which column."""

    class Pointed(Message):
        """A place on the x axis was clicked."""

        def __init__(self, x: float) -> None:
            super().__init__()
            self.x = x

    def __init__(self) -> None:
        super().__init__(needs=_charted)
        self.picture = Picture(())
        """What is painted."""

    def draw(self, state: State, place: PaneRect) -> Lines:
        """Return the chart of the shown run, or of the marked ones."""
        if state.choices.page is Page.COMPARE and state.compared:
            self.picture = compare_chart(state, place.width, place.height, place.box)
        else:
            self.picture = chart_pane(state, place.width, place.height, place.box)
        return self.picture.lines

    def beside(self, cursor: float | None, columns: int) -> float | None:
        """Return the logged x that lies *columns* to the right of *cursor*; None without a chart."""
        frame = self.picture.frame
        return None if frame is None else moved(cursor, self.picture.series, frame, columns)

    def zoomed(self, cursor: float | None, factor: float) -> tuple[float, float] | None:
        """Return the part of the x axis *factor* times as long, around the cursor or the middle; None is all of it."""
        frame, full = self.picture.frame, self.picture.span
        if frame is None or full is None:
            return None
        centre = (frame.low + frame.high) / 2 if cursor is None else cursor
        window = zoomed((frame.low, frame.high), full, factor, centre)
        return None if window == full or window[0] >= window[1] else window

    def panned(self, share: float) -> tuple[float, float] | None:
        """Return the shown part of the x axis moved by *share* of its length; None where all of it is shown."""
        frame, full = self.picture.frame, self.picture.span
        if self.state is None or self.state.choices.x_range is None or frame is None or full is None:
            return None
        return panned((frame.low, frame.high), full, share)

    def clicked(self, x: int, y: int) -> Message | None:
        """Put the cursor where the chart was clicked."""
        del y
        frame = self.picture.frame
        return None if frame is None else self.Pointed(frame.x_at(x - self.place.box.sides))


def _charted(state: State) -> object:
    return state.snapshot, state.choices, None if state.choices.page is Page.COMPARE else state.gpus


class PagePane(Pane):
    """The pages that take the place of the chart; text scrolls, the chosen scalar stays in sight."""

    def __init__(self) -> None:
        super().__init__(needs=read_and_chosen)
        self._top = 0
        self._shown: Page | None = None
        self._hidden = 0

    def draw(self, state: State, place: PaneRect) -> Lines:
        """Return the page that is shown."""
        page, box = state.choices.page, place.box
        if page is not self._shown:
            self._top, self._shown = 0, page
        width, rows = box.inner(place.width, place.height)
        if page is Page.METRICS:
            return metrics_page(state, place.width, place.height, box)
        if page is Page.COMMANDS:
            return commands_page(state, place.width, place.height, box)
        text = _text(state, width)
        self._hidden = max(0, len(text.body) - rows)
        self._top = min(self._top, self._hidden)
        return box.around(text.title, text.window(self._top, rows), place.width, place.height)

    def scroll(self, step: int) -> None:
        """Show the text *step* lines further down, or up if it is negative, when it is shown next."""
        self._top = min(max(0, self._top + step), self._hidden)
        self.state = None


def _text(state: State, width: int) -> Text:
    if state.choices.page is Page.HELP:
        return help_page(width)
    return timeline_page(state, width) if state.choices.page is Page.TIMELINE else notes_page(state, width)


class Footer(Pane):
    """The keys; a click on one does what the key does."""

    class Pressed(Message):
        """The hint for this action was clicked."""

        def __init__(self, action: str) -> None:
            super().__init__()
            self.action = action

    def draw(self, state: State, place: PaneRect) -> Lines:
        """Return the hints, or the filter that is typed."""
        return (footer(state, place.width),)

    def clicked(self, x: int, y: int) -> Message | None:
        """Run the action of the clicked hint."""
        del y
        hint = hint_at(self.state, self.place.width, x) if self.state else None
        return None if hint is None else self.Pressed(hint.action)
