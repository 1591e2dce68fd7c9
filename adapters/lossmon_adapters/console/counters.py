"""Of which epoch and step a line of output says it is.

All patterns are linear: their repetitions are bounded or cannot match the same text in two ways.
"""

from __future__ import annotations

import re
from typing import NamedTuple

# "if step == 10" in source that was printed counts nothing.
_GAP = r"(?!\s{0,4}==)[\s:=#\[('\"]{0,16}"
_OF = r"(?:\s{0,4}/\s{0,8}([0-9]{1,12}))?"
_PART = r"([0-9]{1,9})\s{0,4}/\s{0,8}([0-9]{1,9})"
_MODE = r"(?:\(([a-z]{1,16})\))?"
_EPOCH = re.compile(
    r"(?:\b(?:epoch|ep)\b\.?" + _MODE + r"|"
    # "epochs=90" is a setting; "epochs 3/90" is not, and "Epochs: 3, loss" at the beginning of a line is not.
    r"\bepochs\b(?=" + _GAP + r"[0-9]{1,9}\s{0,4}/)|^\W{0,8}epochs\b(?=" + _GAP + r"[0-9]{1,9}\W{1,8}[a-z])|"
    # "Train: 0 [ 50/1251" and "Train: [0/300][50/1251": what comes before the batches is the epoch.
    r"\btrain:(?=\s{0,4}\[?[0-9]{1,6}(?:/[0-9]{1,6}\])?\s{0,4}\[\s{0,8}[0-9]{1,9}\s{0,4}/))"
    + _GAP
    + r"([0-9]{1,9}(?:\.[0-9]{1,18})?)"
    + _OF
    + r"(?:\]?\s{0,4}\[\s{0,8}([0-9]{1,12})\s{0,4}/\s{0,8}([0-9]{1,12}))?['\"\]]?"
)
_BATCHES = re.compile(
    r"\bbatch(?:es)?\b" + _GAP + _PART + r"|" + _PART + r"\s{1,4}batches\b|,:\s{1,8}" + _PART + r"(?=\s)"
)
_NTH_EPOCH = re.compile(r"\b([0-9]{1,6})epoch\b")
_PLANNED = re.compile(
    r"\b(?:num|max|total|scheduled)[ _](?:train[ _])?epochs?['\"]?\s{0,24}[:=]\s{0,8}([0-9]{1,6})(?![0-9.])|"
    r"\btraining for ([0-9]{1,6}) epochs\b"
)
_BOTH = re.compile(r"\s{0,8}(?:\[([0-9]{1,6}),\s{1,8}([0-9]{1,9})\]|([0-9]{1,6})\|([0-9]{1,9})\|)(?=[a-z\s]{0,16}loss)")
_STEP = re.compile(
    r"(?:\b(?:global[_ ])?(?:step|iter|iteration)\b" + _MODE + _GAP + r"|^s:|"
    r"^\s{0,16}(?:\[[0-9/:. -]{5,24}\]\s{1,4})?\[(?=[0-9]{1,9}(?:/[0-9]{1,9})?\])|"
    r"^\s{0,8}(?=[0-9]{1,9}:\s{1,4}(?:learn:|[0-9.]{1,24},\s{1,4}[0-9.]{1,24} avg loss)))"
    r"([0-9]{1,12})" + _OF + r"['\"\]]?(?!\.?[0-9]|[a-z])"
)
# A line with none of these counts no steps.
_STEPS = re.compile(r"step|iter|^s:|^[\s0-9]{0,16}[\[:]")


class Count(NamedTuple):
    """How far the training is by what one line says."""

    epoch: float | None = None
    step: int | None = None
    within: tuple[int, int] | None = None
    """How far into the epoch it is, and how long the epoch is, in steps or samples."""
    epochs: int | None = None
    """How many epochs there will be."""
    steps: int | None = None
    """How many steps there will be, in all or in the epoch, where the line does not say the epoch too."""
    mode: str = ""
    """The word in brackets of ``Epoch(val)``."""


_NOTHING = Count()


def lowered(line: str) -> str:
    """Return *line* in lower case for a search, since one that ignores case takes many times as long."""
    lower = line.lower()
    return lower if len(lower) == len(line) else line


def count_in(line: str) -> tuple[Count, str]:
    """Return what *line* counts, and the line with commas in the place of that, so that no name spans it."""
    lower = lowered(line)
    both = _BOTH.match(lower)
    if both:
        epoch, step = (int(digits) for digits in both.groups() if digits)
        return Count(epoch, step), _without(line, both)
    counts = "ep" in lower or "train:" in lower
    epoch_said = _EPOCH.search(lower) if counts else None
    step_said = _STEP.search(lower) if _STEPS.search(lower) else None
    nth = _NTH_EPOCH.search(lower) if epoch_said is None and "epoch" in lower else None
    if nth:
        return Count(float(nth.group(1))), _without(line, nth)
    if epoch_said is None and step_said is None:
        planned = _PLANNED.search(lower) if "epoch" in lower else None
        return (Count(epochs=int(planned.group(1) or planned.group(2))) if planned else _NOTHING), line
    for match in (epoch_said, step_said):
        if match:
            line = _without(line, match)
    count = _count(epoch_said, step_said)
    part = _BATCHES.search(lowered(line)) if "/" in line and _is_whole(count) else None
    return (count._replace(within=_part(part)), _without(line, part)) if part else (count, line)


def _is_whole(count: Count) -> bool:
    """Say whether *count* is of an epoch, and does not say how far into it the training is."""
    return count.epoch is not None and count.within is None and count.step is None


def _part(match: re.Match[str]) -> tuple[int, int]:
    done, length = (int(digits) for digits in match.groups() if digits)
    return done, length


def _without(line: str, match: re.Match[str]) -> str:
    # The same length, so that other matches stay where they are.
    return line[: match.start()] + "," * len(match.group()) + line[match.end() :]


def _count(epoch: re.Match[str] | None, step: re.Match[str] | None) -> Count:
    number = float(epoch.group(2)) if epoch else None
    epochs = int(epoch.group(3)) if epoch and epoch.group(3) else None
    mode = (epoch and epoch.group(1)) or (step and step.group(1)) or ""
    if step and not (epoch and epoch.start() <= step.start() < epoch.end()):
        at, total = int(step.group(2)), int(step.group(3)) if step.group(3) else None
        if epoch:
            return Count(number, at, (at, total) if total is not None else None, epochs, None, mode)
        return Count(number, at, None, epochs, total, mode)
    within = (int(epoch.group(4)), int(epoch.group(5))) if epoch and epoch.group(4) else None
    return Count(number, None, within, epochs, None, mode)
