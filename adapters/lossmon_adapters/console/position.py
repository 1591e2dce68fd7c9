"""Follow the epoch and step counters of output, and give each value its x."""

from __future__ import annotations

import math
from collections import Counter

from lossmon.core.metric_names import is_loss
from lossmon.core.points import Axis
from lossmon_adapters.console.line_parser import ParsedLine
from lossmon_adapters.shared.columns import MAX_TAGS


class TrainingPosition:
    """The epoch and step that the training has reached.

    Once a line has a step, x counts steps; until then it counts epochs, or lines where there is no counter at all.
    """

    def __init__(self) -> None:
        self.planned_end: dict[Axis, float] = {}
        """The epoch and step at which the training ends, if the lines say so."""
        self._axis: Axis = "epoch"
        self._x: float | None = None
        self._epoch: float | None = None
        self._first_epoch: float | None = None
        self._points_without_counter: Counter[str] = Counter()
        self._steps = _StepCounter()
        self._epoch_with_progress: float | None = None
        self._steps_beside_values = False
        self._started_tags: set[str] = set()

    def is_other_epoch(self, line: ParsedLine) -> bool:
        """Return whether *line* is of another epoch than the lines before."""
        return line.epoch is not None and line.epoch != self._epoch

    def update(self, line: ParsedLine) -> None:
        """Move to the counters of *line*; the batches of an evaluation do not move the training."""
        counters = line.counters
        if counters.epoch is not None:
            self._epoch = counters.epoch
            if self._first_epoch is None:
                self._first_epoch = min(math.floor(counters.epoch), 1)
        if counters.step is not None and not line.is_evaluation:
            self._axis, self._x = "step", self._x_of_step(line, counters.step)
            self._steps_beside_values = self._steps_beside_values or bool(line.values)
        elif counters.epoch is not None and self._axis == "epoch":
            self._x = self._x_of_epoch(line)
        self._update_planned(line)

    @property
    def place(self) -> tuple[Axis, float] | None:
        """Axis and x of the next point; None where no line had a counter, so that points are counted."""
        return None if self._x is None else (self._axis, self._x)

    def next_x(self, tag: str) -> tuple[Axis, float]:
        """Return axis and x of the next point of *tag*."""
        if self._x is None:
            self._points_without_counter[tag] += 1
            return "epoch", self._points_without_counter[tag] - 1
        return self._axis, self._x

    def accepts(self, tag: str, value: float, *, has_position: bool) -> bool:
        """Return whether *value* can be a point of *tag*: no loss starts at 0 in a line without epoch or step.

        Programs that print their own source code into the log are not rare, and in it a sum of losses starts at 0.
        """
        if tag in self._started_tags:
            return True
        starts = bool(value) or has_position or not is_loss(tag.lower())
        if starts and len(self._started_tags) < MAX_TAGS:
            self._started_tags.add(tag)
        return starts

    def _update_planned(self, line: ParsedLine) -> None:
        counters = line.counters
        if counters.total_epochs:
            self.planned_end["epoch"] = counters.total_epochs
            if counters.epoch_progress and counters.step is not None:
                self.planned_end["step"] = counters.total_epochs * counters.epoch_progress[1]
        elif counters.total_steps and line.values and not line.is_evaluation:
            self._update_planned_steps(counters.total_steps)

    def _update_planned_steps(self, total: int) -> None:
        """Use a total of steps, which is that of one epoch where earlier lines have the epoch."""
        epochs = self.planned_end.get("epoch")
        if epochs is None:
            self.planned_end["step"] = total
        elif self._steps.restarts:
            self.planned_end["step"] = epochs * total

    def _x_of_step(self, line: ParsedLine, step: int) -> float:
        counters = line.counters
        if counters.epoch_progress is not None and counters.epoch is not None:
            return self._steps_before_epoch(line) + step
        if self._steps_beside_values and not line.values:
            # A second counter of steps, as in DeepSpeed's log: it may move the position on, but never back.
            return max(self._x or 0.0, 0.0 if self._steps.restarts else step)
        return self._steps.total_of(step, self._epoch, is_last=step == counters.total_steps)

    def _steps_before_epoch(self, line: ParsedLine) -> float:
        """Return the steps of all earlier epochs, where the steps restart in each epoch."""
        counters = line.counters
        if counters.epoch_progress is None or counters.epoch is None or self._first_epoch is None:
            return 0
        return (counters.epoch - self._first_epoch) * counters.epoch_progress[1]

    def _x_of_epoch(self, line: ParsedLine) -> float:
        """Return the epoch, or the number of finished epochs once this or an earlier line has its progress."""
        counters = line.counters
        epoch = counters.epoch or 0.0
        if self._first_epoch is None or (counters.epoch_progress is None and self._epoch_with_progress != epoch):
            return epoch
        done, length = counters.epoch_progress or (1, 1)
        self._epoch_with_progress = epoch
        return epoch - self._first_epoch + (done / length if length else 0)


class EvaluationBatches:
    """Tells from the printed batches of an evaluation whether the last one has been printed."""

    def __init__(self) -> None:
        self._batch: int | None = None
        self._total: int | None = None
        self._interval: int | None = None
        self._last_evaluation: tuple[int | None, int] | None = None

    def add(self, line: ParsedLine) -> None:
        """Take the batch of *line*, if it has one."""
        step, total = line.counters.step, line.counters.total_steps
        if not line.is_evaluation or step is None:
            return
        goes_on = self._batch is not None and self._total == total and step > self._batch
        self._interval = step - (self._batch or 0) if goes_on else None
        self._batch, self._total = step, total

    def finish(self) -> None:
        """End the evaluation at the batch that was added last."""
        if self._batch is not None:
            self._last_evaluation = self._total, self._batch
        self._batch = self._interval = None

    @property
    def may_be_last(self) -> bool:
        """Whether no further batch is expected: the last evaluation had none, or it would exceed the total."""
        if self._batch is None or self._total is None:
            return True
        if self._last_evaluation and self._last_evaluation[0] == self._total:
            return self._batch >= self._last_evaluation[1]
        return self._interval is not None and self._batch + self._interval >= self._total


class _StepCounter:
    """Counts all steps where their number restarts in each epoch and the length of an epoch is not printed."""

    def __init__(self) -> None:
        self.restarts = False
        """Whether the number restarts in each epoch."""
        self._steps_before = 0.0
        self._interval = 0.0
        self._step: float | None = None
        self._epoch: float | None = None

    def total_of(self, step: float, epoch: float | None, *, is_last: bool) -> float:
        """Return the number of all steps at *step* of *epoch*; *is_last* if it is the last step of the epoch."""
        last = self._step
        if last is not None and step > last:
            self._interval = step - last
        elif last is not None and (step < last or is_last) and _is_later(epoch, self._epoch):
            self.restarts = True
            self._steps_before += last if step else last + self._interval
        self._step, self._epoch = step, epoch
        return self._steps_before + step


def _is_later(epoch: float | None, before: float | None) -> bool:
    return epoch is not None and before is not None and epoch > before
