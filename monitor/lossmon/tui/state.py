"""The state of the screen: the newest snapshots and the user's view settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from lossmon.core.snapshot import RunSnapshot, Snapshot
from lossmon.core.text import Name, truncate
from lossmon.gpu import GpuSnapshot
from lossmon.presentation.changes import ChangeHistory
from lossmon.presentation.metric_pairs import MetricPair, metric_pairs
from lossmon.presentation.run_filter import parse_filter
from lossmon.presentation.run_groups import RunGroup, group_runs
from lossmon.presentation.short_names import ShortNames, cached_short_names
from lossmon.presentation.sorting import filter_and_sort, has_ended, is_gone
from lossmon.tui.charts.glyphs import Glyphs
from lossmon.tui.settings import Page, ViewSettings

_LIST_SETTINGS = frozenset({"sort", "run_filter", "hide_finished", "grouped"})
"""The view settings on which the list of runs depends."""


@dataclass(frozen=True, slots=True)
class State:
    """The newest snapshots and the view settings. It is never changed: every key makes a new one."""

    title: str
    """What is watched, for instance ``runs/``; safe to show."""
    snapshot: Snapshot | None = None
    """None until the first arrives."""
    gpus: GpuSnapshot | None = None
    """None until the first arrives, or if GPUs are not watched."""
    view: ViewSettings = field(default_factory=ViewSettings)
    reader_silent_since: float | None = None
    """When the reader last returned, in seconds since 1970; None unless that is too long ago."""
    notice: str = ""
    """A message in the last line, until the next key."""
    listed_runs: tuple[RunSnapshot, ...] = field(default=(), compare=False)
    """The runs in the list: filtered and sorted."""
    positions: Mapping[Name, int] = field(default_factory=dict, compare=False)
    """The position of each run in the list."""
    short_names: ShortNames = field(default_factory=ShortNames, compare=False)
    changes: ChangeHistory = field(default_factory=ChangeHistory)
    """What has happened since lossmon was started, and what of it the user has not seen."""
    groups: Mapping[Name, RunGroup] = field(default_factory=dict, compare=False)
    """The groups of runs that the list shows as one, by the name of the run that stands for each: the most urgent."""

    @property
    def runs(self) -> tuple[RunSnapshot, ...]:
        """All runs; empty until the first snapshot arrives."""
        return self.snapshot.runs if self.snapshot else ()

    @property
    def now(self) -> float:
        """When the newest snapshot was taken, in seconds since 1970; 0 until the first arrives."""
        return self.snapshot.taken_at if self.snapshot else 0.0

    @property
    def shown_run(self) -> RunSnapshot | None:
        """The run that is shown: the chosen one, or the first of the list."""
        return self.listed_runs[self.shown_index] if self.listed_runs else None

    @property
    def is_single_run(self) -> bool:
        """Whether there is at most one run, so that no list is needed."""
        return self.snapshot is not None and len(self.snapshot.runs) < 2

    @property
    def has_gpus(self) -> bool:
        """Whether there is something to show about GPUs: their load, or why the driver shows none."""
        return self.gpus is not None and self.gpus.has_driver

    @property
    def has_output(self) -> bool:
        """Whether a program writes to standard input."""
        return self.snapshot is not None and self.snapshot.output is not None

    @property
    def shown_index(self) -> int:
        """The position of the shown run in the list; 0 if the chosen one is not listed."""
        return self.positions.get(self.view.selected, 0) if self.view.selected else 0

    @property
    def glyphs(self) -> Glyphs:
        """The characters that curves are drawn with."""
        return self.view.glyphs

    @property
    def marked_runs(self) -> tuple[RunSnapshot, ...]:
        """The marked runs that exist, in the order they were marked."""
        by_name = {run.name: run for run in self.snapshot.runs} if self.snapshot else {}
        return tuple(by_name[name] for name in self.view.marked if name in by_name)

    @property
    def compared_runs(self) -> tuple[RunSnapshot, ...]:
        """The marked runs and the shown one."""
        shown = (self.shown_run,) if self.shown_run is not None else ()
        return self.marked_runs + tuple(run for run in shown if run.name not in self.view.marked)

    @property
    def metrics(self) -> tuple[MetricPair, ...]:
        """The metrics of the shown run that pass the filter, train and validation in pairs."""
        text = self.view.metric_filter.casefold()
        pairs = metric_pairs(self.shown_run) if self.shown_run else ()
        return tuple(pair for pair in pairs if any(text in tag.text.casefold() for tag in pair.tags))

    @property
    def filter_text(self) -> str:
        """The text of the filter on the shown page."""
        view = self.view
        filters = {
            Page.METRICS: view.metric_filter,
            Page.COMMANDS: view.palette_filter,
            Page.OUTPUT: view.output_search,
        }
        return filters.get(view.page, view.run_filter)

    @property
    def filter_error(self) -> str:
        """What is wrong with the filter of the runs on a page that has one; empty if nothing is."""
        if self.view.page not in (Page.RUN, Page.COMPARE):
            return ""
        return parse_filter(self.filter_text).error_for(self.runs)

    @property
    def has_groups(self) -> bool:
        """Whether some of the listed runs repeat one training."""
        return bool(group_runs(self.listed_runs))

    def row_name(self, run: RunSnapshot, width: int | None = None) -> str:
        """Return the name of a row of the list, in at most *width* cells: ``lstm-seed* ×5`` for a group."""
        group = self.groups.get(run.name)
        if group is None:
            return self.short_name(run, width)
        count = f" ×{len(group.runs)}"
        short = self.short_names.of_group(group.name)
        return short + count if width is None else truncate(short, max(1, width - len(count))) + count

    def with_snapshot(self, snapshot: Snapshot) -> State:
        """Return the state with *snapshot* as the newest one, without vanished runs that were forgotten."""
        if self.view.forgotten:
            kept = tuple(run for run in snapshot.runs if not (is_gone(run) and run.name in self.view.forgotten))
            snapshot = replace(snapshot, runs=kept)
        names = cached_short_names(tuple(run.name.text for run in snapshot.runs))
        changes = self.changes.after(snapshot)
        state = replace(self, snapshot=snapshot, reader_silent_since=None, short_names=names, changes=changes)
        return state._with_list()

    def short_name(self, run: RunSnapshot, width: int | None = None) -> str:
        """Return the short name of *run*, in at most *width* cells."""
        return self.short_names.of(run.name.text, width)

    def with_view(self, **settings: object) -> State:
        """Return the state with these fields of the ``ViewSettings`` changed, and without the notice.

        A key did that, so all changes were seen; but the key that opens their page must not remove their marks.
        """
        is_opened = settings.get("page") is Page.CHANGES
        changes = self.changes if is_opened else self.changes.seen(self.now)
        view = replace(self.view, **settings)  # type: ignore[arg-type]
        state = replace(self, notice="", view=view, changes=changes)
        return state._with_list() if _LIST_SETTINGS & settings.keys() else state

    def _with_list(self) -> State:
        """Return the state with a new list of runs."""
        runs = self.runs
        if self.view.hide_finished:
            runs = tuple(run for run in runs if not has_ended(run)) or runs
        runs = filter_and_sort(runs, self.view.sort, self.view.run_filter)
        groups = {group.runs[0].name: group for group in group_runs(runs)} if self.view.grouped else {}
        inner = {run.name for group in groups.values() for run in group.runs[1:]}
        runs = tuple(run for run in runs if run.name not in inner)
        positions = {run.name: position for position, run in enumerate(runs)}
        positions.update((run.name, positions[name]) for name, group in groups.items() for run in group.runs)
        return replace(self, listed_runs=runs, positions=positions, groups=groups)
