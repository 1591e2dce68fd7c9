"""Files with one number a line, whose name says that the numbers are losses: ``epoch_loss.txt``."""

from __future__ import annotations

import math
import re
from pathlib import PurePath
from typing import TYPE_CHECKING

from lossmon.core.metric_names import is_loss
from lossmon.sources.protocol import BaseAdapter
from lossmon_adapters.shared.heads import suffix_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lossmon.core.points import Scalars
    from lossmon.sources.protocol import Decoder

_SUFFIXES = frozenset({".csv", ".txt", ".log", ".dat", ""})
_LONGEST_LINE = 64
"""Bytes of a line; numbers are shorter."""
_FEWEST_LINES = 2
"""Complete lines by which such a file is known; one number alone may be anything."""
_NUMBER = re.compile(
    rb"\s{0,8}[-+]?(?:[0-9]{1,24}(?:\.[0-9]{0,24})?(?:e[-+]?[0-9]{1,3})?|nan|inf)\s{0,8}", re.IGNORECASE
)


class NumberFile(BaseAdapter):
    """Reads a file of numbers as one loss; that it is of validation is said by its name, beside that of its twin."""

    name = "numbers"
    priority = 30

    def claims(self, path: PurePath, head: bytes) -> bool:
        """Return whether the name is that of a loss, and every complete line in *head* is a number."""
        if suffix_of(path) not in _SUFFIXES or not is_loss(path.stem.lower()):
            return False
        lines = head.split(b"\n")[:-1]
        return len(lines) >= _FEWEST_LINES and all(map(_NUMBER.fullmatch, lines))

    def decoder(self) -> Decoder:
        """Return a new decoder for one file."""
        return _NumberDecoder()


class _NumberDecoder:
    """Numbers its points from 0; a line that is no number is left out, but counted."""

    skip = 0

    def __init__(self) -> None:
        from lossmon_adapters.shared.columns import ScalarsBuilder
        from lossmon_adapters.shared.last_line import LastLine
        from lossmon_adapters.shared.lines import SegmentSplitter

        self._lines, self._points = SegmentSplitter(_LONGEST_LINE), ScalarsBuilder()
        self._last_line = LastLine()
        self._count = 0

    @property
    def warnings(self) -> Sequence[str]:
        """What was left out, a sentence each."""
        return self._lines.warnings

    def feed(self, data: bytes | memoryview) -> list[Scalars]:
        """Decode the next bytes and return the points that they complete."""
        for line, _ in self._lines.feed(data):
            self._last_line.note(line)
            self._add(line)
        return self._points.take()

    def finish(self) -> list[Scalars]:
        """Return the point of a last line that has no newline, if it is whole."""
        if self._last_line.is_whole(self._lines.rest):
            self._add(self._lines.take_rest())
        return self._points.take()

    def skipped(self, count: int) -> None:
        """Do nothing: no bytes are skipped."""

    def _add(self, line: bytes) -> None:
        if not line.strip():
            return
        if _NUMBER.fullmatch(line):
            self._points.add("loss", "epoch", self._count, math.nan, float(line))
        self._count += 1
