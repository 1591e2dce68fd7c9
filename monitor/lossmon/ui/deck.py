"""The one container: gives every pane the place the plan has for it, and the state to paint."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.geometry import NULL_OFFSET, NULL_SPACING, Region, Size
from textual.layout import ArrangeResult, Layout, WidgetPlacement
from textual.widget import Widget

from lossmon.ui.lines import Lines
from lossmon.ui.palette import Palette
from lossmon.ui.pane import Pane
from lossmon.ui.panes import ChartPane, Footer, PagePane, RunList
from lossmon.ui.plan import Place, Plan, plan
from lossmon.ui.state import Page, State
from lossmon.ui.view.compact import compact
from lossmon.ui.view.gpu import gpu_line, gpu_pane
from lossmon.ui.view.header import header
from lossmon.ui.view.metrics import Grid
from lossmon.ui.view.pages import compare_table
from lossmon.ui.view.verdict import verdict_pane


class Deck(Widget, can_focus=False):
    """All panes, each where the plan puts it."""

    ALLOW_SELECT = False

    def __init__(self, state: State) -> None:
        super().__init__()
        self._state = state
        self._palette = Palette(state.choices.theme, colored=not state.choices.options.no_color)
        self._layout = _Planned()
        self.plan: Plan = {}
        """The places of the panes that are shown."""

    @property
    def layout(self) -> Layout:
        """The layout that follows the plan."""
        return self._layout

    def compose(self) -> ComposeResult:
        """Make every pane once; the plan says which are shown."""
        palette = self._palette
        yield Pane("header", palette, lambda state, at: (header(state, at.width),), _counted)
        yield RunList("runs", palette, framed=True)
        yield RunList("strip", palette, framed=False)
        yield Pane("gpu", palette, lambda state, at: gpu_pane(state, at.width, at.height, at.box), _gpus)
        yield Pane("gpu_line", palette, lambda state, at: (((" ", ""), *gpu_line(state, at.width - 1)),), _gpus)
        yield ChartPane("chart", palette)
        yield Pane("verdict", palette, _below_chart)
        yield PagePane("page", palette)
        yield Pane("compact", palette, lambda state, at: compact(state, at.width, at.height))
        yield Footer("footer", palette)

    def show(self, state: State) -> None:
        """Paint *state*."""
        if state.choices.theme != self._state.choices.theme:
            self._palette.use(state.choices.theme)
            for pane in self.query_children(Pane):
                pane.refresh()
        self._state = state
        before = self.plan
        for name, pane in self._painted(plan(state, *self.size)):
            if _region(before.get(name)) != _region(self.plan.get(name)):
                pane.refresh(layout=True)

    @property
    def grid_columns(self) -> int:
        """How many small charts stand side by side on the page of scalars."""
        at = self.plan.get("page")
        return Grid.within(*at.box.inner(at.width, at.height), len(self._state.metrics)).columns if at else 1

    def arranged(self, size: Size) -> Plan:
        """Return the plan for a size the terminal has now, with every pane ready to be painted there."""
        self._painted(plan(self._state, *size))
        return self.plan

    def _painted(self, places: Plan) -> list[tuple[str, Pane]]:
        """Take up a plan, have every pane in it paint the state, and return all panes by name."""
        self.plan = places
        panes = [(pane.id or "", pane) for pane in self.query_children(Pane)]
        for name, pane in panes:
            if place := places.get(name):
                pane.show(self._state, place)
        return panes


class _Planned(Layout):
    """Puts each pane where the plan has it; panes without a place are not laid out."""

    name = "planned"

    def arrange(self, parent: Widget, children: list[Widget], size: Size, greedy: bool = True) -> ArrangeResult:
        """Return the placements of the panes of a deck."""
        del greedy
        if not isinstance(parent, Deck):
            return []
        places = parent.arranged(size)
        return [
            WidgetPlacement(region, NULL_OFFSET, NULL_SPACING, child)
            for child in children
            if (region := _region(places.get(child.id or ""))) is not None
        ]


def _region(place: Place | None) -> Region | None:
    return None if place is None else Region(place.x, place.y, place.width, place.height)


def _counted(state: State) -> object:
    return state.snapshot, state.silent_since


def _gpus(state: State) -> object:
    return state.gpus


def _below_chart(state: State, at: Place) -> Lines:
    if state.choices.page is Page.COMPARE and state.compared:
        return compare_table(state, at.width, at.height, at.box)
    return verdict_pane(state, at.width, at.height, at.box)
