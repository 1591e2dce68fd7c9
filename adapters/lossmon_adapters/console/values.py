"""Which numbers a line of output gives, and of what.

All patterns are linear: their repetitions are bounded or cannot match the same text in two ways.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from lossmon.core.naming import is_metric
from lossmon_adapters.console.counters import lowered

NUMBER = r"[-+]?(?:[0-9]{1,32}(?:\.[0-9]{0,32})?(?:e[-+]?[0-9]{1,4})?|\.[0-9]{1,32}|nan|inf(?:inity)?)"
_BEFORE_FRACTION = "|".join(rf"(?<={word})(?=\s{{1,8}}[0-9]{{1,9}}\.)" for word in ("train", "val", "valid", "test"))
_VALUE = re.compile(
    r"(?:[:=]>?|(?<=[a-z\])]\s)->|(?<=loss)(?=\s)|" + _BEFORE_FRACTION + r")\s{0,16}['\"]?("
    + NUMBER
    + r")(?![\w/]|:(?!\s)|\.[0-9])(?:\s{0,4}\(\s{0,8}("
    + NUMBER
    + r")\s{0,4}\))?"
)  # fmt: skip
_NAMED_BEHIND = re.compile(
    r"(?<![\w.])(" + NUMBER + r")\s{1,4}((?:avg|average|mean|total)\s{1,4}loss|loss)\s{0,4}(?=,|$)"
)
_BETWEEN = re.compile(r"[,|;\t{}()\[\]:]|\s-\s|\s\s|\.\.")
SPLIT = re.compile(
    r"(?<![a-z0-9])(train|training|learn|val|vali|valid|validation|validate|validating|dev|eval|evaluation|evaluating|test)"
    r"(?![a-z0-9])",
    re.IGNORECASE,
)
"""A word that says of which set of samples a number is."""
_NOUNS = {"validate": "validation", "validating": "validation", "evaluating": "evaluation"}
_SUMMARY = re.compile(r"\b(?:best|final|lowest|min|max|minimum|maximum|patience|threshold|improved)\b", re.IGNORECASE)
NOT_METRICS = frozenset({"time", "eta", "elapsed", "total", "remaining", "v_num"})
"""Names of numbers that belong to no curve, in lower case."""
_LONGEST_NAME = 48
_MOST_WORDS = 5
_AROUND_NAME = " \t'\"*-.><~"


class _Named(NamedTuple):
    """What the text before a number says."""

    split: str
    """The set of samples that was spoken of before the name; empty where none was."""
    name: str
    """Empty where the number has none that a metric could have."""
    owner: str
    """The metric of which *name*, a set of samples, is one side."""
    spoken: bool
    """Whether the name itself says of which set it is."""


def values_in(line: str, split: str, *, means: bool) -> Iterator[tuple[str, float]]:
    """Yield the tags and numbers of a line; what is said of train or validation holds until the other is said.

    Of ``Loss 2.3 (2.1)`` the mean so far is in brackets, which are looked into if *means* are wanted.
    """
    begin, metric, empty = 0, "", True
    lower = lowered(line)
    for match in _VALUE.finditer(lower):
        named = _named(line[begin : match.start()])
        split = named.split or split
        begin = match.end()
        if named.name:
            empty = False
            metric = named.owner or metric
            yield _tag(named, split, metric), float((means and match.group(2)) or match.group(1))
    for match in _NAMED_BEHIND.finditer(lower) if empty else ():
        yield match.group(2), float(match.group(1))


def _tag(named: _Named, split: str, metric: str) -> str:
    if named.spoken:
        return f"{named.name} {metric}" if metric and SPLIT.fullmatch(named.name) else named.name
    return f"{split}/{named.name}" if split else named.name


# Line after line has the same words between its numbers.
@lru_cache(maxsize=1024)
def _named(text: str) -> _Named:
    *before, last = _BETWEEN.split(text.rstrip())
    said = [found.group(1).lower() for found in map(SPLIT.search, before) if found]
    name = _name(last)
    spoken = SPLIT.search(name)
    owner = ""
    if spoken:
        owner = SPLIT.sub("", name).strip(_AROUND_NAME + "_/") or (_name(before[-1]) if before else "")
    return _Named(
        noun(said[-1]) if said else "",
        name if _is_name(name) else "",
        owner if is_metric(owner.lower()) else "",
        spoken is not None,
    )


def noun(split: str) -> str:
    """Return what a set of samples is called that something is being done with: ``validating`` is of validation."""
    return _NOUNS.get(split, split)


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
        and name.lower() not in NOT_METRICS
        and not _SUMMARY.search(name)
    )
