"""Decode JSON objects that come one after another, on one line or on several, also in an array that is still open."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from lossmon.core.points import Scalars
from lossmon_adapters.json_logs.parse import parse_json
from lossmon_adapters.shared.lines import NeverSkips, Utf8Transcoder
from lossmon_adapters.shared.records import RecordCollector

_LARGEST = 1 << 22
"""Bytes of an object that is read."""
_MARKS = re.compile(rb'\\.?|["{}]', re.DOTALL)
"""Bytes that begin or end a string or an object; in a string the byte behind a backslash does neither."""


class ObjectSplitter:
    """Cuts bytes, in pieces of any size, into the objects that are in no other object; what is between is left out."""

    def __init__(self) -> None:
        self.too_large = 0
        """Objects that were left out because they are too large."""
        self._transcoder = Utf8Transcoder()
        self._object = bytearray()
        self._size = 0
        """Bytes of the object so far, kept or not."""
        self._depth = 0
        self._in_string = False
        self._after_backslash = False

    def feed(self, data: bytes | memoryview) -> Iterator[bytes]:
        """Add the next bytes and yield the objects that they complete."""
        text = self._transcoder.feed(data)
        if not text:
            return
        begin, is_escaped = 0, self._after_backslash
        self._after_backslash = False
        for match in _MARKS.finditer(text, int(is_escaped)):
            mark = match.group()
            if mark[:1] == b"\\":
                self._after_backslash = len(mark) == 1
            elif mark == b'"':
                self._in_string = self._depth > 0 and not self._in_string
            elif mark == b"{" and not self._in_string:
                begin = begin if self._depth else match.start()
                self._depth += 1
            elif mark == b"}" and not self._in_string and self._depth:
                self._depth -= 1
                if not self._depth:
                    yield from self._complete(text[begin : match.end()])
        if self._depth:
            self._keep(text[begin:])

    def _complete(self, end: bytes) -> Iterator[bytes]:
        self._keep(end)
        if self._size <= _LARGEST:
            yield bytes(self._object)
        else:
            self.too_large += 1
        self._object.clear()
        self._size = 0

    def _keep(self, text: bytes) -> None:
        self._size += len(text)
        if self._size <= _LARGEST:
            self._object += text
        else:
            self._object.clear()


class ObjectsDecoder(NeverSkips):
    """Decodes records that are objects one after another."""

    def __init__(self) -> None:
        self._splitter = ObjectSplitter()
        self._records = RecordCollector()
        self._invalid = 0

    @property
    def warnings(self) -> Sequence[str]:
        """What was left out, a sentence each."""
        warnings = self._records.warnings
        if self._splitter.too_large:
            warnings.append(f"objects of more than {_LARGEST >> 20} MiB left out: {self._splitter.too_large:,}")
        if self._invalid:
            warnings.append(f"objects that are no valid JSON left out: {self._invalid:,}")
        return warnings

    def feed(self, data: bytes | memoryview) -> list[Scalars]:
        """Add the next bytes and return the points of the objects they complete."""
        for text in self._splitter.feed(data):
            record = parse_json(text.decode("utf-8", "replace"))
            if isinstance(record, dict):
                self._records.add(record)
            else:
                self._invalid += 1
        return self._records.take()
