"""Cut text into its JSON values, whatever stands between them; no value is looked at twice while it is incomplete."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lossmon_adapters.shared.lines import Utf8Transcoder

OBJECTS = re.compile(rb'\\.?|["{}]', re.DOTALL)
"""Finds the marks of objects, also of those in an array that is still open."""
DOCUMENTS = re.compile(rb'\\.?|["{}\[\]]', re.DOTALL)
"""Finds the marks of objects and arrays. In a string the byte behind a backslash is no mark."""
_OPENING, _CLOSING = (b"{", b"["), (b"}", b"]")


class ValueSplitter:
    """Cuts bytes, in pieces of any size, into the values that are in no other value; what is between is left out.

    The values are those whose *marks* are given. One of more than *largest* bytes is left out and counted.
    """

    def __init__(self, marks: re.Pattern[bytes], largest: int) -> None:
        self.too_large = 0
        """Values that were left out because they are too large, with the one that is still open."""
        self._marks, self._largest = marks, largest
        self._transcoder = Utf8Transcoder()
        self._value = bytearray()
        self._size = 0
        """Bytes of the value so far, kept or not."""
        self._depth = 0
        self._in_string = False
        self._after_backslash = False

    @property
    def is_open(self) -> bool:
        """Whether a value has begun that is not complete."""
        return self._depth > 0

    def feed(self, data: bytes | memoryview) -> Iterator[bytes]:
        """Add the next bytes and yield the values that they complete."""
        text = self._transcoder.feed(data)
        if not text:
            return
        begin, is_escaped = 0, self._after_backslash
        self._after_backslash = False
        for match in self._marks.finditer(text, int(is_escaped)):
            mark = match.group()
            if mark[:1] == b"\\":
                self._after_backslash = len(mark) == 1
            elif mark == b'"':
                self._in_string = self._depth > 0 and not self._in_string
            elif self._in_string:
                continue
            elif mark in _OPENING:
                begin = begin if self._depth else match.start()
                self._depth += 1
            elif mark in _CLOSING and self._depth:
                self._depth -= 1
                if not self._depth:
                    yield from self._complete(text[begin : match.end()])
        if self._depth:
            self._keep(text[begin:])

    def _complete(self, end: bytes) -> Iterator[bytes]:
        self._keep(end)
        value = bytes(self._value)
        self._value.clear()
        self._size = 0
        if value:
            yield value

    def _keep(self, text: bytes) -> None:
        fitted = self._size <= self._largest
        self._size += len(text)
        if self._size <= self._largest:
            self._value += text
        else:
            self._value.clear()
            self.too_large += fitted
