"""Turn the lines of one training into points."""

from __future__ import annotations

import math
from collections.abc import Iterable

from lossmon_adapters.console.line_parser import Bar, ParsedLine
from lossmon_adapters.console.live_display import LiveDisplay, ShownPoint
from lossmon_adapters.console.position import EvaluationBatches, TrainingPosition
from lossmon_adapters.console.repeats import RepeatFilter
from lossmon_adapters.console.started_means import StartedMeans
from lossmon_adapters.shared.columns import ScalarsBuilder


class Training:
    """Adds the points of one training to *points*.

    A progress bar overwrites itself many times; its last state before the line or the epoch ends gives the points. Of
    an evaluation that is printed batch by batch, the last batch does. Until then such a line is *pending*.
    """

    def __init__(self, points: ScalarsBuilder, name: str = "") -> None:
        self.position = TrainingPosition()
        self._points = points
        self._name = name
        self._batches = EvaluationBatches()
        self._repeats = RepeatFilter()
        self._means = StartedMeans()
        self._display = LiveDisplay()
        self._has_points = False
        self._pending: ParsedLine | None = None
        # Keras ends the line of a bar to print a message, and then draws the bar a last time.
        self._pending_is_redrawn = False

    @property
    def is_waiting(self) -> bool:
        """Whether the next line matters, even if it says nothing."""
        return self._pending is not None

    def add(self, line: ParsedLine, end: bytes) -> None:
        """Add a line that was ended by the byte *end*."""
        ended = end == b"\n"
        if line.bar is Bar.LIVE:
            self._add_live(line)
            return
        if line.has_no_validation_yet:
            self._repeats.expect_repeats()
        if self._pending and (self.position.is_other_epoch(line) or self._is_pending_final(line, ended=ended)):
            self._append_pending()
        goes_on = line.is_redrawn or line.is_open_batch or (line.is_evaluation and line.is_before_last_step)
        if ended and line.values and not goes_on:
            self._add_final(line)
            return
        if line.values and (line.is_evaluation or not self._awaits_batches()):
            self._pending, self._pending_is_redrawn = line, line.is_redrawn or end == b"\b"
            self._batches.add(line)
        self.position.update(line)

    def _add_final(self, line: ParsedLine) -> None:
        """Add a line whose values are points."""
        if line.is_evaluation or not self._awaits_batches():
            self._pending = None
        if line.is_evaluation:
            self._batches.add(line)
            self._batches.finish()
        self._append_points(line)

    def add_history(self, curves: Iterable[tuple[str, list[float]]]) -> None:
        """Add whole curves, unless their points were printed before, one by one."""
        if not self._has_points:
            for tag, values in curves:
                for index, value in enumerate(values):
                    self._points.add(tag, "epoch", index, math.nan, value, self._name)
            self._has_points = True

    def finish(self) -> None:
        """Add what a display shows at the end of the output."""
        self._append_shown(self._display.flush())

    def _add_live(self, line: ParsedLine) -> None:
        if line.has_position:
            self.position.update(line)
            self._append_shown(self._display.move(self.position.next_x(""), is_at_start=line.is_before_first_batch))
        self._append_shown(self._display.show(line.values))

    def _append_shown(self, shown: Iterable[ShownPoint]) -> None:
        for tag, place, value in shown:
            self._has_points = True
            self._points.add(tag, *place, math.nan, value, self._name)

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
        position, repeats = self.position, self._repeats
        position.update(line)
        values = self._means.without(line.values)
        repeats.begin(values)
        has_position, on_bar, stated = line.has_position, line.bar is Bar.LINE, position.place
        for tag, value in values:
            if not position.accepts(tag, value, has_position=has_position):
                continue
            place = stated or position.next_x(tag)
            if repeats.is_new(tag, place, value, on_bar=on_bar):
                self._has_points = True
                self._points.add(tag, *place, math.nan, value, self._name)
