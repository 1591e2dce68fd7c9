"""Output of a training, line by line."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from lossmon.core.points import Axis, Scalars
from lossmon_adapters.console.line_parser import NOTHING, Reading
from lossmon_adapters.console.line_state import LONGEST, Reader
from lossmon_adapters.console.position import Evaluations, TrainingPosition
from lossmon_adapters.shared.columns import ScalarsBuilder
from lossmon_adapters.shared.lines import ReadsEverything
from lossmon_adapters.shared.segments import Segments


class TextDecoder(ReadsEverything):
    """Decodes captured output.

    A progress bar writes over itself many times; what it showed last, before the line or the epoch ended, counts. So
    does of an evaluation the last batch that was printed.
    """

    def __init__(self) -> None:
        self._segments = Segments(LONGEST)
        self._reader = Reader()
        self._points = ScalarsBuilder()
        self._place = TrainingPosition()
        self._shown: Reading | None = None
        self._evaluations = Evaluations()
        # Keras breaks the line of a bar to say something, and then draws the bar a last time.
        self._passing = False

    @property
    def notices(self) -> Sequence[str]:
        """What was left out."""
        told = []
        if self._segments.too_long:
            told.append(f"lines of more than 8 KiB left out: {self._segments.too_long:,}")
        return told + self._points.notices

    @property
    def planned(self) -> Mapping[Axis, float]:
        """The ``50`` of ``Epoch 3/50``, and of steps as many as that makes."""
        return self._place.planned

    def feed(self, data: bytes | memoryview) -> list[Scalars]:
        """Take the next bytes and return the points of the lines they complete."""
        for segment, end in self._segments.feed(data):
            reading = self._reader.read(segment, end)
            if reading is not NOTHING or self._shown:
                self._take(reading, end)
        return self._points.columns()

    def _take(self, reading: Reading, end: bytes) -> None:
        ended = end == b"\n"
        if self._shown and (self._place.moves(reading) or self._is_final(reading, ended=ended)):
            self._keep_shown()
        if ended and reading.values and not (reading.passing or (reading.evaluation and reading.unfinished)):
            self._shown = self._shown if self._waits() and not reading.evaluation else None
            if reading.evaluation:
                self._evaluations.show(reading)
                self._evaluations.end()
            self._keep(reading)
        elif reading.values and (reading.evaluation or not self._waits()):
            self._shown, self._passing = reading, reading.passing or end == b"\b"
            self._evaluations.show(reading)
        self._place.follow(reading)

    def _is_final(self, reading: Reading, *, ended: bool) -> bool:
        """Say whether what was shown last stays, now that *reading* follows, with which a line may have *ended*."""
        if self._waits():
            return reading.counts or (reading.evaluation and not (self._shown and self._shown.tags & reading.tags))
        if not ended:
            return False
        if reading.values or not self._shown:
            return not (self._shown and self._shown.tags & reading.tags)
        return not self._passing

    def _waits(self) -> bool:
        """Say whether what was shown last is a batch of an evaluation after which more are to come."""
        return self._shown is not None and self._shown.evaluation and not self._evaluations.may_end

    def _keep_shown(self) -> None:
        shown, self._shown = self._shown, None
        if shown:
            self._evaluations.end()
            self._keep(shown)

    def _keep(self, reading: Reading) -> None:
        self._place.follow(reading)
        for tag, value in reading.values:
            if self._place.takes(tag, value, counted=reading.counts):
                self._points.add(tag, *self._place.of(tag), math.nan, value)
