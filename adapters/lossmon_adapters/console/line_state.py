"""Reads output line by line, and remembers what the lines before said of those that follow."""

from __future__ import annotations

import re

from lossmon_adapters.console.line_parser import NOTHING, Reading, losses, pairs, read, sides_of
from lossmon_adapters.console.tables import Grid, Sides, header_in
from lossmon_adapters.console.values import SPLIT, noun
from lossmon_adapters.shared.segments import Segments

LONGEST = 8192
"""Bytes of a line that is read."""

# A line without any of these is not looked at: most lines of most logs are something else.
_WORTH_READING = re.compile(
    rb"loss|epoch|step|iter|acc|err|mse|mae|auc|l1|l2|ppl|nll|perplexity|entropy|learn:|trl:|tel:|valid|eval|metrics"
)
_HEADING = re.compile(
    r"\b(validating|evaluating)\b|\b(eval|evaluation|validation) begin|\brunning (evaluation|validation)\b|"
    r"^\s{0,8}(test|val|valid|validation|eval|evaluation)\b[a-z ]{0,16}:\s*$",
    re.IGNORECASE,
)
_TRAINS = re.compile(r"\btraining\W{0,8}$", re.IGNORECASE)
_SUMMED_UP = re.compile(r"\*{3,8} \w{1,16} metrics \*{3,8}")


class Reader:
    """Reads one line after the other.

    Below the header of a table lines are its rows. A heading such as ``Validating`` says of which set of samples the
    next numbers are, where they do not say so themselves.
    """

    def __init__(self) -> None:
        self._table: Grid | Sides | None = None
        self._heading = ""
        self._summing_up = False
        self._steps: tuple[int, int] | None = None

    def read(self, segment: bytes, end: bytes) -> Reading:
        """Return what *segment* says that was ended by the byte *end*."""
        worth = _WORTH_READING.search(segment.lower())
        if self._table is None and not worth:
            return NOTHING
        line = segment.decode("utf-8", "replace")
        row = self._table.row(line) if self._table else None
        if row:
            return row
        return self._say(line, read(line), ended=end == b"\n") if worth else NOTHING

    def _say(self, line: str, reading: Reading, *, ended: bool) -> Reading:
        if self._is_summary(line):
            return NOTHING
        if not reading.values:
            return self._head(line, reading) if ended else reading
        if self._heading:
            return self._below_heading(reading, ended=ended)
        if reading.unfinished and reading.at.step is not None and reading.at.steps is not None:
            self._steps = reading.at.step, reading.at.steps
        return reading

    def _is_summary(self, line: str) -> bool:
        """Say whether *line* is of the block in which Hugging Face's examples sum up a run that has ended."""
        if "metrics" in line and _SUMMED_UP.search(line):
            self._summing_up = True
        elif not line.startswith("  "):
            self._summing_up = False
        return self._summing_up

    def _head(self, line: str, reading: Reading) -> Reading:
        """Take note of a line without values: it may be a heading, or the header of a table."""
        heading = _HEADING.search(line)
        if heading:
            self._heading = noun(next(word for word in heading.groups() if word).lower())
            return NOTHING
        if reading.counts or _TRAINS.search(line):
            self._heading = ""
        else:
            self._table = header_in(line) or self._table
        return reading

    def _below_heading(self, reading: Reading, *, ended: bool) -> Reading:
        if self._goes_on(reading) or any(SPLIT.search(tag) for tag in reading.tags):
            self._heading = ""
            return reading
        values = [(f"{self._heading}/{tag}", number) for tag, number in reading.values]
        if ended and not reading.unfinished:
            self._heading = ""
        return reading._replace(values=values, evaluation=True)

    def _goes_on(self, reading: Reading) -> bool:
        """Say whether *reading* is of the training: it says which epoch or step it is of, and not of an evaluation."""
        count = reading.at
        if count.step is None or count.epoch is not None:
            return reading.counts
        before = self._steps
        return count.steps is None or (before is not None and count.steps == before[1] and count.step > before[0])


def shows_loss(head: bytes) -> bool:
    """Say whether *head* is of a training: a step or epoch was said, and then a loss or both sides of another metric.

    Losses both of train and of validation are enough by themselves.
    """
    counted = False
    splits: set[str] = set()
    sides: set[tuple[str, str]] = set()
    reader = Reader()
    for segment, end in Segments(LONGEST).feed(head + b"\n"):
        reading = reader.read(segment, end)
        counted = counted or reading.counts
        splits |= losses(reading)
        if reading.counts:
            sides |= sides_of(reading)
        if counted and (losses(reading) or pairs(sides_of(reading)) or pairs(sides)):
            return True
        if {"tra", "val"} <= splits:
            return True
    return False
