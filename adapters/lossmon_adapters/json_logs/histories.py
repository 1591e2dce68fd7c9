"""Decode documents that hold a history: epoch by epoch where they are lists of records, else once they are complete."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from lossmon_adapters.json_logs.documents import DocumentDecoder
from lossmon_adapters.json_logs.objects import LARGEST_OBJECT, ObjectsDecoder
from lossmon_adapters.json_logs.parse import parse_json
from lossmon_adapters.json_logs.shapes import has_counter, history_records
from lossmon_adapters.json_logs.splitter import OBJECTS, ValueSplitter
from lossmon_adapters.shared.lines import Utf8Transcoder

if TYPE_CHECKING:
    from lossmon.core.points import Axis, Scalars
    from lossmon.sources.protocol import Decoder

_BLANKS = b" \t\r\n"
_LONGEST_START = 1 << 24
"""Bytes in which the first record must end; they are held until then."""


class HistoryDecoder:
    """Reads a list of records as it grows, and any other document once it is complete."""

    def __init__(self) -> None:
        self._transcoder = Utf8Transcoder()
        self._splitter = ValueSplitter(OBJECTS, LARGEST_OBJECT)
        self._start = bytearray()
        """What was read before it was known how to decode it."""
        self._decoder: Decoder | None = None

    @property
    def skip(self) -> int:
        """How many of the next bytes are of no use."""
        return self._decoder.skip if self._decoder else 0

    @property
    def warnings(self) -> Sequence[str]:
        """What is wrong with the document, a sentence each."""
        return self._decoder.warnings if self._decoder else ()

    @property
    def planned_end(self) -> Mapping[Axis, float]:
        """Up to which epoch and step the training goes, if the document has it."""
        return self._decoder.planned_end if isinstance(self._decoder, DocumentDecoder) else {}

    def skipped(self, count: int) -> None:
        """Continue after *count* bytes that were left out."""
        if self._decoder:
            self._decoder.skipped(count)

    def feed(self, data: bytes | memoryview) -> list[Scalars]:
        """Add the next bytes and return the points that they complete."""
        text = self._transcoder.feed(data)
        if self._decoder is None:
            self._start += text
            self._decoder = self._choose(text)
            text = bytes(self._start)
        return self._decoder.feed(text) if self._decoder else []

    def _choose(self, text: bytes) -> Decoder | None:
        """Return the decoder for a document that goes on with *text*; None if that is not known yet."""
        start = bytes(self._start[:256]).lstrip(_BLANKS)
        inside = start[1:].lstrip(_BLANKS)
        if start and (start[:1] != b"[" or (inside and inside[:1] != b"{")):
            return DocumentDecoder(history_records)
        first = next(self._splitter.feed(text), None)
        if self._splitter.too_large or len(self._start) > _LONGEST_START:
            return DocumentDecoder(history_records)
        if first is None:
            return None
        record = parse_json(first.decode("utf-8", "replace"))
        is_record = isinstance(record, dict) and has_counter(record)
        return ObjectsDecoder() if is_record else DocumentDecoder(history_records)
