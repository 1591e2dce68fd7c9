"""What the callbacks of all frameworks do after an evaluation: judge, decide, and say why in one line."""

from __future__ import annotations

import contextlib
import math
import sys
import warnings
from collections.abc import Callable, Mapping
from typing import Literal, NamedTuple, TypeVar

from lossmon.core.text import sanitize
from lossmon.training.callbacks.metrics import Measured, MetricChoice, numbers
from lossmon.training.judgement import Judgement
from lossmon.training.monitor import Monitor
from lossmon.training.scores import Mode

Action = Literal["stop", "warn"]
PROBABILITY = "overfitting_probability"
"""The name under which the probability of overfitting is logged."""
_MAX_LINE = 500
_T = TypeVar("_T")


class Outcome(NamedTuple):
    """What follows from an evaluation."""

    stop: bool = False
    is_best: bool = False
    """Whether the judged loss is better than all before."""


class StopDecision:
    """Judges a training after each evaluation, and decides whether to stop it.

    *unit* is what an evaluation counts, and *framework* chooses the calls in advice. *action* is ``stop``, or ``warn``
    if the training is to go on. *monitor* and *train* are the names of the validation and the train metric, or globs;
    they are chosen automatically if None. *mode*, ``min`` or ``max``, says which way they improve where their name does
    not tell it. *on_stop* is what happens to the best evaluation once the training is stopped, as the message has it.

    >>> decision = StopDecision("keras")
    >>> decision.see({"loss": 0.5, "val_loss": 0.6}, at=1)
    Outcome(stop=False, is_best=True)
    """

    def __init__(
        self,
        framework: str,
        *,
        unit: str = "epoch",
        action: Action = "stop",
        monitor: str | None = None,
        train: str | None = None,
        mode: Mode | None = None,
        on_stop: str = "",
    ) -> None:
        if action not in ("stop", "warn"):
            raise ValueError(f"action is {action!r}; it must be 'stop' or 'warn'")
        if mode not in (None, "min", "max"):
            raise ValueError(f"mode is {mode!r}; it must be 'min' or 'max', or None to tell it from the name")
        self.unit = unit
        """What an evaluation counts; read when the first one comes."""
        self._framework, self._action, self._on_stop = framework, action, on_stop
        self._named = train, monitor, mode
        self._has_failed = False
        self.start()

    @property
    def can_stop(self) -> bool:
        """Whether the training is stopped, not only warned."""
        return self._action == "stop"

    def start(self) -> None:
        """Forget what was seen: another training begins."""
        train, monitor, mode = self._named
        self._choice = MetricChoice(train, monitor, mode)
        self._since_evaluation: dict[str, list[float]] = {}
        self._monitor: Monitor | None = None
        self._is_by_validation = self._has_asked = self._was_time = False
        self.judgement: Judgement | None = None
        """The verdict after the last evaluation; None before the first."""
        self.best_at: float | None = None
        """The epoch, step or round with the best judged loss."""
        self.best_value: float | None = None
        self.stopped_at: float | None = None
        """The epoch, step or round at which it was time to stop; None as long as it was not."""
        self.probabilities: list[float] = []
        """Probability of overfitting after each evaluation."""

    def attempt(self, do: Callable[[], _T], otherwise: _T) -> _T:
        """Return what *do* returns; after an error, now or before, *otherwise*. The first error is a warning."""
        if self._has_failed:
            return otherwise
        try:
            return do()
        except Exception as error:  # noqa: BLE001 - no error of this program may end a training
            self._has_failed = True
            text = f"lossmon is silent from now on, the training goes on: {type(error).__name__}: {error}"
            with contextlib.suppress(Exception):  # also where warnings are errors
                warnings.warn(sanitize(text, _MAX_LINE), RuntimeWarning, stacklevel=3)
            return otherwise

    def note(self, metrics: Mapping[str, object] | None) -> Mapping[str, float]:
        """Keep what was logged between two evaluations, whose mean counts at the next one; return its numbers."""
        newest = numbers(metrics)
        for tag, value in newest.items():
            self._since_evaluation.setdefault(tag, []).append(value)
        return newest

    def see(self, metrics: Mapping[str, object] | None, *, at: float, speaks: bool = True) -> Outcome:
        """Judge what was measured at the epoch, step or round *at*; metrics without the validation loss are noted.

        The message is printed where this process *speaks*: one of several.
        """
        newest = self.note(metrics)
        measured = self._choice.measured({tag: sum(all_) / len(all_) for tag, all_ in self._since_evaluation.items()})
        vals = self._choice.selection.val
        is_complete = not vals or any(tag.text in newest for tag in vals)
        if not (is_complete and self._is_judgeable(measured)):
            return Outcome()
        self._since_evaluation.clear()
        return self._judge(measured, at, speaks=speaks)

    def _is_judgeable(self, measured: Measured) -> bool:
        """Return whether there is a loss that falls, or a score that rises; ask once if there is none."""
        is_found = measured.train is not None or measured.val is not None
        if is_found and self._choice.selection.is_direction_known:
            return True
        if not self._has_asked and self._since_evaluation:
            self._has_asked = True
            names = ", ".join(sorted(self._since_evaluation))
            ask = "mode='min' or 'max' says which way it improves" if is_found else "monitor='NAME' names it"
            self._say(f"no loss is known among: {names}; {ask}")
        return False

    def _judge(self, measured: Measured, at: float, *, speaks: bool) -> Outcome:
        is_by_validation = measured.val is not None
        higher = self._choice.selection.higher_is_better
        if self._monitor is None or is_by_validation > self._is_by_validation:
            self._monitor = self._new_monitor(higher_is_better=higher)
            self._is_by_validation, self.best_value = is_by_validation, None
        self.judgement = self._monitor.update(measured.train, measured.val, at=at, **measured.scores)
        self.probabilities.append(self.judgement.probability)
        judged = measured.val if measured.val is not None else measured.train
        is_best = judged is not None and self._is_better(judged, higher_is_better=higher)
        if is_best:
            self.best_value, self.best_at = judged, at
        return Outcome(self._is_time_to_stop(self.judgement, at, speaks=speaks), is_best)

    def _new_monitor(self, *, higher_is_better: bool) -> Monitor:
        return Monitor(
            higher_is_better=higher_is_better, unit=self.unit, framework=self._framework, modes=self._choice.modes
        )

    def _is_better(self, value: float, *, higher_is_better: bool) -> bool:
        if self.best_value is None or not math.isfinite(value):
            return math.isfinite(value)
        return value > self.best_value if higher_is_better else value < self.best_value

    def _is_time_to_stop(self, judgement: Judgement, at: float, *, speaks: bool) -> bool:
        if judgement.stop and not self._was_time:
            self.stopped_at = at
            if speaks:
                self._say(self._reason(judgement, at))
        self._was_time = judgement.stop
        return judgement.stop and self.can_stop

    def _reason(self, judgement: Judgement, at: float) -> str:
        """Return why to stop, with numbers, in one line."""
        what = f"{'stopped at' if self.can_stop else 'time to stop at'} {self.unit} {at:.12g}"
        why = "; ".join(judgement.evidence[:2])
        if self.best_at is None or self.best_value is None:
            return f"{what}: {judgement.headline}; {why}"
        best = f"best is {self.unit} {self.best_at:.12g} ({self.best_value:.4g})"
        return f"{what}: {judgement.headline}; {why}; {best}{self._on_stop if self.can_stop else ''}"

    def _say(self, text: str) -> None:
        print(f"lossmon: {sanitize(text, _MAX_LINE)}", file=sys.stderr, flush=True)  # noqa: T201 - the one line that a callback prints


def decided_by_rank_zero(decision: StopDecision, see: Callable[[], Outcome]) -> Outcome:
    """Return the outcome of *see* in the process with rank 0 of torch; all processes must call it.

    A process that trains alone decides itself.
    """
    from torch import distributed

    if not (distributed.is_available() and distributed.is_initialized()):
        return decision.attempt(see, Outcome())
    decided = decision.attempt(see, Outcome()) if distributed.get_rank() == 0 else Outcome()
    shared = [tuple(decided)]
    distributed.broadcast_object_list(shared, src=0)
    return Outcome(*shared[0])
