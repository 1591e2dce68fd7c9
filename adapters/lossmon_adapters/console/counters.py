"""Parse the epoch and step counters of a line of output.

All patterns run in linear time: their repetitions are bounded or cannot match the same text in two ways.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from lossmon.core.metric_names import EVALUATION_BATCH_WORDS, PRINTED_EPOCH_WORDS, PRINTED_STEP_WORDS

_EPOCH_WORD = rf"(?:{'|'.join(PRINTED_EPOCH_WORDS)})"
_STEP_WORD = rf"(?:{'|'.join(PRINTED_STEP_WORDS)})"
# "if step == 10" in printed source code is not a counter.
_SEPARATOR = r"(?!\s{0,4}==)[\s:=#\[('\"]{0,16}"
_OF_TOTAL = r"(?:\s{0,4}/\s{0,8}([0-9]{1,12}))?"
_DONE_OF_TOTAL = r"([0-9]{1,9})\s{0,4}/\s{0,8}([0-9]{1,9})"
_MODE = r"(?:\(([a-z]{1,16})\))?"
_EPOCH = re.compile(
    rf"(?:\b{_EPOCH_WORD}\b\.?" + _MODE + r"|"
    # "epochs=90" is a setting; "epochs 3/90" is not, and "Epochs: 3, loss" at the beginning of a line is not.
    rf"\bepochs\b(?={_SEPARATOR}[0-9]{{1,9}}\s{{0,4}}/)|^\W{{0,8}}epochs\b(?={_SEPARATOR}[0-9]{{1,9}}\W{{1,8}}[a-z])|"
    # "Train: 0 [ 50/1251" and "Train: [0/300][50/1251": the number before the batches is the epoch.
    r"\btrain:(?=\s{0,4}\[?[0-9]{1,6}(?:/[0-9]{1,6}\])?\s{0,4}\[\s{0,8}[0-9]{1,9}\s{0,4}/))"
    + _SEPARATOR
    + r"([0-9]{1,9}(?:\.[0-9]{1,18})?)"
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
    r"\btraining for ([0-9]{1,6}) epochs\b"
)
_EPOCH_AND_STEP = re.compile(
    r"\s{0,8}(?:\[([0-9]{1,6}),\s{1,8}([0-9]{1,9})\]|([0-9]{1,6})\|([0-9]{1,9})\|)(?=[a-z\s]{0,16}loss)"
)
_STEP_NUMBER = r"([0-9]{1,12})" + _OF_TOTAL + r"['\"\]]?(?!\.?[0-9]|[a-z])"
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


def lower_same_length(text: str) -> str:
    """Return *text* in lower case, or as it is where that would change its length and so the places in it.

    Searching it takes a small part of the time of a search that ignores case.
    """
    lower = text.lower()
    return lower if len(lower) == len(text) else text


def parse_counters(text: str) -> tuple[Counters, str]:
    """Return the counters of *text*, and the line with commas in their place, so that no metric name includes them.

    >>> counters, rest = parse_counters("Epoch 3/20, loss: 0.5")
    >>> counters.epoch, counters.total_epochs, rest
    (3.0, 20, ',,,,,,,,,,, loss: 0.5')
    """
    lower = lower_same_length(text)
    both = _EPOCH_AND_STEP.match(lower)
    if both:
        epoch_number, step_number = (int(digits) for digits in both.groups() if digits)
        return Counters(epoch_number, step_number), _mask(text, both)
    brackets = _EPOCH_AND_BATCH.match(lower)
    if brackets:
        return _with_global_step(brackets, lower), _mask(text, brackets)
    # "ep" is in every word for an epoch; most lines have none, and the search takes much longer than this test.
    epoch = _EPOCH.search(lower) if "ep" in lower or "train:" in lower else None
    step = _find_step(lower)
    behind = _EPOCH_BEHIND_NUMBER.search(lower) if epoch is None and "epoch" in lower else None
    if behind:
        return Counters(float(behind.group(1))), _mask(text, behind)
    of_split = _EPOCH_BEHIND_SPLIT.match(lower) if epoch is None and step is None else None
    if of_split:
        return Counters(float(of_split.group(2))), text[: of_split.end(1)] + "," + text[of_split.end() :]
    if epoch is None and step is None:
        planned = _PLANNED_EPOCHS.search(lower) if "epoch" in lower else None
        return (Counters(total_epochs=int(planned.group(1) or planned.group(2))) if planned else NO_COUNTERS), text
    for match in (epoch, step):
        if match:
            text = _mask(text, match)
    counters = _counters(epoch, step)
    batches = _BATCHES.search(lower_same_length(text)) if "/" in text and _lacks_progress(counters) else None
    if batches:
        return counters._replace(epoch_progress=_done_of_total(batches)), _mask(text, batches)
    return counters, text


def _find_step(lower: str) -> re.Match[str] | None:
    if not _STEP_HINT.search(lower):
        return None
    of_all_epochs = _GLOBAL_STEP.search(lower) if "global" in lower else None
    return of_all_epochs or _STEP.search(lower) or _STEP_AT_START.match(lower)


def _with_global_step(brackets: re.Match[str], lower: str) -> Counters:
    """Return the counters of ``[epoch/epochs] [batch/batches]``, and the step where the line has one of all epochs."""
    epoch, total_epochs, batch, batches = map(int, brackets.groups())
    step = _GLOBAL_STEP.search(lower, brackets.end()) if "global" in lower else None
    if step:
        return Counters(epoch, int(step.group(2)), None, total_epochs)
    return Counters(epoch, None, (batch, batches), total_epochs)


def _lacks_progress(counters: Counters) -> bool:
    """Return whether *counters* have an epoch, but not how much of it is done."""
    return counters.epoch is not None and counters.epoch_progress is None and counters.step is None


def _done_of_total(match: re.Match[str]) -> tuple[int, int]:
    done, total = (int(digits) for digits in match.groups() if digits)
    return done, total


def _mask(text: str, match: re.Match[str]) -> str:
    # The same length, so that other matches stay where they are.
    return text[: match.start()] + "," * len(match.group()) + text[match.end() :]


def _counters(epoch: re.Match[str] | None, step: re.Match[str] | None) -> Counters:
    number = float(epoch.group(2)) if epoch else None
    total_epochs = int(epoch.group(3)) if epoch and epoch.group(3) else None
    mode = (epoch and epoch.group(1)) or (step and step.group(1)) or ""
    if step and not (epoch and epoch.start() <= step.start() < epoch.end()):
        done, total = int(step.group(2)), int(step.group(3)) if step.group(3) else None
        if epoch:
            return Counters(number, done, (done, total) if total is not None else None, total_epochs, None, mode)
        return Counters(number, done, None, total_epochs, total, mode)
    progress = (int(epoch.group(4)), int(epoch.group(5))) if epoch and epoch.group(4) else None
    return Counters(number, None, progress, total_epochs, None, mode)
