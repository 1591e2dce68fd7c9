"""One log: a source that is polled, and the runs in it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from copy import deepcopy
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import NamedTuple

from lossmon.core.points import Scalars
from lossmon.core.text import Name, sanitize
from lossmon.runs.limits import DEFAULT_LIMITS, Limits
from lossmon.runs.log_run import LogRun
from lossmon.runs.series import Series
from lossmon.sources.abilities import SupportsLastLine, SupportsSourceFinish, SupportsSourcePreview
from lossmon.sources.protocol import Budget, LogFormat, RunId, Source, Update

_MAX_WARNINGS = 8
"""Warnings of a source that are shown."""


class _State(NamedTuple):
    """What an update says of the whole log."""

    size: int = 0
    modified: float = 0.0
    progress: float | None = None
    is_gone: bool = False
    error: str = ""
    warnings: tuple[str, ...] = ()

    @property
    def problems(self) -> tuple[bool, str, tuple[str, ...]]:
        """What concerns every run in the log."""
        return self.is_gone, self.error, self.warnings


class Log:
    """What was read from one source."""

    def __init__(
        self,
        path: str,
        log_format: LogFormat,
        source: Source,
        *,
        size: int = 0,
        is_new: bool = False,
        limits: Limits = DEFAULT_LIMITS,
    ) -> None:
        """Make the log at *path*, of *size* bytes; 0 if unknown. A log that *is_new* was not there at the start."""
        self.path = path
        self.format = log_format
        self.has_more = True
        """Whether something is left to read."""
        self.was_polled = False
        self.version = 0
        """Grows with every change of what there is to show."""
        self.points_held = 0
        """Points in memory."""
        self.content_version = 0
        """Grows whenever a tag is seen for the first time, or the list of runs changes."""
        self.newest: LogRun | None = None
        """The run that the newest points belong to."""
        self._source = source
        self._limits = limits
        self._points_per_tag = limits.points_per_tag
        self._state = _State(size)
        self._has_new_runs = is_new
        """Whether runs that are found from now on were not there at the start."""
        self._by_id: dict[RunId, LogRun] = {"": LogRun(self, "", is_new=is_new)}
        self._runs = [*self._by_id.values()]
        self._leaves_out_runs = False
        self._has_asked_for_last_line = False
        self._before_last_line: dict[RunId, tuple[dict[Name, Series], dict[Name, Series]]] = {}
        """The points of runs to which a last line was added that may still be continued."""

    @property
    def runs(self) -> Sequence[LogRun]:
        """The runs in the log that have points, in the order in which they were found; at least one."""
        return self._runs

    @property
    def tells_runs_apart(self) -> bool:
        """Whether it says more of its runs than that there is one: several, or a name."""
        first = self._runs[0]
        return len(self._runs) > 1 or bool(first.id or first.info.name)

    @property
    def size(self) -> int:
        """Bytes in all, 0 if unknown."""
        return self._state.size

    @property
    def unread(self) -> float:
        """Bytes that are left to read."""
        if not self.was_polled:
            return self.size
        return self.size * (1 - self._state.progress) if self._state.progress is not None else 0.0

    @property
    def modified(self) -> float:
        """When the log was last written, in seconds since 1970; 0 if unknown."""
        return self._state.modified

    @property
    def is_gone(self) -> bool:
        """Whether there is no log any more."""
        return self._state.is_gone

    @property
    def error(self) -> str:
        """Why the log cannot be read; empty if it can."""
        return self._state.error

    @property
    def warnings(self) -> tuple[str, ...]:
        """What was wrong with its data, one plain sentence each."""
        too_many = f"more than {self._limits.runs_per_log:,} runs: the others are left out"
        return (*self._state.warnings, too_many) if self._leaves_out_runs else self._state.warnings

    def load_preview(self) -> bool:
        """Read samples of a large log, and return whether there is a preview now.

        There is none of small logs, which are read soon, or of formats that can only be read from the start.
        """
        if self.size < self._limits.preview_bytes or not isinstance(self._source, SupportsSourcePreview):
            return False
        shown = self._append_points(self._source.preview(self.size), is_preview=True)
        self._list_runs()
        self._touch(shown)
        return bool(shown)

    def poll(self) -> bool:
        """Read and decode what is new, up to the limits; return whether anything has changed."""
        update = self._source.poll(Budget(self._limits.read_bytes, self._limits.read_rows, self._limits.round_seconds))
        before, self._state = self._state, _new_state(update, self._state)
        was_complete, self.has_more, self.was_polled = not self.has_more, update.more, True
        # A log may end in an image that is skipped: then its end is reached without another byte.
        ends_preview = self._shows_preview and (bool(update.reset) or not update.more)
        has_news = bool(update.scalars or update.runs or update.reset)
        self._has_new_runs |= was_complete and not before.error
        gives_up = bool(update.error) and not update.more and not was_complete
        if not has_news and self._state == before and not ends_preview and not gives_up:
            return False
        continued = self._take_back_last_line() if has_news or self.size != before.size else []
        changed = [*continued, *self._apply(update, ends_preview=ends_preview)]
        concerns_all = len(self._runs) == 1 or ends_preview or gives_up or self._state.problems != before.problems
        if was_complete and (update.scalars or update.reset or self.size > before.size):
            _mark_grown(self._runs if len(self._runs) == 1 else changed)
        if not (self._shows_preview and update.scalars):
            self._touch(self._runs if concerns_all else changed)
        return True

    def finish(self) -> None:
        """Take a last line that has no newline; for a log that is read only once."""
        if not isinstance(self._source, SupportsSourceFinish):
            return
        update = self._source.finish()
        if update.scalars:
            self._touch(self._apply(update, ends_preview=False))

    @property
    def may_have_last_line(self) -> bool:
        """Whether all is read, and nobody has asked since whether a last line has no newline."""
        return not self.has_more and not self._has_asked_for_last_line

    def show_last_line(self) -> bool:
        """Take a last line that has no newline until the log goes on; return whether there is one."""
        if not self.may_have_last_line:
            return False
        self._has_asked_for_last_line = True
        if not isinstance(self._source, SupportsLastLine):
            return False
        scalars = self._source.last_line()
        for run_id in {column.run for column in scalars}:
            run = self._by_id.get(run_id)
            self._before_last_line[run_id] = deepcopy((run.series, run.undeclared)) if run else ({}, {})
        changed = self._append_points(scalars)
        self._list_runs()
        self._touch(changed)
        return bool(changed)

    def _take_back_last_line(self) -> list[LogRun]:
        """Return to the points without the last line, because more has come; return the runs that have changed."""
        changed = [run for run_id in self._before_last_line if (run := self._by_id.get(run_id))]
        for run in changed:
            run.series, run.undeclared = self._before_last_line[run.id]
            run.limit_points(self._points_per_tag)
        self._before_last_line, self._has_asked_for_last_line = {}, False
        self._count_points()
        return changed

    def limit_points(self, points_per_tag: int) -> None:
        """Hold at most twice *points_per_tag* points of each tag from now on."""
        self._points_per_tag = points_per_tag
        for run in self._by_id.values():
            run.limit_points(points_per_tag)
        self._count_points()

    def close(self) -> None:
        """Close the source."""
        self._source.close()

    @property
    def _shows_preview(self) -> bool:
        return any(run.preview for run in self._runs)

    def _apply(self, update: Update, *, ends_preview: bool) -> list[LogRun]:
        """Take in what is new; return the runs that have changed."""
        changed = [run for run_id in update.reset if (run := self._by_id.get(run_id))]
        for run in changed:
            run.start_over()
        if ends_preview:
            for run in self._runs:
                run.preview = {}
        for run_id, info in update.runs.items():
            if run := self._find_or_add(run_id):
                self.content_version += run.info.name != info.name
                run.info = info
                changed.append(run)
        changed += self._append_points(update.scalars)
        self._list_runs()
        if update.reset:
            self._count_points()
        return changed

    def _append_points(self, columns: Iterable[Scalars], *, is_preview: bool = False) -> list[LogRun]:
        """Append each column to the series of its run and tag; return the runs that got points."""
        changed: dict[RunId, LogRun] = {}
        for column in columns:
            is_shown = len(column) and (column.is_declared or not is_preview)
            run = self._find_or_add(column.run) if is_shown else None
            if run is None:
                continue
            series, is_new = run.series_of(column, self._points_per_tag, is_preview=is_preview)
            self.content_version += is_new
            held = series.points_held
            series.extend(column)
            self.points_held += 0 if is_preview else series.points_held - held
            self.newest = changed[run.id] = run
        return [*changed.values()]

    def _find_or_add(self, run_id: RunId) -> LogRun | None:
        """Return a run by its id; None if the log has too many runs."""
        run = self._by_id.get(run_id)
        if run is None:
            if len(self._by_id) > self._limits.runs_per_log:
                self._leaves_out_runs = True
                return None
            run = self._by_id[run_id] = LogRun(self, run_id, is_new=self._has_new_runs)
        return run

    def _list_runs(self) -> None:
        """Find the runs to show: those with points, those about to be read again, or else the unnamed one."""
        runs = [run for run in self._by_id.values() if run.has_points or (self.has_more and run.replaced)]
        runs = runs or [run for run in self._by_id.values() if run.replaced] or [self._by_id[""]]
        if runs != self._runs:
            for run in self._runs:
                run.replaced = run.replaced if run in runs else {}
            self._runs = runs
            self.content_version += 1

    def _touch(self, runs: Iterable[LogRun]) -> None:
        self.version += 1
        for run in runs:
            run.version += 1
            run.modified = self.modified or run.modified

    def _count_points(self) -> None:
        self.points_held = sum(run.points_held for run in self._by_id.values())


@dataclass(frozen=True, slots=True)
class PlacedLog:
    """A log and where it was found."""

    log: Log
    root: str
    place: PurePosixPath
    """Relative to ``root``."""
    is_directory: bool = False
    """Whether the log is a directory that a source reads as a whole."""


def _mark_grown(runs: Iterable[LogRun]) -> None:
    for run in runs:
        run.has_grown = True


def _new_state(update: Update, before: _State) -> _State:
    warnings = tuple(map(sanitize, update.warnings[:_MAX_WARNINGS]))
    modified = update.modified or before.modified
    return _State(update.size, modified, update.progress, update.gone, sanitize(update.error), warnings)
