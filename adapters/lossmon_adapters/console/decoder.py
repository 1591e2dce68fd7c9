"""Decode captured output of a training."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from lossmon.core.points import Axis, Scalars
from lossmon_adapters.console.boosters import booster_of
from lossmon_adapters.console.history import parse_history
from lossmon_adapters.console.line_parser import IRRELEVANT, ParsedLine
from lossmon_adapters.console.news import lines_with_news
from lossmon_adapters.console.output_parser import LONGEST_LINE, OutputParser
from lossmon_adapters.console.redrawing import RedrawnBar
from lossmon_adapters.console.training import Training
from lossmon_adapters.console.trainings import TrainingNames
from lossmon_adapters.shared.columns import ScalarsBuilder
from lossmon_adapters.shared.last_line import LastLine
from lossmon_adapters.shared.lines import NeverSkips, SegmentSplitter, segments_of, too_long_warnings

_LONGEST_HISTORY = 1 << 20
"""Bytes of a line that may be a whole printed history; of other lines ``LONGEST_LINE`` is the limit."""
_END_OF_HISTORY = b"]}"
_UNFINISHED_BAR = re.compile(rb"\b[0-9]{1,2}%\|")
"""In the bar of tqdm; at the end it shows 100%."""


class ConsoleDecoder(NeverSkips):
    """Decodes captured output, which may be of several trainings, one after the other."""

    def __init__(self) -> None:
        self._splitter = SegmentSplitter(_LONGEST_HISTORY)
        self._too_long = 0
        self._parser = OutputParser()
        self._points = ScalarsBuilder()
        self._bar = RedrawnBar()
        self._last_line = LastLine()
        self._names = TrainingNames()
        self._training = Training(self._points)
        self._trainings = {"": self._training}

    @property
    def warnings(self) -> Sequence[str]:
        """What was left out, a sentence each."""
        return too_long_warnings(self._splitter.too_long + self._too_long, LONGEST_LINE) + self._points.warnings

    @property
    def planned_end(self) -> Mapping[Axis, float]:
        """The 50 epochs of ``Epoch 3/50``, and the steps of as many epochs."""
        return self._training.position.planned_end

    def feed(self, data: bytes | memoryview) -> list[Scalars]:
        """Add the next bytes and return the points of the lines they complete."""
        block = self._splitter.complete(data)
        done = 0
        for begin, end in lines_with_news(block):
            self._add_between(block, done, begin)
            for segment in self._bar.without_overwritten(segments_of(block, begin, end)):
                self._add(*segment)
            done = end
        self._add_between(block, done, len(block))
        return self._points.take()

    def _add_between(self, block: bytes, begin: int, end: int) -> None:
        """Add what is between two lines with news, as far as it matters after the line before."""
        if self._is_waiting:
            for segment in segments_of(block, begin, end):
                self._add(*segment)
                if not self._is_waiting:
                    break

    @property
    def _is_waiting(self) -> bool:
        """Whether the next line matters, even if it has no word that a line with news must have."""
        return self._training.is_waiting or self._parser.is_in_table

    def finish(self) -> list[Scalars]:
        """Return the points of a last line without newline, if it is whole, and what a display shows last."""
        if self._is_whole(self._splitter.rest):
            self._add(self._splitter.take_rest(), b"\n")
        for training in self._trainings.values():
            training.finish()
        return self._points.take()

    def _is_whole(self, segment: bytes) -> bool:
        if _UNFINISHED_BAR.search(segment):
            return False
        return self._last_line.is_whole(segment) or segment.rstrip().endswith(_END_OF_HISTORY)

    def _add(self, segment: bytes, end: bytes) -> None:
        if (
            b": [" in segment
            and len(segment) <= _LONGEST_HISTORY
            and (curves := parse_history(segment.decode("utf-8", "replace")))
        ):
            self._training.add_history(curves)
            return
        if len(segment) > LONGEST_LINE:
            self._too_long += 1
            return
        line = self._parser.parse(segment, end)
        self._bar.note(segment, line)
        if line.values and end == b"\n":
            self._last_line.note(segment)
        if line.heading:
            self._names.note_heading(line.heading)
        if line.has_position:
            self._switch(self._name_of_training(line))
        if line is not IRRELEVANT or self._training.is_waiting:
            self._training.add(line, end)

    def _name_of_training(self, line: ParsedLine) -> str:
        if line.epoch is None and line.step is not None and not line.training and booster_of(line.tags):
            return self._names.move_round(line.step)
        return self._names.move(line.counters, line.training, has_values=bool(line.values))

    def _switch(self, name: str) -> None:
        training = self._trainings.get(name)
        if training is None:
            training = self._trainings[name] = Training(self._points, name)
        self._training = training
