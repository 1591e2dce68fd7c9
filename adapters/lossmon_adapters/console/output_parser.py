"""Parse output line by line, with what earlier lines say about later ones: table headers and headings."""

from __future__ import annotations

import re

from lossmon.core.metric_names import (
    EVALUATION_HEADING_WORDS,
    EVALUATION_START_WORDS,
    EVALUATION_VERBS,
    TRAIN_AND_VALIDATION_PREFIXES,
)
from lossmon_adapters.console import trainings
from lossmon_adapters.console.counters import lower_same_length
from lossmon_adapters.console.history import parse_history
from lossmon_adapters.console.line_parser import (
    IRRELEVANT,
    Bar,
    ParsedLine,
    has_train_and_held_out,
    parse_line,
    splits_of_metrics,
    splits_with_loss,
)
from lossmon_adapters.console.named_splits import with_named_splits, without_counts
from lossmon_adapters.console.news import may_say_something
from lossmon_adapters.console.plain_text import plain_text
from lossmon_adapters.console.repeats import has_no_validation_yet, is_bar, is_before_first_batch, is_block_bar
from lossmon_adapters.console.tables import EpochTable, SplitTable, parse_table_header
from lossmon_adapters.console.values import SPLIT_WORD, split_noun
from lossmon_adapters.shared.lines import SegmentSplitter

LONGEST_LINE = 8192
"""Bytes of a line that is parsed; the time to search a line grows with its length."""

_HEADING = re.compile(
    rf"\b({'|'.join(EVALUATION_VERBS)})\b|\b(eval|{'|'.join(EVALUATION_START_WORDS)}) begin|"
    rf"\brunning ({'|'.join(EVALUATION_START_WORDS)})\b|"
    rf"^\s{{0,8}}({'|'.join(EVALUATION_HEADING_WORDS)})\b[a-z ]{{0,16}}:\s*$|"
    rf"^[^\w{{}}()]{{0,40}}({'|'.join(EVALUATION_START_WORDS)}|eval)(?:\s(?:results?|performance|phase|stage|loop|metrics))?[^\w{{}}()]{{0,40}}$",
    re.IGNORECASE,
)
_TRAINING_STARTS = re.compile(r"\btraining\W{0,8}$", re.IGNORECASE)
_BEST_FOLLOWS = re.compile(r"\bbest (?:iteration|epoch|step|round)(?: is)?:\s*$", re.IGNORECASE)
"""Ends the line before that of the best evaluation, which boosters print again after early stopping."""
_BEST_MODEL = re.compile(
    r"\b(?:load|restor|sav|us|revert)(?:e|ed|es|ing|s)?\b.{0,40}\bbest (?:model|checkpoint|weights|epoch)\b",
    re.IGNORECASE,
)
"""What is done with the best model, which is that of an earlier epoch."""
_SUMMARY_TITLE = re.compile(r"\*{3,8} \w{1,16} metrics \*{3,8}")


class OutputParser:
    """Parses one line after the other.

    Lines below the header of a table are its rows. A heading such as ``Validating`` names the data split of the next
    values, where their tags have none.
    """

    def __init__(self) -> None:
        self._table: EpochTable | SplitTable | None = None
        self._heading = ""
        self._in_summary = False
        self._best_follows = False
        self._is_live = False
        self._last_step: tuple[int, int] | None = None

    @property
    def is_in_table(self) -> bool:
        """Whether any line may be the row of a table."""
        return self._table is not None

    def parse(self, segment: bytes, end: bytes) -> ParsedLine:
        """Return the counters and values of *segment*, which was ended by the byte *end*."""
        may_matter = may_say_something(segment.lower())
        if self._table is None and not may_matter:
            return IRRELEVANT
        text = plain_text(segment.decode("utf-8", "replace"))
        row = self._table.parse_row(text) if self._table else None
        if row or not may_matter:
            return row or IRRELEVANT
        line = with_named_splits(without_counts(parse_line(text)))
        return self._with_surroundings(text, self._in_context(text, line, ended=end == b"\n"))

    def _in_context(self, text: str, line: ParsedLine, *, ended: bool) -> ParsedLine:
        best_follows, self._best_follows = self._best_follows, bool(_BEST_FOLLOWS.search(text))
        if self._is_summary(text) or (best_follows and line.values):
            return IRRELEVANT
        if not line.values:
            return self._note_heading(text, line) if ended else line
        if self._heading:
            return self._below_heading(line, ended=ended)
        if line.is_before_last_step and line.step is not None and line.counters.total_steps is not None:
            self._last_step = line.step, line.counters.total_steps
        return line

    def _with_surroundings(self, text: str, line: ParsedLine) -> ParsedLine:
        """Return *line* with what *text* says besides: whether it is a bar, and of which training it is."""
        lower = lower_same_length(text)
        if line.values or line.has_position:
            stated = trainings.training_of_line(lower) if line.has_position and line.values else ""
            bar = self._bar(text, line)
            missing = has_no_validation_yet(lower)
            if stated or missing or bar is not Bar.NONE:
                at_start = bar is Bar.LIVE and is_before_first_batch(text)
                return line._replace(
                    bar=bar, is_before_first_batch=at_start, has_no_validation_yet=missing, training=stated
                )
        if line.values:
            return line
        heading = trainings.heading_of_training(lower)
        return line._replace(heading=heading) if heading else line

    def _bar(self, text: str, line: ParsedLine) -> Bar:
        if line.has_position:
            self._is_live = line.epoch is not None and is_block_bar(text)
        if self._is_live:
            return Bar.LIVE
        return Bar.LINE if is_bar(text) else Bar.NONE

    def _is_summary(self, text: str) -> bool:
        """Return whether the line is of an earlier epoch, or in the block in which Hugging Face's examples sum up."""
        if "best" in text and _BEST_MODEL.search(text):
            return True
        if "metrics" in text and _SUMMARY_TITLE.search(text):
            self._in_summary = True
        elif not text.startswith("  "):
            self._in_summary = False
        return self._in_summary

    def _note_heading(self, text: str, line: ParsedLine) -> ParsedLine:
        """Remember a line without values if it is a heading or the header of a table."""
        heading = _HEADING.search(text)
        if heading:
            self._heading = split_noun(next(word for word in heading.groups() if word).lower())
            return IRRELEVANT
        if line.has_position or _TRAINING_STARTS.search(text):
            self._heading = ""
        else:
            self._table = parse_table_header(text) or self._table
        return line

    def _below_heading(self, line: ParsedLine, *, ended: bool) -> ParsedLine:
        if self._is_of_training(line) or any(SPLIT_WORD.search(tag) for tag in line.tags):
            self._heading = ""
            return line
        values = [(f"{self._heading}/{tag}", number) for tag, number in line.values]
        if ended and not line.is_before_last_step:
            self._heading = ""
        return line._replace(values=values, is_evaluation=True)

    def _is_of_training(self, line: ParsedLine) -> bool:
        """Return whether the counters of *line* are those of the training, not those of an evaluation."""
        counters = line.counters
        if counters.step is None or counters.epoch is not None:
            return line.has_position
        last = self._last_step
        return counters.total_steps is None or (
            last is not None and counters.total_steps == last[1] and counters.step > last[0]
        )


def is_training_output(head: bytes, positions: int = 1) -> bool:
    r"""Return whether *head* has an epoch or step, and then a loss, or another metric of both train and validation.

    Losses of both train and validation are enough without epoch and step. There must be such values at as many
    different *positions*.

    >>> is_training_output(b"Epoch 1/20, Train Loss: 0.0982\n"), is_training_output(b"packet loss: 3\n")
    (True, False)
    """
    evidence = _Evidence()
    parser = OutputParser()
    for segment, end in SegmentSplitter(LONGEST_LINE).feed(head + b"\n"):
        if b": [" in segment and parse_history(segment.decode("utf-8", "replace")):
            return True
        line = parser.parse(segment, end)
        if line is not IRRELEVANT and evidence.add(line) >= positions:
            return True
    return False


class _Evidence:
    """Counts the places in output where a training must have printed its values."""

    def __init__(self) -> None:
        self._position: tuple[float | None, int | None] | None = None
        self._positions: set[tuple[float | None, int | None]] = set()
        self._loss_splits: set[str] = set()
        self._metrics: set[tuple[str, str]] = set()
        self._pairs = 0

    def add(self, line: ParsedLine) -> int:
        """Take a line and return the number of places so far."""
        if line.has_position:
            self._position = line.epoch, line.step
            self._metrics |= splits_of_metrics(line)
        splits = splits_with_loss(line)
        if self._position and (
            splits or has_train_and_held_out(splits_of_metrics(line)) or has_train_and_held_out(self._metrics)
        ):
            self._positions.add(self._position)
        self._loss_splits |= splits
        if self._loss_splits >= TRAIN_AND_VALIDATION_PREFIXES:
            self._pairs, self._loss_splits = self._pairs + 1, set()
        return max(len(self._positions), self._pairs)
