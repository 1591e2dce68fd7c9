"""One run in a log: its points by tag, as far as the log was read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from lossmon.core.points import Axis, Scalars
from lossmon.core.text import Name
from lossmon.runs.series import Series
from lossmon.sources.protocol import RunId, RunInfo

if TYPE_CHECKING:
    from lossmon.runs.log import Log

FAILED_WARNING = "the training failed, as its log says"


class LogRun:
    """The points of one run in a log, as far as it was read."""

    def __init__(self, log: Log, run_id: RunId, *, is_new: bool = False) -> None:
        self.log = log
        self.id = run_id
        self.is_new = is_new
        """Whether it was not there when lossmon first looked."""
        self.info = RunInfo()
        self.series: dict[Name, Series] = {}
        self.undeclared: dict[Name, Series] = {}
        """Numbers that are scalars only if an earlier log of the run has declared their tag."""
        self.preview: dict[Name, Series] = {}
        """Points from all over a large log, shown until all of it is read."""
        self.replaced: dict[Name, Series] = {}
        """What the run held before it was overwritten."""
        self.version = 0
        """Grows with every change of what there is to show."""
        self.modified = 0.0
        """When the run was last written to, in seconds since 1970; 0 if unknown."""
        self.has_grown = False
        """Whether it was written to after all of the log had been read once."""

    @property
    def path(self) -> str:
        """The path of the log."""
        return self.log.path

    @property
    def is_gone(self) -> bool:
        """Whether there is no log any more."""
        return self.log.is_gone

    @property
    def error(self) -> str:
        """Why the log cannot be read; empty if it can."""
        return self.log.error

    @property
    def has_more(self) -> bool:
        """Whether something of the log is left to read."""
        return self.log.has_more

    @property
    def size(self) -> int:
        """Bytes of the log, 0 if unknown."""
        return self.log.size

    @property
    def unread(self) -> float:
        """Bytes of the log that are left to read."""
        return self.log.unread

    @property
    def has_points(self) -> bool:
        """Whether there is something to show."""
        return bool(self.preview or self.series)

    @property
    def current_series(self) -> dict[Name, Series]:
        """The series to show: the preview while there is one."""
        return self.preview or self.series

    @property
    def planned_end(self) -> Mapping[Axis, float]:
        """The last epoch and step of the training, as far as the log says."""
        return self.info.planned_end

    @property
    def has_ended(self) -> bool:
        """Whether the log says that the run has ended."""
        return self.info.state in ("finished", "failed")

    @property
    def has_failed(self) -> bool:
        """Whether the log says that the training failed."""
        return self.info.state == "failed"

    @property
    def is_followed(self) -> bool:
        """Whether the log went on to another run and says nothing of the end of this one."""
        return self.info.state == "unknown" and not self.is_newest

    @property
    def is_newest(self) -> bool:
        """Whether the log has not gone on to another run."""
        return self.log.newest in (None, self)

    @property
    def warnings(self) -> tuple[str, ...]:
        """What was wrong with the data of the log, and that the training failed if it did."""
        failed = (FAILED_WARNING,) if self.has_failed else ()
        return (*self.log.warnings, *failed)

    @property
    def points_held(self) -> int:
        """Points in memory, without those of a preview."""
        return sum(
            series.points_held for series in (*self.series.values(), *self.undeclared.values(), *self.replaced.values())
        )

    def series_of(self, scalars: Scalars, points_per_tag: int, *, is_preview: bool) -> tuple[Series, bool]:
        """Return the series that *scalars* belong to, and whether it is a new one."""
        series_by_tag = self.preview if is_preview else self.series if scalars.is_declared else self.undeclared
        series = series_by_tag.get(scalars.tag)
        is_new = series is None
        if series is None:
            series = series_by_tag[scalars.tag] = Series(scalars.tag, scalars.axis, points_per_tag)
        # Output may name epochs before it names the first step; the later axis is right.
        series.axis = scalars.axis
        return series, is_new

    def start_over(self) -> None:
        """Begin again without points, and keep the old series in ``replaced``."""
        self.replaced = self.series or self.replaced
        self.series, self.undeclared, self.preview = {}, {}, {}

    def limit_points(self, points_per_tag: int) -> None:
        """Hold at most twice *points_per_tag* points of each tag from now on."""
        for series in (*self.series.values(), *self.undeclared.values(), *self.replaced.values()):
            series.limit_points(points_per_tag)
