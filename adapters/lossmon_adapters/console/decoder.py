"""Decode captured output of a training."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from lossmon.core.points import Axis, Scalars
from lossmon_adapters.console.line_parser import IRRELEVANT, ParsedLine
from lossmon_adapters.console.output_parser import LONGEST_LINE, OutputParser
from lossmon_adapters.console.position import EvaluationBatches, TrainingPosition
from lossmon_adapters.shared.columns import ScalarsBuilder
from lossmon_adapters.shared.lines import NeverSkips, SegmentSplitter


class ConsoleDecoder(NeverSkips):
    """Decodes captured output.

    A progress bar overwrites itself many times; its last state before the line or the epoch ends gives the points. Of
    an evaluation that is printed batch by batch, the last batch does. Until then such a line is *pending*.
    """

    def __init__(self) -> None:
        self._splitter = SegmentSplitter(LONGEST_LINE)
        self._parser = OutputParser()
        self._points = ScalarsBuilder()
        self._position = TrainingPosition()
        self._batches = EvaluationBatches()
        self._pending: ParsedLine | None = None
        # Keras ends the line of a bar to print a message, and then draws the bar a last time.
        self._pending_is_redrawn = False

    @property
    def warnings(self) -> Sequence[str]:
        """What was left out, a sentence each."""
        return self._splitter.warnings + self._points.warnings

    @property
    def planned_end(self) -> Mapping[Axis, float]:
        """The 50 epochs of ``Epoch 3/50``, and the steps of as many epochs."""
        return self._position.planned_end

    def feed(self, data: bytes | memoryview) -> list[Scalars]:
        """Add the next bytes and return the points of the lines they complete."""
        for segment, end in self._splitter.feed(data):
            line = self._parser.parse(segment, end)
            if line is not IRRELEVANT or self._pending:
                self._process(line, end)
        return self._points.take()

    def _process(self, line: ParsedLine, end: bytes) -> None:
        ended = end == b"\n"
        if self._pending and (self._position.is_other_epoch(line) or self._is_pending_final(line, ended=ended)):
            self._append_pending()
        goes_on = line.is_redrawn or line.is_open_batch or (line.is_evaluation and line.is_before_last_step)
        if ended and line.values and not goes_on:
            self._pending = self._pending if self._awaits_batches() and not line.is_evaluation else None
            if line.is_evaluation:
                self._batches.add(line)
                self._batches.finish()
            self._append_points(line)
        elif line.values and (line.is_evaluation or not self._awaits_batches()):
            self._pending, self._pending_is_redrawn = line, line.is_redrawn or end == b"\b"
            self._batches.add(line)
        self._position.update(line)

    def _is_pending_final(self, line: ParsedLine, *, ended: bool) -> bool:
        """Return whether the pending line gives the points, now that *line* follows; *ended* if by a newline."""
        if self._awaits_batches():
            return line.has_position or (line.is_evaluation and not self._shares_tags(line))
        if not ended:
            return False
        return not (self._shares_tags(line) if line.values else self._pending_is_redrawn)

    def _shares_tags(self, line: ParsedLine) -> bool:
        return self._pending is not None and bool(self._pending.tags & line.tags)

    def _awaits_batches(self) -> bool:
        """Return whether the pending line is a batch of an evaluation that goes on."""
        return self._pending is not None and self._pending.is_evaluation and not self._batches.may_be_last

    def _append_pending(self) -> None:
        pending, self._pending = self._pending, None
        if pending:
            self._batches.finish()
            self._append_points(pending)

    def _append_points(self, line: ParsedLine) -> None:
        self._position.update(line)
        for tag, value in line.values:
            if self._position.accepts(tag, value, has_position=line.has_position):
                self._points.add(tag, *self._position.next_x(tag), math.nan, value)
