"""What a line of output says: of which epoch or step it is, and which numbers it gives."""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import islice
from typing import NamedTuple

from lossmon.core.naming import is_loss, is_metric
from lossmon_adapters.console.counters import Count, count_in, lowered
from lossmon_adapters.console.values import SPLIT, values_in

_ESCAPE = re.compile(r"\x1b\[[0-9;?]{0,32}[A-Za-z]")
_BATCH = re.compile(
    r"\b(test|val|valid|validation|eval)\b(?:\s\(([a-z0-9_]{1,16})\))?:?\s{0,4}"
    r"\[\s{0,8}([0-9]{1,9})\s{0,4}/\s{0,8}([0-9]{1,9})\]"
)
_COMMENT = re.compile(r"\bepoch [0-9]{1,9}: \w{1,64} (?:improved|did not improve)", re.IGNORECASE)
_LAST_STEP = re.compile(r"\s0s\s[0-9.]{1,9}[mu]?s/step - ")
_BAR = re.compile(r"\s{0,8}([0-9]{1,9})/([0-9]{1,9})\s")
_SET = re.compile(r"[_ ]?([0-9]{1,2})(?![0-9])")
_TRAIN_SIDES = {"tra", "lea"}
_MOST_VALUES = 64


class Reading(NamedTuple):
    """What one line says."""

    at: Count
    values: list[tuple[str, float]]
    """Tags and numbers; empty if none of them is a loss or a usual metric."""
    passing: bool = False
    """It is a Keras bar that is drawn again: before its last step, or maybe before validation is added to it."""
    evaluation: bool = False
    """What it counts are batches of an evaluation; its values are means so far, where the line has them in brackets."""

    @property
    def epoch(self) -> float | None:
        """The epoch it says it is of."""
        return self.at.epoch

    @property
    def step(self) -> int | None:
        """The step it says it is of."""
        return self.at.step

    @property
    def tags(self) -> set[str]:
        """The tags it has numbers of."""
        return {tag for tag, _ in self.values}

    @property
    def counts(self) -> bool:
        """Whether it says of which epoch or step of the training it is."""
        return self.at.epoch is not None or (self.at.step is not None and not self.evaluation)

    @property
    def unfinished(self) -> bool:
        """Whether it says that more of the same steps will follow."""
        return self.at.step is not None and self.at.steps is not None and self.at.step < self.at.steps


NOTHING = Reading(Count(), [])


def plain(text: str) -> str:
    """Return *text* without the escapes that colour it or move the cursor."""
    return _ESCAPE.sub("", text) if "\x1b" in text else text


def read(line: str) -> Reading:
    """Return what *line* says; ``NOTHING`` of lines that only comment on a loss, or sum up a run."""
    line = plain(line)
    if "train_runtime" in line or ("improve" in line and _COMMENT.search(line)):
        return NOTHING
    batch = _BATCH.search(lowered(line)) if "[" in line and "/" in line else None
    qualified = f"{batch.group(1)}_{batch.group(2)}" if batch and batch.group(2) else ""
    count, line = count_in(line)
    if batch and count.epoch is None and count.step is None:
        count = Count(step=int(batch.group(3)), steps=int(batch.group(4)))
    said = SPLIT.fullmatch(count.mode)
    evaluation = batch is not None or _is_of_evaluation(count)
    values = list(islice(values_in(line, count.mode if said else "", means=evaluation), _MOST_VALUES))
    if qualified:
        values = [(f"{qualified}/{tag.rpartition('/')[2]}", number) for tag, number in values]
    passing = ("s/step" in line or "ETA" in line) and _is_passing(line, values)
    return Reading(count, telling(values), passing, evaluation)


def _is_passing(line: str, values: list[tuple[str, float]]) -> bool:
    """Say whether *line* is a Keras bar that will be drawn again, be it on a line of its own."""
    bar = _BAR.match(line)
    unfinished = bar is not None and int(bar.group(1)) < int(bar.group(2))
    last = bool(_LAST_STEP.search(line)) and not any(tag.startswith("val_") for tag, _ in values)
    return unfinished or last


def _is_of_evaluation(count: Count) -> bool:
    """Say whether steps of an evaluation are counted, as in ``Iter(val) [50/500]``."""
    return count.epoch is None and count.steps is not None and count.mode.lower()[:3] in ("val", "tes", "eva")


def telling(values: list[tuple[str, float]]) -> list[tuple[str, float]]:
    """Return *values* if one of them is a loss or a usual metric, else none."""
    return values if any(_is_metric(tag) for tag, _ in values) else []


@lru_cache(maxsize=1024)
def _is_metric(tag: str) -> bool:
    return is_metric(_known_as(tag))


def _known_as(tag: str) -> str:
    """Return *tag* as its metric is looked up; boosting libraries and llm.c have names of their own."""
    lower = tag.lower()
    return "loss" if lower in ("learn", "test", "trl", "tel") else lower


def losses(reading: Reading) -> set[str]:
    """Return of what there are losses: ``tra``, ``val`` and so on, or nothing where the tag does not say."""
    return {_side(tag)[:3] for tag, _ in reading.values if is_loss(_known_as(tag))}


def sides_of(reading: Reading) -> set[tuple[str, str]]:
    """Return the set of samples and the name of each usual metric that says of which set it is."""
    found = {(_side(tag), _without_side(tag)) for tag, _ in reading.values if _is_metric(tag)}
    return {(side, name) for side, name in found if side}


def pairs(sides: set[tuple[str, str]]) -> bool:
    """Say whether one metric is both of train and of something held out, or of two sets with numbers."""
    by_name: dict[str, set[str]] = {}
    for side, name in sides:
        by_name.setdefault(name, set()).add(side)
    return any(len(found) > 1 and not found <= _TRAIN_SIDES for found in by_name.values())


@lru_cache(maxsize=1024)
def _without_side(tag: str) -> str:
    said = SPLIT.search(tag)
    number = said and _SET.match(tag, said.end())
    rest = tag[(number or said).end() :] if said else tag
    return rest.strip("/_-. ").lower()


@lru_cache(maxsize=1024)
def _side(tag: str) -> str:
    said = SPLIT.search(tag)
    if not said:
        return ""
    number = _SET.match(tag, said.end())
    return said.group(1).lower()[:3] + (number.group(1) if number else "")
