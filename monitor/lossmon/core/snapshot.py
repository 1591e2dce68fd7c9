"""The state of all runs at one moment: a frozen, picklable value that the screen, tables and JSON show."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import Enum

from lossmon.core.assessment import Advice, Assessment, verdict_word
from lossmon.core.checkpoint import Checkpoint
from lossmon.core.hyperparameters import Hyperparameters
from lossmon.core.points import Axis, Floats, Ints, Unit
from lossmon.core.score import Score
from lossmon.core.text import Name
from lossmon.core.verdict import Verdict


class RunStatus(str, Enum):
    """Whether a run is still being written; independent of its verdict."""

    RUNNING = "running"
    """Its last write is recent, by its own rhythm."""
    QUIET = "quiet"
    """Its next write is overdue, or it has long been silent while its process runs; many writers buffer."""
    ENDED = "ended"
    """Its log says so, it is silent after its last planned epoch, or the process that wrote it is gone; else it was
    silent before lossmon first saw it."""
    FAILED = "failed"
    """Its log says that the training failed."""
    STALLED = "stalled"
    """It was seen to grow, and its next write is so long overdue that the training has probably stopped."""
    GONE = "gone"
    """Its files were deleted; the points that were read are kept."""
    UNREADABLE = "unreadable"
    """Its files cannot be read; ``warnings`` holds the reason."""


ENDED = (RunStatus.ENDED, RunStatus.FAILED, RunStatus.GONE)
"""The statuses after which no more points are expected."""


SUM_SEPARATOR = " + "
"""Between the tags in the name of a curve that is the sum of several."""


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """The points of one tag, sorted by x: three arrays of shape (n,). Points before a restart are left out."""

    tag: Name
    axis: Axis
    x: Floats
    wall_time: Floats
    """Seconds since 1970; NaN if the log has no time for the point."""
    value: Floats
    logged_points: int
    """How many points the log holds; more than n after downsampling, which keeps every extreme."""


@dataclass(frozen=True, slots=True, eq=False)
class EvaluationHistory:
    """Train and validation loss at each evaluation, the input of the detector: arrays of shape (n,)."""

    axis: Axis
    x: Floats
    wall_time: Floats
    """Seconds since 1970: as logged, else when lossmon saw the evaluation being written; NaN if neither is known."""
    train: Floats | None
    """Mean train loss since the evaluation before, else the last one before; NaN before the first. None without a
    train tag."""
    val: Floats | None
    """None without a validation tag; each point of the train loss is then an evaluation."""
    evaluations_before_train: int = 0
    """How many evaluations at the start come before the first train loss."""
    train_points: Ints | None = None
    """How many train losses were logged since the evaluation before, of which ``train`` is the mean; None if one
    each."""
    unit: Unit | None = None
    """What an x is called for the user, where that is not the axis: ``round`` of boosted trees, ``evaluation`` where
    only their number is known; None if it is."""

    @property
    def judged(self) -> Floats:
        """The losses that the verdict is based on: those of validation, else of train.

        Later points never change them, unlike the mean train loss.
        """
        losses = self.val if self.val is not None else self.train
        assert losses is not None, "a history has at least one of both"
        return losses

    def label(self, index: int) -> str:
        """Return the name of an evaluation for the user: ``epoch 10``."""
        return f"{self.unit or self.axis} {self.x[index]:.12g}"


@dataclass(frozen=True, slots=True)
class VerdictChange:
    """The verdict from the evaluation *index* on, until it changes, or becomes or ceases to be a "maybe"."""

    index: int
    verdict: Verdict
    probability: float = 0.0
    """Probability of overfitting at that evaluation."""
    is_weak: bool = False
    """Whether the verdict is a "maybe"."""

    @property
    def word(self) -> str:
        """The verdict for people: ``maybe overfitting``."""
        return verdict_word(self.verdict, is_weak=self.is_weak)


@dataclass(frozen=True, slots=True, eq=False)
class EvaluatedSet:
    """The evaluation of a run on one of its validation sets, or on its train loss if it has no validation."""

    val: Curve | None = None
    history: EvaluationHistory | None = None
    assessment: Assessment = field(default_factory=Assessment)
    timeline: tuple[VerdictChange, ...] = ()
    probabilities: Floats | None = None
    """Probability of overfitting at each evaluation of ``history``, NaN where it is not yet judged; None without a
    verdict."""


@dataclass(frozen=True, slots=True, eq=False)
class RunSnapshot:
    """Everything that is known about one run."""

    name: Name
    path: Name
    """The directory or file it was read from."""
    format: str
    """The name of the adapter that reads its logs."""
    train: Curve | None
    val: Curve | None
    history: EvaluationHistory | None
    """None until a loss is found."""
    assessment: Assessment
    timeline: tuple[VerdictChange, ...]
    evidence: tuple[str, ...]
    """Sentences with numbers that a user can check against the curve."""
    advice: tuple[Advice, ...]
    """At most three, the most likely first."""
    metrics: tuple[Curve, ...]
    """Every curve of the run, including train and validation, sorted by tag."""
    probabilities: Floats | None = None
    """Probability of overfitting at each evaluation of ``history``, NaN where it is not yet judged; None without a
    verdict."""
    other_sets: tuple[EvaluatedSet, ...] = ()
    """The evaluations on the other validation sets, whose verdicts are no more urgent than the one shown."""
    score: Score | None = None
    """A score of the validation set whose loss is judged; None if none is logged, or if a score itself is judged."""
    higher_is_better: bool = False
    """Whether what is judged is a score."""
    earlier_attempts: tuple[Curve, ...] = ()
    """Train and validation curves from before a restart."""
    status: RunStatus = RunStatus.ENDED
    warnings: tuple[str, ...] = ()
    """Problems while reading, one sentence each."""
    last_write: float | None = None
    """Seconds since 1970 of the newest point, or of the last change of the file if the log has no times."""
    planned_end: float | None = None
    """The x at which the training is planned to end; None if the log does not say."""
    share_read: float | None = None
    """Share of its bytes that was read, 0 to 1; None after all of it was read."""
    is_new: bool = False
    """Whether all of it was written while lossmon watched: its logs, or it in them, were not there at the start."""
    checkpoints: tuple[Checkpoint, ...] = ()
    """What it saved: first what is known where, in the order of x; empty if nothing was found."""
    restarts: int = 0
    """How often its log went back to an earlier x, or was overwritten with other losses."""
    hyperparameters: Hyperparameters = ()
    """The settings that its logs and the files beside them state."""

    def with_status(self, status: RunStatus, share_read: float | None) -> RunSnapshot:
        """Return the run with this status, and with advice for a training that goes on or has ended."""
        is_ended = status in ENDED or self.is_at_planned_end
        advice = tuple(one.worded(is_ended=is_ended) for one in self.advice)
        return replace(self, status=status, share_read=share_read, advice=advice)

    @property
    def goes_on(self) -> bool:
        """Whether more points are expected, soon or after a silence that is not long yet."""
        return self.status in (RunStatus.RUNNING, RunStatus.QUIET)

    @property
    def is_at_planned_end(self) -> bool:
        """Whether the training has come to its planned end."""
        return self.planned_end is not None and self.history is not None and self.history.x[-1] >= self.planned_end

    @property
    def axis(self) -> Axis:
        """What x counts."""
        return self.history.axis if self.history else "step"

    @property
    def unit(self) -> Unit:
        """What an x is called for the user: ``epoch``, ``step``, or ``round`` of boosted trees."""
        return self.history.unit if self.history and self.history.unit else self.axis


THE_SAME_TRAINING = "the same training"
"""How the reason begins why a duplicate of a run is not shown."""
A_COPY = "a copy of another log"
"""Why a copy that lies beside a log is not read."""


@dataclass(frozen=True, slots=True)
class SkippedFile:
    """A file that is not read, with the reason."""

    path: Name
    reason: str

    @property
    def is_duplicate(self) -> bool:
        """Whether what it holds is shown, from another file."""
        return self.reason.startswith((THE_SAME_TRAINING, A_COPY))


@dataclass(frozen=True, slots=True)
class ProgramOutput:
    """The output of the program that writes to standard input: its newest lines, and how it ended."""

    lines: tuple[str, ...] = ()
    """The oldest first, sanitized, without escape sequences."""
    ended_at: float | None = None
    """When its output ended, in seconds since 1970; None while it goes on."""
    failure: str = ""
    """The line that says how it failed, for instance ``MemoryError: …``; empty if none does."""
    failed_at: float | None = None
    """When that line came, in seconds since 1970; None without one."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything that is known at one moment."""

    runs: tuple[RunSnapshot, ...] = ()
    """Sorted by name."""
    skipped: tuple[SkippedFile, ...] = ()
    share_read: float | None = None
    """Share of all bytes that was read, 0 to 1; None after everything was read."""
    change_detection: str = "polling"
    """How changes are noticed: ``inotify``, ``polling``, or a sentence that gives the reason for polling."""
    taken_at: float = field(default=0.0, compare=False)
    """When the snapshot was made, in seconds since 1970."""
    output: ProgramOutput | None = None
    """What was written to standard input; None if that is not read."""
    settings: tuple[Name, ...] = ()
    """The files that are no logs, but were read for hyperparameters."""
