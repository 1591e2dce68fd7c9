"""Where in the training a log is."""

from __future__ import annotations

import math
from collections import Counter

from lossmon.core.naming import is_loss
from lossmon.core.points import Axis
from lossmon_adapters.console.line_parser import Reading
from lossmon_adapters.shared.columns import MOST_TAGS


class TrainingPosition:
    """Follows what the lines count, and gives x to their points.

    Once a line says a step, steps are what x counts; until then epochs are, or lines where nothing is said.
    """

    def __init__(self) -> None:
        self.planned: dict[Axis, float] = {}
        """Up to which epoch and step the training goes, as far as was said."""
        self._axis: Axis = "epoch"
        self._x: float | None = None
        self._epoch: float | None = None
        self._first_epoch: float | None = None
        self._lines: Counter[str] = Counter()
        self._steps = _Steps()
        self._parted: float | None = None
        self._said_beside_values = False
        self._begun: set[str] = set()

    def moves(self, reading: Reading) -> bool:
        """Say whether *reading* is of another epoch than the one before."""
        return reading.epoch is not None and reading.epoch != self._epoch

    def follow(self, reading: Reading) -> None:
        """Go where *reading* is; the batches of an evaluation lead nowhere."""
        count = reading.at
        if count.epoch is not None:
            self._epoch = count.epoch
            if self._first_epoch is None:
                self._first_epoch = min(math.floor(count.epoch), 1)
        if count.step is not None and not reading.evaluation:
            self._axis, self._x = "step", self._at_step(reading, count.step)
            self._said_beside_values = self._said_beside_values or bool(reading.values)
        elif count.epoch is not None and self._axis == "epoch":
            self._x = self._whole_epochs(reading)
        self._plan(reading)

    def of(self, tag: str) -> tuple[Axis, float]:
        """Return what x counts, and x, for the next point of *tag*."""
        if self._x is None:
            self._lines[tag] += 1
            return "epoch", self._lines[tag] - 1
        return self._axis, self._x

    def takes(self, tag: str, value: float, *, counted: bool) -> bool:
        """Say whether *value* can be the next of *tag*; not a loss that begins at 0, unless the line is *counted*.

        Programs that print their own source into the log are not rare, and there a sum of losses begins at 0.
        """
        if tag in self._begun:
            return True
        begins = bool(value) or counted or not is_loss(tag.lower())
        if begins and len(self._begun) < MOST_TAGS:
            self._begun.add(tag)
        return begins

    def _plan(self, reading: Reading) -> None:
        count = reading.at
        if count.epochs:
            self.planned["epoch"] = count.epochs
            if count.within and count.step is not None:
                self.planned["step"] = count.epochs * count.within[1]
        elif count.steps and reading.values and not reading.evaluation:
            self._plan_steps(count.steps)

    def _plan_steps(self, steps: int) -> None:
        """Take note of an end of steps, which may be that of the epoch where lines before have said the epoch."""
        epochs = self.planned.get("epoch")
        if epochs is None:
            self.planned["step"] = steps
        elif self._steps.anew:
            self.planned["step"] = epochs * steps

    def _at_step(self, reading: Reading, step: int) -> float:
        count = reading.at
        if count.within is not None and count.epoch is not None:
            return self._whole_steps(reading) + step
        if self._said_beside_values and not reading.values:
            # Another count of steps, as DeepSpeed's log has one: it leads on, but never back.
            return max(self._x or 0.0, 0.0 if self._steps.anew else step)
        return self._steps.follow(step, self._epoch, last=step == count.steps)

    def _whole_steps(self, reading: Reading) -> float:
        """Return the steps of the epochs before, where steps are counted anew in each."""
        count = reading.at
        if count.within is None or count.epoch is None or self._first_epoch is None:
            return 0
        return (count.epoch - self._first_epoch) * count.within[1]

    def _whole_epochs(self, reading: Reading) -> float:
        """Return the epoch, or how many epochs were done where this line or one before says how far into it it is."""
        count = reading.at
        epoch = count.epoch or 0.0
        if self._first_epoch is None or (count.within is None and self._parted != epoch):
            return epoch
        done, length = count.within or (1, 1)
        self._parted = epoch
        return epoch - self._first_epoch + (done / length if length else 0)


class Evaluations:
    """Tells by the batches that were printed of an evaluation whether the last of them was the last."""

    def __init__(self) -> None:
        self._batch: int | None = None
        self._batches: int | None = None
        self._stride: int | None = None
        self._ended: tuple[int | None, int] | None = None

    def show(self, reading: Reading) -> None:
        """Take note of a batch, if *reading* is of one."""
        if not reading.evaluation or reading.at.step is None:
            return
        again = self._batch is not None and self._batches == reading.at.steps and reading.at.step > self._batch
        self._stride = reading.at.step - (self._batch or 0) if again else None
        self._batch, self._batches = reading.at.step, reading.at.steps

    def end(self) -> None:
        """Take note that the last batch has come."""
        if self._batch is not None:
            self._ended = self._batches, self._batch
        self._batch = self._stride = None

    @property
    def may_end(self) -> bool:
        """Whether no batch after the one shown is expected: the evaluation before had none, or it would be too many."""
        if self._batch is None or self._batches is None:
            return True
        if self._ended and self._ended[0] == self._batches:
            return self._batch >= self._ended[1]
        return self._stride is not None and self._batch + self._stride >= self._batches


class _Steps:
    """Goes on counting where steps begin anew in each epoch, and nothing says how many there are."""

    def __init__(self) -> None:
        self.anew = False
        """Whether they do."""
        self._before = 0.0
        self._stride = 0.0
        self._step: float | None = None
        self._epoch: float | None = None

    def follow(self, step: float, epoch: float | None, *, last: bool) -> float:
        """Return x of *step* in *epoch*, of which it is the *last*."""
        before = self._step
        if before is not None and step > before:
            self._stride = step - before
        elif before is not None and (step < before or last) and _is_later(epoch, self._epoch):
            self.anew = True
            self._before += before if step else before + self._stride
        self._step, self._epoch = step, epoch
        return self._before + step


def _is_later(epoch: float | None, before: float | None) -> bool:
    return epoch is not None and before is not None and epoch > before
