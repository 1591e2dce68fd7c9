"""Decode JSON objects that come one after another, on one line or on several, also in an array that is still open."""

from __future__ import annotations

from collections.abc import Sequence

from lossmon.core.points import Scalars
from lossmon_adapters.json_logs.parse import parse_json
from lossmon_adapters.json_logs.splitter import OBJECTS, ValueSplitter
from lossmon_adapters.shared.lines import NeverSkips
from lossmon_adapters.shared.records import RecordCollector

LARGEST_OBJECT = 1 << 22
"""Bytes of an object that is read."""


class ObjectsDecoder(NeverSkips):
    """Decodes records that are objects one after another."""

    def __init__(self) -> None:
        self._splitter = ValueSplitter(OBJECTS, LARGEST_OBJECT)
        self._records = RecordCollector()
        self._invalid = 0

    @property
    def warnings(self) -> Sequence[str]:
        """What was left out, a sentence each."""
        warnings = self._records.warnings
        if self._splitter.too_large:
            warnings.append(f"objects of more than {LARGEST_OBJECT >> 20} MiB left out: {self._splitter.too_large:,}")
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
