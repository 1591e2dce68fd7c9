"""What the screen, the table and the JSON are made from: one frozen, picklable value a poll."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from lossmon.core.assessment import Advice, Assessment
from lossmon.core.points import Axis, Floats
from lossmon.core.text import Name
from lossmon.core.verdict import Verdict


class RunStatus(str, Enum):
    """What is known of the life of a run, whatever its verdict."""

    LIVE = "live"
    """It wrote within its own rhythm."""
    QUIET = "quiet"
    """It is late by its own rhythm; many writers buffer for two minutes."""
    STALLED = "stalled"
    """It is so late that it has probably stopped."""
    FINISHED = "finished"
    """It was not written to while we looked, or it reached its last epoch."""
    GONE = "gone"
    """Its files were deleted; what was read is kept."""
    UNREADABLE = "unreadable"
    """Its files cannot be read; ``trouble`` says why."""


ENDED = (RunStatus.FINISHED, RunStatus.GONE)
"""No more is expected of such a run."""


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """The points of one tag, the current attempt only, in the order of x; the three arrays have one length."""

    tag: Name
    axis: Axis
    x: Floats
    wall: Floats
    """Seconds since 1970; NaN where the log does not say."""
    value: Floats
    logged: int
    """Points of it in the log; more than the arrays hold once the curve was thinned (every extreme is kept)."""


@dataclass(frozen=True, slots=True, eq=False)
class EvaluationHistory:
    """Train and validation loss at each evaluation, which is what the detector judges; arrays of one length."""

    axis: Axis
    x: Floats
    wall: Floats
    """Seconds since 1970: as logged, else when the evaluation was seen to be written; NaN where neither is known."""
    train: Floats | None
    """Mean train loss since the evaluation before; NaN also where none was logged yet. None without a train tag."""
    val: Floats | None
    """None without a validation tag: then the train points are the evaluations."""
    unlogged: int = 0
    """So many evaluations at the start have no train loss yet."""


@dataclass(frozen=True, slots=True)
class VerdictChange:
    """From this evaluation on the verdict was another."""

    index: int
    verdict: Verdict


@dataclass(frozen=True, slots=True, eq=False)
class RunSnapshot:
    """All there is to know of one run."""

    name: Name
    path: Name
    """The directory or file it was read from."""
    format: str
    """The adapter's name."""
    train: Curve | None
    val: Curve | None
    history: EvaluationHistory | None
    """None until a loss was found."""
    assessment: Assessment
    timeline: tuple[VerdictChange, ...]
    evidence: tuple[str, ...]
    """Sentences with numbers a person can check against the curve."""
    advice: tuple[Advice, ...]
    """At most three, the most likely first."""
    metrics: tuple[Curve, ...]
    """Every scalar of the run, train and validation among them, in the order of their names."""
    earlier: tuple[Curve, ...] = ()
    """Train and validation of attempts that a restart replaced."""
    status: RunStatus = RunStatus.FINISHED
    trouble: tuple[str, ...] = ()
    """What went wrong while reading, one plain sentence each."""
    last_write: float | None = None
    """Seconds since 1970 of the newest point, or of the file where the log has no times."""
    planned: float | None = None
    """The x up to which the run goes, where the log says so."""
    catching_up: float | None = None
    """Share of its bytes that were read, 0 to 1; None once it is complete."""

    @property
    def axis(self) -> Axis:
        """What its x counts."""
        return self.history.axis if self.history else "step"


@dataclass(frozen=True, slots=True)
class SkippedFile:
    """A file that is not read, and why."""

    path: Name
    reason: str


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything that was known at one moment."""

    runs: tuple[RunSnapshot, ...] = ()
    """In the order of their names."""
    skipped: tuple[SkippedFile, ...] = ()
    catching_up: float | None = None
    """Share of all bytes that were read, 0 to 1; None once everything is."""
    watching: str = "polling"
    """How changes are noticed: ``inotify``, ``polling``, or a sentence that says why only polling."""
    taken: float = field(default=0.0, compare=False)
    """Seconds since 1970."""
