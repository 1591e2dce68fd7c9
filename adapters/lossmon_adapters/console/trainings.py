"""Tell several trainings in one output apart: folds, repeated fits, and sweeps over settings."""

from __future__ import annotations

import re

from lossmon.core.metric_names import SETTING_WORDS, TRAINING_NUMBER_WORDS
from lossmon_adapters.console.counters import Counters
from lossmon_adapters.console.line_parser import ParsedLine

_LONGEST_NAME = 60
"""Characters of the name of a training."""
_MOST_TRAININGS = 1000
"""Trainings of one output; those that follow belong to the last."""
_FIRST_EPOCHS = (0, 1)
_SHORT = 5
"""Epochs of a training that may be a round of a longer one."""
_MOST_SHORT = 20
"""So many short trainings in a row are rounds of one, even if nothing says so."""
_AROUND = r"[^\w]{0,40}"
_SETTING = rf"(?:{'|'.join(SETTING_WORDS)})\s?[=:]\s?[\w.+-]{{1,20}}"
_NUMBERED = rf"((?:{'|'.join(TRAINING_NUMBER_WORDS)})[\s_:#=-]{{0,3}}[0-9]{{1,4}})(?![0-9.])"
HINTS = (
    *TRAINING_NUMBER_WORDS, "lr=", "lr =", "lr:", "learning", "batch_size", "batch size", "model: ", "round ",
    "namespace(",
)  # fmt: skip
"""In lower case: a line without any of them is no heading of a training, and speaks of no start and no round."""
_OF_TOTAL = r"(?:\s?(?:/|of|out of)\s?[0-9]{1,4})?"
_HEADING = re.compile(
    rf"{_AROUND}(?:[a-z-]{{1,16}}\s){{0,4}}(?:k-?)?{_NUMBERED}{_OF_TOTAL}{_AROUND}|"
    rf"{_AROUND}(?:[a-z-]{{1,16}}:?\s){{0,4}}({_SETTING}(?:[\s,;|]{{1,3}}\w{{1,16}}(?:\s\w{{1,16}})?\s?[=:]\s?[\w.+-]{{1,20}}){{0,8}}){_AROUND}|"
    r"model: ['\"]([\w-]{1,60})['\"]\s{0,8}"
)
_NUMBER_AT_END = re.compile(rf"({'|'.join(TRAINING_NUMBER_WORDS)})[\s_:#=-]{{0,3}}([0-9]{{1,4}})")
_ON_EACH_LINE = re.compile(rf"\W{{0,4}}{_NUMBERED}")


_STARTS = re.compile(r"\W{0,8}namespace\(|.{0,40}\bstart(?:ing)? training\b(?! \w{0,8}epoch)")
_ROUND = r"\bround[\s_:#=-]{0,3}[0-9]{1,6}\b"
_PARTY = r"\b(?:clients?|servers?|federated|communication|global|local|aggregat\w{1,4})\b"
_OF_ROUND = re.compile(rf"{_PARTY}.{{0,80}}{_ROUND}|{_ROUND}.{{0,80}}{_PARTY}")


def starts_program(lower: str) -> bool:
    """Return whether a line, in lower case, is printed once at the start of a program that trains.

    >>> starts_program("namespace(lr=0.1, epochs=9)"), starts_program("starting training epoch 3")
    (True, False)
    """
    return ("namespace(" in lower or "training" in lower) and _STARTS.match(lower) is not None


def is_of_round(lower: str) -> bool:
    """Return whether a line, in lower case, speaks of a round of federated learning.

    >>> is_of_round("communication round 3/100"), is_of_round("round 3")
    (True, False)
    """
    return "round" in lower and _OF_ROUND.search(lower) is not None


def heading_of_training(lower: str) -> str:
    """Return the training that a line, in lower case, is the heading of; empty if it is none.

    >>> heading_of_training("===== fold 2/5 ====="), heading_of_training("training with lr=0.01")
    ('fold 2', 'lr=0.01')
    """
    match = _HEADING.fullmatch(lower)
    return _name(next(part for part in match.groups() if part)) if match else ""


def training_of_line(lower: str) -> str:
    """Return the training that a line, in lower case, is of, if it begins with that: ``[fold 2] epoch 3``."""
    match = _ON_EACH_LINE.match(lower)
    return _name(match.group(1)) if match else ""


def span_of_training(lower: str) -> tuple[int, int] | None:
    """Return where in a line, in lower case, the name of the training is that it begins with."""
    match = _ON_EACH_LINE.match(lower)
    return match.span(1) if match else None


class TrainingNames:
    """Names the training that each line belongs to; the first has no name.

    A new one begins where the epochs begin again after a heading that differs from the one before, after the last of
    the planned epochs, after another start of the program, or with another number of planned epochs; and where the
    rounds of a booster begin again, which cannot be resumed. Otherwise the same training may have been started again.

    In the rounds of federated learning the epochs begin again and again: all rounds are one training.
    """

    def __init__(self) -> None:
        self.current = ""
        """The name of the present training."""
        self._names: dict[str, str] = {}
        self._heading = self._next_heading = ""
        self._is_same = False
        """Whether a heading said that the same training follows."""
        self._epoch: float | None = None
        self._totals: set[int | None] = set()
        """The numbers of planned epochs that the present training has printed."""
        self._rounds: tuple[int, int] | None = None
        """The first and the last round of the present booster."""
        self._is_of_rounds = self._has_started = False
        self._first_epoch = 0.0
        self._short_trainings = 0
        self._epochs_before = 0.0
        """Those of earlier rounds of the present training."""

    def note(self, line: ParsedLine) -> None:
        """Remember what *line* says about the training that follows: its heading, a start, or a round."""
        self._has_started = self._has_started or line.starts_program
        self._is_of_rounds = self._is_of_rounds or line.is_of_round
        if line.heading:
            self._is_same = line.heading == self._heading
            self._next_heading = line.heading

    def with_all_epochs(self, line: ParsedLine) -> ParsedLine:
        """Return *line* with the epochs of earlier rounds added to its own."""
        epoch = line.epoch
        if epoch is None or not self._epochs_before:
            return line
        return line._replace(counters=line.counters._replace(epoch=epoch + self._epochs_before))

    def move(self, counters: Counters, stated: str, *, has_values: bool = True) -> str:
        """Note the *counters* of a line, and the training that it states itself; return the name of its training."""
        if stated:
            return self._switch(stated)
        if counters.epoch is None:
            return self.current
        if self._epoch is None:
            self._heading, self._first_epoch = self._next_heading, counters.epoch
        elif counters.epoch < self._epoch:
            self._begin_again(counters, has_values=has_values)
        self._epoch = counters.epoch
        self._has_started = self._has_started and not has_values
        self._totals.add(counters.total_epochs)
        return self.current

    def move_round(self, number: int) -> str:
        """Note the round of a booster; return the name of its training."""
        first, last = self._rounds or (number, number)
        if number < last and number <= first:
            self._heading, first = self._begin_next(), number
        self._rounds = first, number
        return self.current

    def _begin_again(self, counters: Counters, *, has_values: bool) -> None:
        """Begin another training or another round, if the epochs begin again in one."""
        if self._is_of_rounds:
            self._epochs_before += (self._epoch or 0.0) - (counters.epoch or 0.0) + 1
        elif self._is_other(counters, has_values=has_values):
            self._short_trainings = self._short_trainings + 1 if self._epochs <= _SHORT else 0
            self._heading, self._first_epoch = self._begin_next(), counters.epoch or 0.0
        else:
            self._first_epoch = min(self._first_epoch, counters.epoch or 0.0)

    def _is_other(self, counters: Counters, *, has_values: bool) -> bool:
        """Return whether *counters*, which are before those of the line before, are of another training."""
        epoch, total = counters.epoch or 0.0, counters.total_epochs
        if epoch in _FIRST_EPOCHS and (
            self._next_heading != self._heading or (self._may_be_next and not self._is_same)
        ):
            return True
        return has_values and total is not None and total not in self._totals and epoch <= total / 4

    @property
    def _may_be_next(self) -> bool:
        """Whether the present training was at its end, or the program has started again since."""
        if self._short_trainings >= _MOST_SHORT:
            return False
        return self._is_complete or (self._has_started and self._epochs > 1)

    @property
    def _epochs(self) -> float:
        """The epochs that the present training has reached, each at least in part."""
        return (self._epoch or 0.0) - self._first_epoch + 1

    @property
    def _is_complete(self) -> bool:
        """Whether the present training has reached the last of its planned epochs."""
        return self._epoch is not None and self._epoch in self._totals

    def _begin_next(self) -> str:
        """Begin another training, named by its heading if it has one, and return the heading."""
        heading = self._next_heading
        self._begin(heading if heading != self._heading else f"training {len(self._names) + 2}")
        self._totals.clear()
        self._is_same = False
        return heading

    def _switch(self, stated: str) -> str:
        """Return the name of the training that lines call *stated*; the first has none."""
        if stated not in self._names and len(self._names) < _MOST_TRAININGS:
            self._names[stated] = stated if self._names else ""
        self.current = self._names.get(stated, self.current)
        return self.current

    def _begin(self, heading: str) -> None:
        if len(self._names) >= _MOST_TRAININGS:
            return
        number = sum(name.partition(" (")[0] == heading for name in self._names)
        self.current = f"{heading} ({number + 1})" if number else heading
        self._names[self.current] = self.current


def _name(part: str) -> str:
    """Return *part* of a line as a name: ``fold: 2`` and ``fold_2`` are ``fold 2``."""
    numbered = _NUMBER_AT_END.fullmatch(part)
    return f"{numbered.group(1)} {int(numbered.group(2))}" if numbered else part[:_LONGEST_NAME]
