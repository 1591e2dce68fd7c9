"""What a terminal would have shown, one overwriting at a time."""

from __future__ import annotations

import re

from lossmon_adapters.shared.lines import Utf8

_ENDS = re.compile(rb"([\n\r\x08])")


class Segments:
    """Cuts output at its newlines, carriage returns and backspaces, which progress bars write over themselves with.

    A segment of more than *longest* bytes is left out and counted; no more than that is ever held.
    """

    def __init__(self, longest: int) -> None:
        self.too_long = 0
        """Segments left out."""
        self._longest = longest
        self._text = Utf8()
        self._held = b""
        self._discarding = False

    def feed(self, data: bytes | memoryview) -> list[tuple[bytes, bytes]]:
        """Take the next bytes and return the segments they complete, and the byte that ended each."""
        *parts, rest = _ENDS.split(self._text.feed(data))
        complete = []
        for text, end in zip(parts[::2], parts[1::2], strict=True):
            whole = self._held + text
            if self._fits(whole) and (whole or end == b"\n"):
                complete.append((whole, end))
            self._held, self._discarding = b"", False
        rest = self._held + rest
        self._discarding = not self._fits(rest)
        self._held = b"" if self._discarding else rest
        return complete

    def _fits(self, segment: bytes) -> bool:
        if len(segment) > self._longest and not self._discarding:
            self.too_long += 1
        return len(segment) <= self._longest and not self._discarding
