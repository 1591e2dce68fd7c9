"""What a line of output says: of which epoch or step it is, and which numbers it gives.

All patterns are linear: their repetitions are bounded or cannot match the same text in two ways.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import NamedTuple

from lossmon_adapters.naming import is_loss, is_metric

_ESCAPE = re.compile(r"\x1b\[[0-9;?]{0,32}[A-Za-z]")
_GAP = r"[\s:=#\[('\"]{0,16}"
_EPOCH = re.compile(
    r"\bepochs?\b(?:\(([a-z]{1,16})\))?" + _GAP + r"([0-9]{1,9}(?:\.[0-9]{1,18})?)(?:\s{0,4}/\s{0,8}([0-9]{1,9}))?"
    r"(?:\]?\s{0,4}\[\s{0,8}([0-9]{1,12})\s{0,4}/\s{0,8}([0-9]{1,12}))?['\"\]]?",
    re.IGNORECASE,
)
_STEP = re.compile(
    r"(?:\b(?:global[_ ])?(?:step|iter|iteration)\b" + _GAP + r"|^s:|^\[|^(?=[0-9]{1,9}:\s{1,4}learn:))"
    r"([0-9]{1,12})(?:\s{0,4}/\s{0,8}([0-9]{1,12}))?['\"\]]?(?!\.?[0-9])",
    re.IGNORECASE,
)
_NUMBER = r"[-+]?(?:[0-9]{1,32}(?:\.[0-9]{0,32})?(?:e[-+]?[0-9]{1,4})?|\.[0-9]{1,32}|nan|inf(?:inity)?)"
_VALUE = re.compile(
    r"(?:[:=]|(?<=loss)(?=\s))\s{0,16}['\"]?("
    + _NUMBER
    + r")(?![\w:/])(?:\s{0,4}\(\s{0,8}("
    + _NUMBER
    + r")\s{0,4}\))?",
    re.IGNORECASE,
)
_BATCH = re.compile(
    r"\b(?:test|val|valid|validation|eval)\b:?\s{0,4}\[\s{0,8}[0-9]{1,9}\s{0,4}/\s{0,8}[0-9]{1,9}\]", re.IGNORECASE
)
_BETWEEN = re.compile(r"[,|;\t{}()\[\]:]|\s-\s|\s\s|\.\.")
_SPLIT = re.compile(
    r"(?<![a-z0-9])(train|training|learn|val|valid|validation|eval|evaluation|test)(?![a-z0-9])", re.IGNORECASE
)
_COMMENT = re.compile(r"\bepoch [0-9]{1,9}: \w{1,64} (?:improved|did not improve)", re.IGNORECASE)
_LAST_STEP = re.compile(r"\s0s\s[0-9.]{1,9}[mu]?s/step - ")
_SUMMARY = re.compile(r"\b(?:best|final|lowest|min|max|minimum|maximum|patience|threshold|improved)\b", re.IGNORECASE)
_NOT_METRICS = {"time", "eta", "elapsed", "total", "remaining", "v_num"}
_TRAIN_SIDES = {"tra", "lea"}
_LONGEST_NAME = 48
_MOST_WORDS = 5
_MOST_VALUES = 64
_AROUND_NAME = " \t'\"*-.><~"


class Reading(NamedTuple):
    """What one line says."""

    epoch: float | None
    step: int | None
    within: tuple[int, int] | None
    """How far into the epoch it is, and how long the epoch is, in steps or samples."""
    values: list[tuple[str, float]]
    """Tags and numbers; empty if none of them is a loss or a usual metric."""
    passing: bool = False
    """It may be a Keras bar with its last step, before validation is added to it."""
    epochs: int | None = None
    """How many epochs there will be."""
    steps: int | None = None
    """How many steps there will be, where they are not counted anew in each epoch."""
    batch: bool = False
    """It is of one batch of an evaluation; its values are the means so far, where the line has them in brackets."""

    @property
    def tags(self) -> set[str]:
        """The tags it has numbers of."""
        return {tag for tag, _ in self.values}


NOTHING = Reading(None, None, None, [])


def read(line: str) -> Reading:
    """Return what *line* says; ``NOTHING`` of lines that only comment on a loss, or sum up a run."""
    if "\x1b" in line:
        line = _ESCAPE.sub("", line)
    if "train_runtime" in line or _COMMENT.search(line):
        return NOTHING
    epoch = _EPOCH.search(line)
    step = _STEP.search(line)
    counted = _counted(epoch, step)
    for match in (epoch, step):
        if match:
            # The same length, so that the other match stays where it is; a comma, so that no name spans it.
            line = line[: match.start()] + "," * len(match.group()) + line[match.end() :]
    batch = bool(_BATCH.search(line))
    found = _values(line, epoch.group(1) if epoch else "", means=batch)
    values = _masked_nan(list(islice(found, _MOST_VALUES)))
    telling = any(is_metric(_plain(tag)) for tag, _ in values)
    passing = bool(_LAST_STEP.search(line)) and not any(tag.startswith("val_") for tag, _ in values)
    epochs = int(epoch.group(3)) if epoch and epoch.group(3) else None
    steps = int(step.group(2)) if step and step.group(2) and not epoch else None
    return Reading(*counted, values if telling else [], passing, epochs, steps, batch)


def _counted(
    epoch: re.Match[str] | None, step: re.Match[str] | None
) -> tuple[float | None, int | None, tuple[int, int] | None]:
    number = float(epoch.group(2)) if epoch else None
    if step and not (epoch and epoch.start() <= step.start() < epoch.end()):
        within = (int(step.group(1)), int(step.group(2))) if step.group(2) else None
        return number, int(step.group(1)), within if epoch else None
    if epoch and epoch.group(4):
        return number, None, (int(epoch.group(4)), int(epoch.group(5)))
    return number, None, None


def _values(line: str, mode: str | None, *, means: bool) -> Iterator[tuple[str, float]]:
    """Yield the tags and numbers of a line; what is said of train or validation holds until the other is said.

    Of ``Loss 2.3 (2.1)`` the mean so far is in brackets, which are looked into if *means* are wanted.
    """
    split = mode.lower() if mode and _SPLIT.fullmatch(mode) else ""
    begin = 0
    for match in _VALUE.finditer(line):
        *before, last = _BETWEEN.split(line[begin : match.start()])
        begin = match.end()
        for piece in before:
            said = _SPLIT.search(piece)
            split = said.group(1).lower() if said else split
        name = _name(last)
        if _is_name(name):
            yield (
                name if _SPLIT.search(name) or not split else f"{split}/{name}",
                float((means and match.group(2)) or match.group(1)),
            )


def _name(text: str) -> str:
    """Return the words of *text* from the first that is no number on: where a bar was wrapped numbers come first."""
    words = text.strip(_AROUND_NAME).split()
    first = next((at for at, word in enumerate(words) if word[0].isalpha() and word.lower() != "nan"), len(words))
    return " ".join(words[first:])


def _is_name(name: str) -> bool:
    return (
        0 < len(name) <= _LONGEST_NAME
        and name[-1] not in "+-*/"
        and len(name.split()) <= _MOST_WORDS
        and name.lower() not in _NOT_METRICS
        and not _SUMMARY.search(name)
    )


def _plain(tag: str) -> str:
    """Return *tag* as its metric is looked up; boosting libraries and llm.c have names of their own."""
    lower = tag.lower()
    return "loss" if lower in ("learn", "test", "trl", "tel") else lower


def _masked_nan(values: list[tuple[str, float]]) -> list[tuple[str, float]]:
    """Show the loss that Hugging Face hides: exactly 0 beside a gradient that is NaN."""
    if any(tag == "grad_norm" and math.isnan(number) for tag, number in values):
        return [(tag, math.nan if tag == "loss" and number == 0 else number) for tag, number in values]
    return values


def losses(reading: Reading) -> set[str]:
    """Return of what there are losses: ``train``, ``val`` and so on, or nothing where the tag does not say."""
    return _sides(tag for tag, _ in reading.values if is_loss(_plain(tag)))


def pairs(reading: Reading) -> bool:
    """Say whether there are usual metrics both of train and of something held out."""
    sides = _sides(tag for tag, _ in reading.values if is_metric(_plain(tag))) - {""}
    return bool(sides & _TRAIN_SIDES) and bool(sides - _TRAIN_SIDES)


def _sides(tags: Iterable[str]) -> set[str]:
    found = (_SPLIT.search(tag) for tag in tags)
    return {said.group(1).lower()[:3] if said else "" for said in found}
