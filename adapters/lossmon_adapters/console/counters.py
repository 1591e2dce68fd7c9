"""Parse the epoch and step counters of a line of output.

All patterns run in linear time: their repetitions are bounded or cannot match the same text in two ways.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple, TypeAlias

from lossmon.core.metric_names import EVALUATION_BATCH_WORDS, PRINTED_EPOCH_WORDS, PRINTED_STEP_WORDS

_EPOCH_WORD = rf"(?:{'|'.join(PRINTED_EPOCH_WORDS)})"
_STEP_WORD = rf"(?:{'|'.join(PRINTED_STEP_WORDS)})"
# "if step == 10" in printed source code is not a counter.
_SEPARATOR = r"(?!\s{0,4}==)[\s:=#\[('\"]{0,16}"
_OF_TOTAL = r"(?:(?:\s{0,4}/\s{0,8}|\sof\s)([0-9]{1,12}))?"
_DONE_OF_TOTAL = r"([0-9]{1,9})\s{0,4}/\s{0,8}([0-9]{1,9})"
_MODE = r"(?:\(([a-z]{1,16})\))?"
_EPOCH = re.compile(
    rf"(?:\b{_EPOCH_WORD}\b\.?" + _MODE + r"|"
    # "epochs=90" is a setting; "epochs 3/90" is not, and "Epochs: 3, loss" at the beginning of a line is not.
    rf"\bepochs\b(?={_SEPARATOR}[0-9]{{1,9}}\s{{0,4}}/)|^\W{{0,8}}epochs\b(?={_SEPARATOR}[0-9]{{1,9}}\W{{1,8}}[a-z])|"
    # "Train: 0 [ 50/1251" and "Train: [0/300][50/1251": the number before the batches is the epoch.
    r"\btrain:(?=\s{0,4}\[?[0-9]{1,6}(?:/[0-9]{1,6}\])?\s{0,4}\[\s{0,8}[0-9]{1,9}\s{0,4}/))"
    + _SEPARATOR
    + r"([0-9]{1,9}(?![0-9])(?:\.[0-9]{1,18})?)"
    + _OF_TOTAL
    + r"(?:\]?\s{0,4}\[\s{0,8}([0-9]{1,12})\s{0,4}/\s{0,8}([0-9]{1,12}))?['\"\]]?"
)
_BATCHES = re.compile(
    rf"\bbatch(?:es)?\b{_SEPARATOR}{_DONE_OF_TOTAL}|{_DONE_OF_TOTAL}\s{{1,4}}batches\b|"
    rf",:\s{{1,8}}{_DONE_OF_TOTAL}(?=\s)"
)
_EPOCH_BEHIND_SPLIT = re.compile(
    rf"(\W{{0,8}}(?:{'|'.join(EVALUATION_BATCH_WORDS)}|train)\s)([0-9]{{1,6}})(?=,\s[a-z])"
)
_EPOCH_BEHIND_NUMBER = re.compile(r"\b([0-9]{1,6})epoch\b")
_PLANNED_EPOCHS = re.compile(
    r"\b(?:num|max|total|scheduled)[ _](?:train[ _])?epochs?['\"]?\s{0,24}[:=]\s{0,8}([0-9]{1,6})(?![0-9.])|"
    r"\btraining for ([0-9]{1,6}) epochs\b|"
    # Settings as argparse prints them: "Namespace(lr=0.1, epochs=90)".
    r"^\W{0,4}(?:args\W{1,4})?namespace\([^()]{0,4000}?\bepochs=([0-9]{1,6})(?=[,)])"
)
_EPOCH_AND_STEP = re.compile(
    r"\s{0,8}(?:\[([0-9]{1,6}),\s{1,8}([0-9]{1,9})\]|([0-9]{1,6})\|([0-9]{1,9})\|)(?=[a-z\s]{0,16}loss)"
)
_STEP_NUMBER = r"([0-9]{1,12})" + _OF_TOTAL + r"['\"\]]?(?:(?:st|nd|rd|th)\b)?(?!\.?[0-9]|[a-z])"
_STEP = re.compile(rf"(?:\b(?:global[_ ])?{_STEP_WORD}\b{_MODE}{_SEPARATOR}|^s:){_STEP_NUMBER}")
_GLOBAL_STEP = re.compile(rf"\bglobal[_ ]?step\b{_MODE}{_SEPARATOR}{_STEP_NUMBER}")
_STEP_AT_START = re.compile(
    r"(?:\s{0,16}(?:\[[0-9/:. -]{5,24}\]\s{1,4})?\[(?=[0-9]{1,9}(?:/[0-9]{1,9})?\])|"
    r"\s{0,8}(?=[0-9]{1,9}:\s{1,4}(?:learn:|[0-9.]{1,24},\s{1,4}[0-9.]{1,24} avg loss)))()" + _STEP_NUMBER
)
_EPOCH_AND_BATCH = re.compile(r"\s{0,8}\[([0-9]{1,6})/([0-9]{1,6})\],?\s?\[\s{0,8}([0-9]{1,9})/([0-9]{1,9})\]")
# A quick test: a line without any of these has no step counter.
_STEP_HINT = re.compile(r"step|iter|^s:|^[\s0-9]{0,16}[\[:]")


class Counters(NamedTuple):
    """The position in the training according to one line; None where the line does not give it."""

    epoch: float | None = None
    step: int | None = None
    epoch_progress: tuple[int, int] | None = None
    """How much of the epoch is done, and how long the epoch is, in steps or samples."""
    total_epochs: int | None = None
    total_steps: int | None = None
    """Steps of the whole training or of the epoch; None where the line also has the epoch."""
    mode: str = ""
    """The word in brackets of ``Epoch(val)``."""


NO_COUNTERS = Counters()

Span: TypeAlias = tuple[int, int]
"""Begin and end of a number in a line."""


class CounterSpans(NamedTuple):
    """Where in a line its counters are; None where the line does not give them."""

    epoch: Span | None = None
    step: Span | None = None
    done: Span | None = None
    length: Span | None = None
    """With *done*, the progress of the epoch."""
    total_epochs: Span | None = None
    total_steps: Span | None = None
    mode: str = ""

    @classmethod
    def of(cls, spans: Iterable[Span | None], mode: str) -> CounterSpans:
        """Return the counters at *spans*, which are in the order of the fields."""
        epoch, step, done, length, total_epochs, total_steps = spans
        return cls(epoch, step, done, length, total_epochs, total_steps, mode)

    @property
    def spans(self) -> list[Span | None]:
        """Those of all numbers."""
        return [self.epoch, self.step, self.done, self.length, self.total_epochs, self.total_steps]


NO_SPANS = CounterSpans()


class CounterReader:
    """Reads the counters of lines that have them in the same places, which are *spans*."""

    def __init__(self, spans: CounterSpans) -> None:
        slices = [slice(*span) if span else None for span in spans.spans]
        self._epoch, self._step, self._done, self._length, self._total_epochs, self._total_steps = slices
        self._has_others = any(slices[2:])
        self._mode = spans.mode

    def read(self, line: bytes) -> Counters:
        """Return the counters of *line*."""
        epoch = None if self._epoch is None else float(line[self._epoch])
        step = None if self._step is None else int(line[self._step])
        if not self._has_others:
            return Counters(epoch, step, None, None, None, self._mode)
        progress = (int(line[self._done]), int(line[self._length])) if self._done and self._length else None
        total_epochs = int(line[self._total_epochs]) if self._total_epochs else None
        total_steps = int(line[self._total_steps]) if self._total_steps else None
        return Counters(epoch, step, progress, total_epochs, total_steps, self._mode)


def has_position(counters: Counters | CounterSpans, *, is_evaluation: bool) -> bool:
    """Return whether a line has an epoch or a step of the training; the step of an evaluation is none."""
    return counters.epoch is not None or (counters.step is not None and not is_evaluation)


def lower_same_length(text: str) -> str:
    """Return *text* in lower case, or as it is where that would change its length and so the places in it.

    Searching it takes a small part of the time of a search that ignores case.
    """
    lower = text.lower()
    return lower if len(lower) == len(text) else text


def parse_counters(text: str) -> tuple[CounterSpans, str]:
    """Return where the counters of *text* are, and the line with commas in their place: no metric name includes them.

    >>> spans, rest = parse_counters("Epoch 3/20, loss: 0.5")
    >>> spans.epoch, spans.total_epochs, rest
    ((6, 7), (8, 10), ',,,,,,,,,,, loss: 0.5')
    """
    lower = lower_same_length(text)
    both = _EPOCH_AND_STEP.match(lower)
    if both:
        epoch_number, step_number = _spans(both)
        return CounterSpans(epoch_number, step_number), _mask(text, both.span())
    brackets = _EPOCH_AND_BATCH.match(lower)
    if brackets:
        return _with_global_step(brackets, lower), _mask(text, brackets.span())
    # "ep" is in every word for an epoch; most lines have none, and the search takes much longer than this test.
    epoch = _EPOCH.search(lower) if "ep" in lower or "train:" in lower else None
    step = _find_step(lower)
    behind = _EPOCH_BEHIND_NUMBER.search(lower) if epoch is None and "epoch" in lower else None
    if behind:
        return CounterSpans(behind.span(1)), _mask(text, behind.span())
    of_split = _EPOCH_BEHIND_SPLIT.match(lower) if epoch is None and step is None else None
    if of_split:
        return CounterSpans(of_split.span(2)), _mask(text, of_split.span(2))
    if epoch is None and step is None:
        planned = _PLANNED_EPOCHS.search(lower) if "epoch" in lower else None
        return (CounterSpans(total_epochs=_spans(planned)[0]) if planned else NO_SPANS), text
    for match in (epoch, step):
        if match:
            text = _mask(text, match.span())
    counters = _counters(epoch, step)
    batches = _BATCHES.search(lower_same_length(text)) if "/" in text and _lacks_progress(counters) else None
    if batches:
        done, length = _spans(batches)
        return counters._replace(done=done, length=length), _mask(text, batches.span())
    return counters, text


def _find_step(lower: str) -> re.Match[str] | None:
    if not _STEP_HINT.search(lower):
        return None
    of_all_epochs = _GLOBAL_STEP.search(lower) if "global" in lower else None
    return of_all_epochs or _STEP.search(lower) or _STEP_AT_START.match(lower)


def _with_global_step(brackets: re.Match[str], lower: str) -> CounterSpans:
    """Return the counters of ``[epoch/epochs] [batch/batches]``, and the step where the line has one of all epochs."""
    epoch, total_epochs, batch, batches = _spans(brackets)
    step = _GLOBAL_STEP.search(lower, brackets.end()) if "global" in lower else None
    if step:
        return CounterSpans(epoch, step.span(2), total_epochs=total_epochs)
    return CounterSpans(epoch, None, batch, batches, total_epochs)


def _lacks_progress(counters: CounterSpans) -> bool:
    """Return whether *counters* have an epoch, but not how much of it is done."""
    return counters.epoch is not None and counters.done is None and counters.step is None


def _spans(match: re.Match[str]) -> list[Span]:
    """Return the places of the groups that are not empty."""
    return [match.span(group) for group, digits in enumerate(match.groups(), 1) if digits]


def _mask(text: str, span: Span) -> str:
    # The same length, so that other matches stay where they are.
    return text[: span[0]] + "," * (span[1] - span[0]) + text[span[1] :]


def _counters(epoch: re.Match[str] | None, step: re.Match[str] | None) -> CounterSpans:
    number, total_epochs = (_span(epoch, 2), _span(epoch, 3)) if epoch else (None, None)
    mode = (epoch and epoch.group(1)) or (step and step.group(1)) or ""
    if step and not (epoch and epoch.start() <= step.start() < epoch.end()):
        done, total = step.span(2), _span(step, 3)
        if epoch:
            return CounterSpans(number, done, done if total else None, total, total_epochs, None, mode)
        return CounterSpans(number, done, None, None, total_epochs, total, mode)
    progress = (_span(epoch, 4), _span(epoch, 5)) if epoch else (None, None)
    return CounterSpans(number, None, *progress, total_epochs, None, mode)


def _span(match: re.Match[str], group: int) -> Span | None:
    return match.span(group) if match.group(group) else None
