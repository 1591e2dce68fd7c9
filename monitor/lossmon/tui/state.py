"""All the screen knows: the newest snapshots, and what the person has chosen to look at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import Enum

from lossmon.core.snapshot import Curve, RunSnapshot, Snapshot
from lossmon.core.text import Name
from lossmon.gpu import GpuSnapshot
from lossmon.presentation.short_names import ShortNames, with_short_names
from lossmon.presentation.sorting import Sort, ended, listed
from lossmon.tui.charts.glyphs import ASCII, UNICODE, Glyphs
from lossmon.tui.settings import DisplayOptions, Theme

SMOOTHING = (0.0, 0.3, 0.6, 0.9, 0.97)
"""The steps of the smoothing key; 0.6 is where TensorBoard's slider begins."""


class Page(Enum):
    """What fills the room right of the list."""

    RUN = "run"
    METRICS = "metrics"
    COMPARE = "compare"
    TIMELINE = "timeline"
    NOTES = "notes"
    HELP = "help"
    COMMANDS = "commands"


class XAxis(Enum):
    """What curves are drawn over."""

    COUNT = "count"
    """Epochs or steps, as the log counts."""
    EPOCH = "epoch"
    """Epochs, where the log counts steps and says in which epoch they are."""
    ELAPSED = "elapsed"
    """Time since the run began."""
    CLOCK = "clock"
    """Time of day."""


@dataclass(frozen=True, slots=True)
class ViewSettings:
    """What the person has chosen; everything else on the screen follows from the snapshots."""

    options: DisplayOptions = field(default_factory=DisplayOptions)
    page: Page = Page.RUN
    selected: Name | None = None
    """None until a run was chosen: then the first of the list is shown, the one in most trouble."""
    marked: tuple[Name, ...] = ()
    sort: Sort = Sort.TROUBLE
    run_filter: str = ""
    hide_finished: bool = False
    """Leave runs out of the list of which no more is expected, as long as there are others."""
    metric_filter: str = ""
    command: str = ""
    """What is typed to find a command."""
    command_index: int = 0
    """The chosen one among the commands that match."""
    behind: Page = Page.RUN
    """The page on which the commands act."""
    typing: bool = False
    """Whether keys go to the filter."""
    theme: Theme = "dark"
    smoothing: float = 0.0
    log: bool | None = None
    """None lets the chart decide."""
    x_axis: XAxis = XAxis.COUNT
    cursor: float | None = None
    """Where values are read off, in units of the x axis."""
    x_range: tuple[float, float] | None = None
    """The part of the x axis that is shown; None is all of it."""
    metric_index: int = 0
    """The small chart that is chosen on the page of scalars."""
    metric: Name | None = None
    """The tag drawn large instead of the loss."""

    @property
    def glyphs(self) -> Glyphs:
        """What curves are drawn with."""
        return ASCII if self.options.ascii else UNICODE

    @property
    def of_charts(self) -> ViewSettings:
        """Those of the choices on which a chart depends, the others as at first."""
        return ViewSettings(
            options=self.options,
            smoothing=self.smoothing,
            log=self.log,
            x_axis=self.x_axis,
            cursor=self.cursor,
            x_range=self.x_range,
            metric=self.metric,
        )


@dataclass(frozen=True, slots=True)
class State:
    """The newest snapshots and the choices; replaced as a whole, never changed."""

    title: str
    """What is watched, for instance ``runs/``; safe to show."""
    snapshot: Snapshot | None = None
    """None before the first came."""
    gpus: GpuSnapshot | None = None
    """None before the first came, or where GPUs are not watched."""
    choices: ViewSettings = field(default_factory=ViewSettings)
    silent_since: float | None = None
    """Seconds since 1970 of the last word from the reader, once it is overdue."""
    notice: str = ""
    """What is said in the last line until the next key."""
    rows: tuple[RunSnapshot, ...] = field(default=(), compare=False)
    """The runs as listed: filtered and sorted."""
    places: Mapping[Name, int] = field(default_factory=dict, compare=False)
    """Where each run stands in the list."""
    labels: ShortNames = field(default_factory=ShortNames, compare=False)
    """The short form of the name of each run."""

    @property
    def current(self) -> RunSnapshot | None:
        """The run that is shown: the chosen one, or the first of the list."""
        return self.rows[self.index] if self.rows else None

    @property
    def alone(self) -> bool:
        """Whether there is at most one run: a list would say nothing that its chart does not."""
        return self.snapshot is not None and len(self.snapshot.runs) < 2

    @property
    def has_gpus(self) -> bool:
        """Whether there is something to say of GPUs: how they are, or why a driver shows none."""
        return self.gpus is not None and self.gpus.driver

    @property
    def index(self) -> int:
        """Where the shown run stands in the list; 0 where the chosen one is not listed."""
        return self.places.get(self.choices.selected, 0) if self.choices.selected else 0

    @property
    def glyphs(self) -> Glyphs:
        """What curves are drawn with."""
        return self.choices.glyphs

    @property
    def marked(self) -> tuple[RunSnapshot, ...]:
        """The marked runs that exist, in the order they were marked."""
        by_name = {view.name: view for view in self.snapshot.runs} if self.snapshot else {}
        return tuple(by_name[name] for name in self.choices.marked if name in by_name)

    @property
    def compared(self) -> tuple[RunSnapshot, ...]:
        """The marked runs and the shown one."""
        shown = (self.current,) if self.current is not None else ()
        return self.marked + tuple(view for view in shown if view.name not in self.choices.marked)

    @property
    def metrics(self) -> tuple[Curve, ...]:
        """The scalars of the shown run that pass the filter."""
        wanted = self.choices.metric_filter.casefold()
        curves = self.current.metrics if self.current else ()
        return tuple(curve for curve in curves if wanted in curve.tag.text.casefold())

    @property
    def filter(self) -> str:
        """The filter of the page that is shown."""
        choices = self.choices
        typed = {Page.METRICS: choices.metric_filter, Page.COMMANDS: choices.command}
        return typed.get(choices.page, choices.run_filter)

    def read(self, snapshot: Snapshot) -> State:
        """Return the state once *snapshot* was read."""
        short = with_short_names(tuple(view.name.text for view in snapshot.runs))
        return replace(self, snapshot=snapshot, silent_since=None, labels=short)._listed()

    def label(self, view: RunSnapshot, width: int | None = None) -> str:
        """Return the short name of a run, in at most *width* cells."""
        return self.labels.of(view.name.text, width)

    def chose(self, **choices: object) -> State:
        """Return the state with these choices (fields of ``ViewSettings``) changed."""
        changed = replace(self, notice="", choices=replace(self.choices, **choices))  # type: ignore[arg-type]
        relist = {"sort", "run_filter", "hide_finished"} & choices.keys()
        return changed._listed() if relist else changed

    def _listed(self) -> State:
        runs = self.snapshot.runs if self.snapshot else ()
        if self.choices.hide_finished:
            runs = tuple(view for view in runs if not ended(view)) or runs
        rows = listed(runs, self.choices.sort, self.choices.run_filter)
        return replace(self, rows=rows, places={view.name: at for at, view in enumerate(rows)})
