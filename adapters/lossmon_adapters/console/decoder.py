"""Decode captured output of a training."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from lossmon.core.points import Axis, Scalars
from lossmon.sources.protocol import RunId, RunInfo
from lossmon_adapters.console.bar_total import BarTotal
from lossmon_adapters.console.boosters import booster_of
from lossmon_adapters.console.data_size import DataSize
from lossmon_adapters.console.ending import Ending
from lossmon_adapters.console.history import BEGIN_OF_CURVE, parse_history
from lossmon_adapters.console.line_parser import IRRELEVANT, ParsedLine
from lossmon_adapters.console.line_plan import is_inert
from lossmon_adapters.console.news import segments_with_news
from lossmon_adapters.console.output_parser import LONGEST_LINE, OutputParser
from lossmon_adapters.console.redrawing import RedrawnBar
from lossmon_adapters.console.training import Training
from lossmon_adapters.console.trainings import TrainingNames
from lossmon_adapters.shared.columns import ScalarsBuilder
from lossmon_adapters.shared.last_line import LastLine
from lossmon_adapters.shared.lines import SEGMENT_ENDS, NeverSkips, SegmentSplitter, segments_of, too_long_warnings

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
        self._data_size = DataSize()
        self._bar_total = BarTotal()
        self._ending = Ending()
        self._training = Training(self._points)
        self._trainings = {"": self._training}

    @property
    def warnings(self) -> Sequence[str]:
        """What was left out, a sentence each."""
        return too_long_warnings(self._splitter.too_long + self._too_long, LONGEST_LINE) + self._points.warnings

    @property
    def planned_end(self) -> Mapping[Axis, float]:
        """The 50 epochs of ``Epoch 3/50``, and the steps of as many epochs; else the end of the bar of the training."""
        return self._training.position.planned_end or self._bar_total.planned_end

    @property
    def run_info(self) -> Mapping[RunId, RunInfo]:
        """How large the training set of every training is, and whether the newest one has come to an end."""
        examples, state = self._data_size.train_examples, self._ending.state
        infos = {name: RunInfo(train_examples=examples) for name in self._trainings} if examples else {}
        newest = self._names.current
        if state != "unknown":
            infos[newest] = replace(infos.get(newest, RunInfo()), state=state)
        return infos

    def feed(self, data: bytes | memoryview) -> list[Scalars]:
        """Add the next bytes and return the points of the lines they complete."""
        self._data_size.search(data)
        self._ending.feed(data)
        block = self._splitter.complete(data).replace(b"\r\n", b"\n")
        done = 0
        for begin, end in segments_with_news(block):
            segment, mark = block[begin:end], block[end : end + 1]
            if mark == b"\n" and is_inert(segment):
                continue
            if done < begin:
                self._add_between(block, done, begin)
            self._bar_total.search(block, begin, end + 1)
            if self._bar.is_drawn:
                self._add_state(segment, mark)
            else:
                self._add(segment, mark)
            done = end + 1
        self._add_between(block, done, len(block))
        return self._points.take()

    def _add_between(self, block: bytes, begin: int, end: int) -> None:
        """Add the segments between two with news, as far as they matter after those before."""
        self._bar_total.search(block, begin, end)
        has_curve = self._training.is_waiting and block.find(BEGIN_OF_CURVE, begin, end) >= 0
        if has_curve or self._parser.is_expectant:
            for segment, mark in segments_of(block, begin, end):
                self._add_held()
                self._add(segment, mark)
        elif self._training.is_waiting:
            # They say nothing, so it only matters whether the line ends, and whether a bar goes on behind them.
            has_end = block.find(b"\n", begin, end) >= 0
            if has_end or block[begin:end].strip(SEGMENT_ENDS):
                self._add_held()
                self._add(b"", b"\n" if has_end else b"\r")

    def _add_state(self, segment: bytes, end: bytes) -> None:
        """Add a segment; of the states of a bar, only the one that no other overwrites."""
        if not self._bar.is_state(segment):
            self._add_held()
            self._add(segment, end)
        elif end != b"\n":
            self._bar.hold(segment, end)
        else:
            self._bar.take()
            self._add(segment, end)

    def _add_held(self) -> None:
        held = self._bar.take()
        if held:
            self._add(*held)

    def finish(self) -> list[Scalars]:
        """Return the points of a last line without newline, if it is whole, and what a display shows last."""
        self._add_held()
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
            BEGIN_OF_CURVE in segment
            and len(segment) <= _LONGEST_HISTORY
            and (curves := parse_history(segment.decode("utf-8", "replace")))
        ):
            self._training.add_history(curves)
            return
        if len(segment) > LONGEST_LINE:
            self._too_long += 1
            return
        line = self._parser.parse(segment, end)
        if end != b"\n" or self._bar.is_drawn:
            self._bar.note(segment, end, line)
        if line is IRRELEVANT and not self._training.is_waiting:
            return
        if line.values and end == b"\n":
            self._last_line.note(segment)
        if line.heading or line.starts_program or line.is_of_round:
            self._names.note(line)
        if line.has_position:
            self._switch(self._name_of_training(line))
        self._training.add(self._names.with_all_epochs(line) if line.epoch is not None else line, end)
        if line.values and line.has_position and end == b"\n":
            self._bar_total.expect(self._training.position.place)

    def _name_of_training(self, line: ParsedLine) -> str:
        if line.epoch is None and line.step is not None and not line.training and booster_of(line.tags):
            return self._names.move_round(line.step)
        return self._names.move(line.counters, line.training, has_values=bool(line.values))

    def _switch(self, name: str) -> None:
        training = self._trainings.get(name)
        if training is None:
            training = self._trainings[name] = Training(self._points, name)
        self._training = training
