"""Parse the named numbers of a line of output.

All patterns run in linear time: their repetitions are bounded or cannot match the same text in two ways.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from lossmon.core.metric_names import (
    MEAN_WORDS,
    NOT_METRIC_NAMES,
    PRINTED_SPLIT_WORDS,
    SPLIT_OF_VERB,
    SPLITS_BEFORE_NUMBER,
    SUMMARY_WORDS,
    TIME_WORDS,
    is_metric,
)
from lossmon_adapters.console.counters import Span, lower_same_length
from lossmon_adapters.console.plain_text import NUMBER, origin

LONGEST_NAME = 48
"""Characters of a metric name in captured output; what is longer is prose."""
MOST_WORDS = 5
"""Words of a metric name before a number; what has more is prose."""

_BEFORE_FRACTION = "|".join(rf"(?<={word})(?=\s{{1,8}}[0-9]{{1,9}}\.)" for word in SPLITS_BEFORE_NUMBER)
# "The loss is NaN since epoch 3" is prose.
_END_OF_CLAUSE = r"\s{0,4}(?:$|[,;|()\[\]]|\.(?:\s|$)|(?:and\s)?(?:[a-z]{1,16}[\s_]){0,3}(?:loss|acc))"
_VALUE = re.compile(
    r"(?:[:=]>?|(?<=[a-z\])]\s)->|(?<=loss)(?=\s)|"
    rf"(?:(?<=loss)|(?<=acc)|(?<=accuracy)|(?<=so far))\sis(?=\s{{1,4}}{NUMBER}{_END_OF_CLAUSE})|"
    + _BEFORE_FRACTION
    + r")\s{0,16}['\"]?("
    + NUMBER
    + r")(?:,([0-9]{1,16})(?![\w.,:/]))?(?![\w/]|:(?!\s)|\.[0-9])(?:\s{0,4}\(\s{0,8}("
    + NUMBER
    + r")\s{0,4}\))?"
)  # fmt: skip
_NAME_BEHIND_NUMBER = re.compile(
    rf"(?<![\w.])({NUMBER})\s{{1,4}}((?:{'|'.join(sorted(MEAN_WORDS))}|total)\s{{1,4}}loss|loss)\s{{0,4}}(?=,|$)"
)
NAME_SEPARATOR = re.compile(r"[,|;\t{}()\[\]:]|\s-\s|\s\s|\.\.")
SPLIT_WORD = re.compile(rf"(?<![a-z0-9])({'|'.join(PRINTED_SPLIT_WORDS)})(?![a-z0-9])", re.IGNORECASE)
"""Finds a word that names a data split."""
_SUMMARY = re.compile(rf"\b(?:{'|'.join(sorted(SUMMARY_WORDS))})\b", re.IGNORECASE)
_COST_OF_TIME = re.compile(
    rf"\b(?:{'|'.join(TIME_WORDS)})[ _]?costs?\b|\bcosts?[ _]?(?:{'|'.join(TIME_WORDS)})\b", re.IGNORECASE
)
_AROUND_NAME = " \t'\"*-.><~"


class NamedNumber(NamedTuple):
    """A tag, and where in the line its number is."""

    tag: str
    begin: int
    end: int
    name: Span = (0, 0)
    """Where the text is that *tag* was made of, if it may have digits; its other digits do not matter."""
    has_decimal_comma: bool = False

    def moved(self, by: int) -> NamedNumber:
        """Return it as it is in a longer line, where it stands *by* characters further on."""
        name = self.name[0] + by, self.name[1] + by
        return self._replace(begin=self.begin + by, end=self.end + by, name=name)

    def at_origins(self, origins: Sequence[int]) -> NamedNumber:
        """Return it as it is in the text from which each character was taken, by its place there."""
        begin, end = origin((self.begin, self.end), origins)
        name = origin(self.name, origins) if self.name[1] > self.name[0] else (0, 0)
        return self._replace(begin=begin, end=end, name=name)


class _Label(NamedTuple):
    """The parts of the text before a number."""

    split: str
    """The data split that was named before the name itself; empty where none was."""
    name: str
    """Empty where the text is no name that a metric can have."""
    metric: str
    """The metric in or before *name*, where *name* has a split word: ``loss`` of ``loss train``. Else empty."""
    has_split: bool
    """Whether *name* itself contains a split word."""
    begin: int
    """Where in the text *name*, or the metric before it, begins."""


def parse_values(text: str, split: str, *, prefer_means: bool) -> Iterator[NamedNumber]:
    """Yield the tag and the place of each value in *text*.

    A split that is named once, at first *split*, holds for the values behind it until another is named. Many programs
    print the mean so far in brackets, ``Loss 2.3 (2.1)``; with *prefer_means* that is the number.

    >>> [number.tag for number in parse_values("Train: loss 0.5 | Val: loss=0.6, acc=0.8", "", prefer_means=False)]
    ['train/loss', 'val/loss', 'val/acc']
    """
    begin, metric, found = 0, "", False
    lower = lower_same_length(text)
    for match in _VALUE.finditer(lower):
        label = _parse_label(text[begin : match.start()])
        split, name = label.split or split, (begin + label.begin, match.start())
        begin = match.end()
        if label.name:
            found = True
            metric = label.metric or metric
            tag = _tag(label, split, metric)
            if prefer_means and match.group(3):
                yield NamedNumber(tag, *match.span(3), name)
            elif _has_decimal_comma(tag, match.group(1), match.group(2)):
                yield NamedNumber(tag, match.start(1), match.end(2), name, has_decimal_comma=True)
            else:
                yield NamedNumber(tag, *match.span(1), name)
    for match in () if found else _NAME_BEHIND_NUMBER.finditer(lower):
        yield NamedNumber(match.group(2), *match.span(1))


def _has_decimal_comma(tag: str, number: str, behind_comma: str | None) -> bool:
    """Return whether *number* goes on behind its comma: ``loss 0,42`` is a fraction, ``tokens 1,000`` is not."""
    return behind_comma is not None and number.isdecimal() and is_metric(tag.lower())


def _tag(label: _Label, split: str, metric: str) -> str:
    if label.has_split:
        return f"{label.name} {metric}" if metric and SPLIT_WORD.fullmatch(label.name) else label.name
    return f"{split}/{label.name}" if split else label.name


# Cached, since line after line has the same words between its numbers.
@lru_cache(maxsize=1024)
def _parse_label(text: str) -> _Label:
    *before, last = NAME_SEPARATOR.split(text.rstrip())
    splits = [match.group(1).lower() for match in map(SPLIT_WORD.search, before) if match]
    name, begin = _trim_name(last), len(text.rstrip()) - len(last)
    has_split = SPLIT_WORD.search(name) is not None
    metric = ""
    if has_split:
        metric = SPLIT_WORD.sub("", name).strip(_AROUND_NAME + "_/")
        if not metric and before:
            metric, begin = _trim_name(before[-1]), _begin_of_last_two(text.rstrip())
    return _Label(
        split_noun(splits[-1]) if splits else "",
        name if _is_metric_name(name) else "",
        metric if is_metric(metric.lower()) else "",
        has_split,
        begin,
    )


def _begin_of_last_two(text: str) -> int:
    """Return where the last but one part of *text* begins."""
    ends = [match.end() for match in NAME_SEPARATOR.finditer(text)]
    return ends[-2] if len(ends) > 1 else 0


def split_noun(word: str) -> str:
    """Return the split that a split word means; verbs become nouns.

    >>> split_noun("validating"), split_noun("val")
    ('validation', 'val')
    """
    return SPLIT_OF_VERB.get(word, word)


def _trim_name(text: str) -> str:
    """Return the words of *text* from the first one that is not a number: a wrapped progress bar has numbers first."""
    words = text.rpartition(" is ")[2].strip(_AROUND_NAME).split()
    first = next((at for at, word in enumerate(words) if word[0].isalpha() and word.lower() != "nan"), len(words))
    return " ".join(words[first:])


def _is_metric_name(name: str) -> bool:
    return (
        0 < len(name) <= LONGEST_NAME
        and name[-1] not in "+-*/"
        and '"' not in name
        and len(name.split()) <= MOST_WORDS
        and name.lower() not in NOT_METRIC_NAMES
        and not _SUMMARY.search(name)
        and not _COST_OF_TIME.search(name)
    )
