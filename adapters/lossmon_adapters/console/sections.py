"""Headings of sections: lines with nothing but the name of a data split between ornaments, as ``==TEST==``."""

from __future__ import annotations

import re

from lossmon.core.metric_names import SPLIT_WORDS, SUMMARY_WORDS, TRAIN_WORDS
from lossmon_adapters.console.line_parser import ParsedLine
from lossmon_adapters.console.values import SPLIT_WORD
from lossmon_adapters.shared.columns import MAX_TAGS

_HEADING = re.compile(
    r"\s{0,16}[=*#~_-]{2,60}\s{0,4}([A-Za-z]{2,16})(?:[ _]([A-Za-z]{2,16}))?\s{0,4}[=*#~_:-]{2,60}\s{0,16}"
)
SUMMARY = "summary"
"""The name of a section that repeats values of an earlier epoch."""


def name_of_section(text: str) -> str:
    """Return the data split that *text* is the heading of, or ``SUMMARY``; empty if it is none.

    >>> name_of_section("==TEST=="), name_of_section("==BEST TEST=="), name_of_section("== Layers ==")
    ('test', 'summary', '')
    """
    match = _HEADING.fullmatch(text)
    words = [word.lower() for word in match.groups() if word] if match else []
    if not words or words[-1] not in SPLIT_WORDS:
        return ""
    if len(words) > 1:
        return SUMMARY if words[0] in SUMMARY_WORDS else ""
    return words[0]


class Sections:
    """Says of which split lines are that do not say it themselves, between one heading of a section and the next.

    A heading counts once there was one for train too: where only evaluations have headings, what follows the next
    evaluation may be of train again.
    """

    def __init__(self) -> None:
        self._present = ""
        self._has_train = False
        self._shown: dict[str, tuple[float | None, float]] = {}
        """The epoch and the value that each tag had last in this section."""

    def enter(self, name: str) -> None:
        """Note the heading of the section *name*."""
        self._has_train = self._has_train or name in TRAIN_WORDS
        self._present = name if self._has_train else ""
        self._shown.clear()

    def apply(self, line: ParsedLine) -> ParsedLine:
        """Return *line* with the split of its section; without values in a section that repeats them."""
        if not self._present or not line.values:
            return line
        if self._present == SUMMARY:
            return line._replace(values=[])
        new = [(tag, value) for tag, value in line.values if self._is_new(line, tag, value)]
        return line._replace(values=[self._named(tag, value) for tag, value in new])

    def _named(self, tag: str, value: float) -> tuple[str, float]:
        return tag if SPLIT_WORD.search(tag) else f"{self._present}/{tag}", value

    def _is_new(self, line: ParsedLine, tag: str, value: float) -> bool:
        """Return whether this section has not just shown the same *value* of *tag* for the same epoch."""
        before = self._shown.get(tag)
        if before or len(self._shown) < MAX_TAGS:
            self._shown[tag] = line.epoch, value
        return before is None or before != (line.epoch, value) or line.epoch is None
