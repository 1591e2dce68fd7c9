"""Recognise the states of a progress bar that another state overwrites, so that only the last one is parsed."""

from __future__ import annotations

import re

from lossmon_adapters.console.line_parser import Bar, ParsedLine
from lossmon_adapters.shared.last_line import words_of

Segment = tuple[bytes, bytes]
"""Bytes of output, and the byte that ended them."""

_UP_TO_NUMBER = re.compile(rb"(?:[^0-9\x1b]|\x1b\[[0-9;]{0,16}m){0,80}([0-9]{1,9})")


class RedrawnBar:
    """What all states of the bar that is drawn now have in common: their words, and the epoch if they show it.

    A state is held until it is known whether the next segment overwrites it. Only bars that count no steps, and are of
    no evaluation, are known; for others, every state matters.
    """

    def __init__(self) -> None:
        self._words: bytes | None = None
        self._epoch = b""
        self._held: Segment | None = None

    def note(self, segment: bytes, end: bytes, line: ParsedLine) -> None:
        """Note a state of a bar that was parsed as *line*; if it is none, no bar is drawn now."""
        self._words = None
        if end == b"\n" or not line.values or line.is_evaluation or line.step is not None or line.bar is Bar.LIVE:
            return
        epoch = _UP_TO_NUMBER.match(segment) if line.epoch is not None else None
        if line.epoch is None or (epoch and float(epoch.group(1)) == line.epoch):
            self._words, self._epoch = words_of(segment), epoch.group() if epoch else b""

    def hold(self, segment: bytes, end: bytes) -> None:
        """Hold a state in the place of the one before it."""
        self._held = segment, end

    def take(self) -> Segment | None:
        """Return and forget the state that is held."""
        held, self._held = self._held, None
        return held

    def is_state(self, segment: bytes) -> bool:
        """Return whether *segment* is another state of the bar, which overwrites the one before."""
        if self._words is None or not segment.startswith(self._epoch):
            return False
        behind = segment[len(self._epoch) : len(self._epoch) + 1]
        return not (self._epoch and (behind.isdigit() or behind == b".")) and words_of(segment) == self._words
