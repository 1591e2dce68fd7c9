"""What the screen, the table and the JSON show: immutable values that can be pickled."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from lossmon.core.assessment import Advice, Assessment
from lossmon.core.points import Axis, Floats
from lossmon.core.text import Name
from lossmon.core.verdict import Verdict


class RunStatus(str, Enum):
    """Whether a run is still written to, independent of its verdict."""

    LIVE = "live"
    """It was written to within its usual interval."""
    QUIET = "quiet"
    """It is later than usual; many writers buffer for two minutes."""
    STALLED = "stalled"
    """It is so late that the training has probably stopped."""
    FINISHED = "finished"
    """It was not written to while it was watched, or it reached its last epoch."""
    GONE = "gone"
    """Its files were deleted; what was read of them is kept."""
    UNREADABLE = "unreadable"
    """Its files cannot be read; ``trouble`` says why."""


ENDED = (RunStatus.FINISHED, RunStatus.GONE)
"""The statuses of runs that are not expected to continue."""


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """The points of one tag in the current attempt, in the order of x; the three arrays have the same length."""

    tag: Name
    axis: Axis
    x: Floats
    wall: Floats
    """Seconds since 1970; NaN if the log has no times."""
    value: Floats
    logged: int
    """Points of the attempt in the log; more than the arrays hold if the curve was thinned (extremes are kept)."""


@dataclass(frozen=True, slots=True, eq=False)
class EvaluationHistory:
    """Train and validation loss at each evaluation, the input of the detector; all arrays have the same length."""

    axis: Axis
    x: Floats
    wall: Floats
    """Seconds since 1970, as logged, else when the evaluation was seen to be written; NaN if neither is known."""
    train: Floats | None
    """Mean train loss since the previous evaluation; NaN also before the first one. None without a train tag."""
    val: Floats | None
    """None without a validation tag; then the train points are the evaluations."""
    unlogged: int = 0
    """Number of evaluations before the first train loss."""


@dataclass(frozen=True, slots=True)
class VerdictChange:
    """The evaluation, counted from 0, from which on the verdict was another."""

    index: int
    verdict: Verdict


@dataclass(frozen=True, slots=True, eq=False)
class RunSnapshot:
    """All that is known about one run."""

    name: Name
    path: Name
    """The directory or file that it was read from."""
    format: str
    """The adapter's name."""
    train: Curve | None
    val: Curve | None
    history: EvaluationHistory | None
    """None if no loss was found."""
    assessment: Assessment
    timeline: tuple[VerdictChange, ...]
    evidence: tuple[str, ...]
    """Sentences with numbers that can be checked against the curve."""
    advice: tuple[Advice, ...]
    """At most three, the most likely to help first."""
    metrics: tuple[Curve, ...]
    """Every scalar of the run, including train and validation, in the order of the tags."""
    earlier: tuple[Curve, ...] = ()
    """Train and validation of the attempt that the last restart replaced."""
    status: RunStatus = RunStatus.FINISHED
    trouble: tuple[str, ...] = ()
    """What went wrong while reading the logs, one plain sentence each."""
    last_write: float | None = None
    """Seconds since 1970 of the newest point, or of the last write to the file if the log has no times."""
    planned: float | None = None
    """The last x of the run, if a log says how long it will be."""
    catching_up: float | None = None
    """Share of the bytes of its logs that was read, 0 to 1; None if all were."""

    @property
    def axis(self) -> Axis:
        """What x counts."""
        return self.history.axis if self.history else "step"


@dataclass(frozen=True, slots=True)
class SkippedFile:
    """A file that is not read, and why."""

    path: Name
    reason: str


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All runs at one moment."""

    runs: tuple[RunSnapshot, ...] = ()
    """In the order of their names."""
    skipped: tuple[SkippedFile, ...] = ()
    catching_up: float | None = None
    """Share of the bytes of all logs that was read, 0 to 1; None if hardly any are left."""
    watching: str = "polling"
    """How changes are noticed: ``inotify``, ``polling``, or a sentence that says why it is only polling."""
    taken: float = field(default=0.0, compare=False)
    """Seconds since 1970."""
