"""Cut bytes that arrive in pieces of any size into complete lines of UTF-8 text."""

from __future__ import annotations

import codecs
import re
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from lossmon_adapters.shared.last_line import LastLine

if TYPE_CHECKING:
    from lossmon.core.points import Scalars

MIN_BLOCK_BYTES = 2048
"""Decoding many lines at once is faster than one by one from about this many bytes on."""

_SPAN_BYTES = 1 << 20
"""Approximate number of bytes decoded at once; limits the memory of the arrays that are made from them."""
_WIDE_MARKS = {
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
"""Encodings by their byte order mark. That of UTF-32 begins with one of UTF-16, so it is looked for first."""
_MARKS = (codecs.BOM_UTF8, *_WIDE_MARKS)
_COMPARED_LINES = 8
"""Lines with which a last line without newline is compared."""
SEGMENT_ENDS = b"\r\n\x08"
"""Bytes that end a segment of output."""
_SEGMENT_END = re.compile(rb"\r?\n|[\r\x08]")
_SEGMENT = re.compile(rb"([^\r\n\x08]*)(\r?\n|[\r\x08])([\r\n\x08]*)")
"""A segment, its end, and the ends of empty ones behind it."""


def line_spans(text: bytes, header_size: int = 0) -> list[tuple[int, int]]:
    r"""Return begin and end of consecutive parts of *text* of about 1 MiB, cut at ends of lines.

    The first *header_size* bytes, if any, are a part of their own.

    >>> line_spans(b"epoch,loss\n1,0.5\n2,0.4\n", 11)
    [(0, 11), (11, 23)]
    """
    spans = [(0, header_size)] if header_size else []
    begin = header_size
    while begin < len(text):
        end = text.find(b"\n", begin + _SPAN_BYTES) + 1 if len(text) > begin + _SPAN_BYTES else len(text)
        spans.append((begin, end or len(text)))
        begin = spans[-1][1]
    return spans


class NeverSkips:
    """The skipping half of the decoder protocol, for decoders that need every byte."""

    @property
    def skip(self) -> int:
        """Always 0, since any line may hold a loss."""
        return 0

    def skipped(self, count: int) -> None:
        """Do nothing; the caller never skips bytes of this decoder."""


class Utf8Transcoder:
    """Turns bytes in UTF-8, UTF-16 or UTF-32, in pieces of any size, into UTF-8 without byte order mark and NUL bytes.

    UTF-16 and UTF-32 are recognised by their byte order marks only.
    """

    def __init__(self) -> None:
        self._start: bytes | None = b""
        self._wide: codecs.IncrementalDecoder | None = None

    def feed(self, data: bytes | memoryview) -> bytes:
        """Add the next bytes and return the text they complete."""
        text = bytes(data)
        if self._start is not None:
            text = self._start + text
            if any(len(text) < len(mark) and mark.startswith(text) for mark in _MARKS):
                self._start = text
                return b""
            self._start = None
            text = self._without_mark(text)
        if self._wide:
            text = self._wide.decode(text).encode("utf-8", "replace")
        # A hole in a log that was rotated while its writer had it open reads as NUL bytes.
        return text.translate(None, b"\0") if b"\0" in text else text

    def _without_mark(self, text: bytes) -> bytes:
        encoding = next((encoding for mark, encoding in _WIDE_MARKS.items() if text.startswith(mark)), None)
        if encoding:
            self._wide = codecs.getincrementaldecoder(encoding)("replace")
        return text.removeprefix(codecs.BOM_UTF8)


class LineSplitter:
    """Collects bytes and returns them in complete lines, each ended by LF.

    A line of more than *max_line* bytes is left out and counted; no more than that is kept in memory.
    """

    def __init__(self, max_line: int) -> None:
        self._too_long = 0
        self._max_line = max_line
        self._transcoder = Utf8Transcoder()
        self._rest = bytearray()
        self._is_behind_cr = False
        """Whether the last byte was CR: it has ended a line, and LF after it ends no other."""
        self._before = LastLine(_COMPARED_LINES)
        self._discarding = False

    @property
    def warnings(self) -> list[str]:
        """A sentence for the user if lines were left out."""
        return too_long_warnings(self._too_long, self._max_line)

    def feed(self, data: bytes | memoryview) -> bytes:
        """Add the next bytes and return the lines they complete, each ended by a newline."""
        text = self._transcoder.feed(data)
        if self._is_behind_cr and text:
            text = text.removeprefix(b"\n")
            self._is_behind_cr = False
        if b"\r" in text:
            # Some programs end lines with CR alone.
            self._is_behind_cr = text.endswith(b"\r")
            text = text.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        cut = text.rfind(b"\n") + 1
        if not cut:
            self._keep(text)
            return b""
        lines = bytes(self._rest) + text[:cut]
        self._rest.clear()
        if self._discarding:
            self._discarding = False
            lines = lines[lines.index(b"\n") + 1 :]
        self._keep(text[cut:])
        lines = self._drop_long_lines(lines)
        for line in _last_lines(lines, _COMPARED_LINES):
            self._before.note(line)
        return lines

    def finish(self, *, may_be_cut: bool = True) -> bytes:
        """Return the last line if it has no newline, with one; what is added to this line later is left out.

        A line that *may_be_cut* without notice, unlike a JSON object, is returned only if it looks like those before.
        """
        line = bytes(self._rest)
        if not line or self._discarding or (may_be_cut and not self._before.is_whole(line)):
            return b""
        self._rest.clear()
        self._discarding = True
        return line + b"\n"

    def _keep(self, text: bytes) -> None:
        if self._discarding:
            return
        self._rest += text
        if len(self._rest) > self._max_line:
            self._rest.clear()
            self._discarding = True
            self._too_long += 1

    def _drop_long_lines(self, text: bytes) -> bytes:
        begin = 0
        # Steps from one line end to the last within reach, so that usually a few steps show that no line is too long.
        while len(text) - begin > self._max_line:
            begin = text.rfind(b"\n", begin, begin + self._max_line + 1) + 1
            if not begin:
                break
        else:
            return text
        lines = text.split(b"\n")
        short = [line for line in lines if len(line) <= self._max_line]
        self._too_long += len(lines) - len(short)
        return b"\n".join(short)


class LineDecoder(NeverSkips, ABC):
    """Decodes a log of lines; a subclass says what complete lines mean."""

    def __init__(self, max_line: int) -> None:
        self._lines = LineSplitter(max_line)

    @property
    def warnings(self) -> Sequence[str]:
        """What was left out, a sentence each."""
        return self._lines.warnings

    def feed(self, data: bytes | memoryview) -> list[Scalars]:
        """Add the next bytes and return the points of the lines they complete."""
        return self._decode(self._lines.feed(data))

    @abstractmethod
    def _decode(self, text: bytes) -> list[Scalars]:
        """Return the points in complete lines."""


def _last_lines(text: bytes, count: int) -> list[bytes]:
    """Return the last *count* lines of *text*, whose last line has a newline too."""
    begin = len(text) - 1
    for _ in range(count):
        begin = text.rfind(b"\n", 0, max(begin, 0))
        if begin < 0:
            break
    return text[begin + 1 : -1].split(b"\n") if text else []


class SegmentSplitter:
    """Collects output of a terminal and cuts it at newlines, carriage returns and backspaces.

    Progress bars use the last two to overwrite themselves, so each segment is what was visible at one time.
    A carriage return before a newline is a part of it: terminals and Windows end lines so.
    A segment of more than *max_segment* bytes is left out and counted; no more than that is kept in memory.
    """

    def __init__(self, max_segment: int) -> None:
        self.too_long = 0
        """Segments that were left out."""
        self._max_segment = max_segment
        self._transcoder = Utf8Transcoder()
        self._rest = bytearray()
        self._carriage_return = b""
        self._discarding = False

    @property
    def warnings(self) -> list[str]:
        """A sentence for the user if segments were left out."""
        return too_long_warnings(self.too_long, self._max_segment)

    def feed(self, data: bytes | memoryview) -> list[tuple[bytes, bytes]]:
        """Add the next bytes and return the segments they complete, each with the byte that ended it."""
        return [segment for segment in segments_of(self.complete(data)) if self.fits(segment[0])]

    def complete(self, data: bytes | memoryview) -> bytes:
        """Add the next bytes and return the text that they complete: whole segments with their ends."""
        text = self._carriage_return + self._transcoder.feed(data)
        self._carriage_return = b"\r" if text.endswith(b"\r") else b""
        text = text.removesuffix(b"\r")
        cut = max(text.rfind(end) for end in (b"\n", b"\r", b"\x08")) + 1
        if not cut:
            self._keep(text)
            return b""
        if self._discarding:
            self._discarding = False
            begin = _SEGMENT_END.search(text)
            whole = text[begin.end() if begin else cut : cut]
        else:
            whole = bytes(self._rest) + text[:cut]
        self._rest.clear()
        self._keep(text[cut:])
        return whole

    @property
    def rest(self) -> bytes:
        """The last segment, if nothing has ended it yet."""
        return bytes(self._rest)

    def take_rest(self) -> bytes:
        """Return the last segment as if it were whole; what is added to it later is left out."""
        rest = bytes(self._rest)
        self._rest.clear()
        self._discarding = self._discarding or bool(rest)
        return rest

    def fits(self, segment: bytes) -> bool:
        """Return whether *segment* is short enough; count it if it is not."""
        self.too_long += len(segment) > self._max_segment
        return len(segment) <= self._max_segment

    def _keep(self, text: bytes) -> None:
        if self._discarding:
            return
        self._rest += text
        if len(self._rest) > self._max_segment:
            self._rest.clear()
            self._discarding = True
            self.too_long += 1


def segments_of(text: bytes, begin: int = 0, end: int | None = None) -> Iterator[tuple[bytes, bytes]]:
    """Yield the whole segments of *text* between *begin* and *end*, each with the byte that ended it.

    Empty ones are left out, but for one of several empty lines.
    """
    for match in _SEGMENT.finditer(text, begin, len(text) if end is None else end):
        segment, mark, more = match.groups()
        if segment or mark.endswith(b"\n"):
            yield segment, mark[-1:]
        if b"\n" in more:
            yield b"", b"\n"


def too_long_warnings(count: int, max_bytes: int) -> list[str]:
    """Return a sentence for the user if *count* lines of more than *max_bytes* were left out."""
    size = f"{max_bytes >> 20} MiB" if max_bytes >= 1 << 20 else f"{max_bytes >> 10} KiB"
    return [f"lines of more than {size} left out: {count:,}"] if count else []
