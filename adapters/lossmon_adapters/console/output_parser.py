"""Parse output line by line, with what earlier lines say about later ones: table headers and headings."""

from __future__ import annotations

from lossmon_adapters.console import trainings
from lossmon_adapters.console.counters import lower_same_length
from lossmon_adapters.console.line_parser import IRRELEVANT, Bar, ParsedLine
from lossmon_adapters.console.line_plan import LinePlan, plan_line
from lossmon_adapters.console.plain_text import plain_text
from lossmon_adapters.console.repeats import is_before_first_batch
from lossmon_adapters.console.sections import Sections
from lossmon_adapters.console.tables import EpochTable, SplitTable
from lossmon_adapters.console.values import SPLIT_WORD

LONGEST_LINE = 8192
"""Bytes of a line that is parsed; the time to search a line grows with its length."""


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
        self._sections = Sections()
        self._is_live = False
        self._has_position = False
        self._last_step: tuple[int, int] | None = None
        self._last_epoch: tuple[float | None, set[str]] = None, set()
        """The epoch and the tags of the last line of an epoch that had values and no heading."""

    @property
    def is_expectant(self) -> bool:
        """Whether a line matters that says nothing by itself: it may be the row of a table, or end a summary."""
        return self._table is not None or self._in_summary or self._best_follows

    def parse(self, segment: bytes, end: bytes) -> ParsedLine:
        """Return the counters and values of *segment*, which was ended by the byte *end*."""
        row = self._parse_row(segment) if self._table else None
        if row:
            return row
        plan, line = plan_line(segment)
        if not plan.may_matter:
            return IRRELEVANT
        in_summary = self._in_summary = plan.is_summary_title or (self._in_summary and plan.is_indented)
        best_follows, self._best_follows = self._best_follows, plan.best_follows
        if plan.is_inert:
            return IRRELEVANT
        if plan.section:
            self._sections.enter(plan.section)
        parsed = IRRELEVANT
        if not (in_summary or plan.is_of_best_model or (best_follows and plan.values)):
            parsed = self._in_context(plan, self._sections.apply(plan.read(line)), ended=end == b"\n")
        if plan.is_block_bar or self._is_live:
            parsed = self._with_display(segment, plan, parsed)
        if plan.starts_program or plan.is_of_round:
            parsed = parsed._replace(starts_program=plan.starts_program, is_of_round=plan.is_of_round)
        if plan.is_training_heading and not parsed.values:
            parsed = parsed._replace(heading=trainings.heading_of_training(lower_same_length(_text(segment))))
        return parsed

    def _parse_row(self, segment: bytes) -> ParsedLine | None:
        return self._table.parse_row(_text(segment)) if self._table and self._table.may_be_row(segment) else None

    def _in_context(self, plan: LinePlan, line: ParsedLine, *, ended: bool) -> ParsedLine:
        self._has_position = self._has_position or line.has_position
        if not line.values:
            return self._note_heading(plan, line) if ended else line
        if self._heading:
            return self._below_heading(line, ended=ended)
        if line.epoch is not None:
            self._last_epoch = line.epoch, line.tags
        if line.is_before_last_step and line.step is not None and line.counters.total_steps is not None:
            self._last_step = line.step, line.counters.total_steps
        return line

    def _with_display(self, segment: bytes, plan: LinePlan, line: ParsedLine) -> ParsedLine:
        """Return *line* as a part of a display of several lines, if it is one."""
        if line.has_position:
            self._is_live = line.epoch is not None and plan.is_block_bar
        if not self._is_live or not (line.values or line.has_position):
            return line
        return line._replace(bar=Bar.LIVE, is_before_first_batch=is_before_first_batch(_text(segment)))

    def _note_heading(self, plan: LinePlan, line: ParsedLine) -> ParsedLine:
        """Remember a line without values if it is a heading or the header of a table."""
        if plan.heading:
            self._heading = "" if plan.is_upper_case and not self._has_position else plan.heading
            return IRRELEVANT
        if line.has_position or plan.starts_training:
            self._heading = ""
        else:
            self._table = plan.table or self._table
        return line

    def _below_heading(self, line: ParsedLine, *, ended: bool) -> ParsedLine:
        if self._is_of_training(line) or any(SPLIT_WORD.search(tag) for tag in line.tags):
            self._heading = ""
            return line
        values = [(f"{self._heading}/{tag}", number) for tag, number in line.values]
        if ended and not line.is_before_last_step:
            self._heading = ""
        line = line._replace(values=values, is_evaluation=True)
        return line if line.has_position else line._replace(training="")

    def _is_of_training(self, line: ParsedLine) -> bool:
        """Return whether the counters of *line* are those of the training, not those of an evaluation."""
        counters = line.counters
        if counters.epoch is not None:
            # The line of the epoch, shown again below the heading, is that of the evaluation.
            return (line.epoch, line.tags) != self._last_epoch
        if counters.step is None:
            return line.has_position
        last = self._last_step
        return counters.total_steps is None or (
            last is not None and counters.total_steps == last[1] and counters.step > last[0]
        )


def _text(segment: bytes) -> str:
    return plain_text(segment.decode("utf-8", "replace"))
