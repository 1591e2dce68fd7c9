"""Complete lines of text from bytes that come in any pieces."""

from __future__ import annotations

import codecs

_UTF8_MARK = codecs.BOM_UTF8
_UTF16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


WORTH_BLOCKS = 2048
"""Bytes of complete lines that are worth being decoded at once."""

_SPAN = 1 << 20


def spans(block: bytes, first: int = 0) -> list[tuple[int, int]]:
    """Cut *block* behind *first* bytes and at ends of lines into spans of about a MiB, whose arrays stay small."""
    found = [(0, first)] if first else []
    begin = first
    while begin < len(block):
        end = block.find(b"\n", begin + _SPAN) + 1 if len(block) > begin + _SPAN else len(block)
        found.append((begin, end or len(block)))
        begin = found[-1][1]
    return found


class ReadsEverything:
    """What a decoder says that can leave out no byte."""

    @property
    def skip(self) -> int:
        """Nothing: any line may hold a loss."""
        return 0

    def skipped(self, count: int) -> None:
        """Take note that nothing was left out."""


class Utf8:
    """Turns bytes that come in any pieces into UTF-8 without marks or NUL bytes; UTF-16 is recognised by its mark."""

    def __init__(self) -> None:
        self._start: bytes | None = b""
        self._utf16: codecs.IncrementalDecoder | None = None

    def feed(self, data: bytes | memoryview) -> bytes:
        """Take the next bytes and return the text they complete."""
        text = bytes(data)
        if self._start is not None:
            text = self._start + text
            if len(text) < len(_UTF8_MARK):
                self._start = text
                return b""
            self._start = None
            if text.startswith(_UTF16_MARKS):
                self._utf16 = codecs.getincrementaldecoder("utf-16")("replace")
            text = text.removeprefix(_UTF8_MARK)
        if self._utf16:
            text = self._utf16.decode(text).encode("utf-8", "replace")
        # A hole left by a log rotated under its writer reads as NUL bytes.
        return text.translate(None, b"\0") if b"\0" in text else text


class Lines:
    """Cuts bytes into blocks of complete lines.

    A line of more than *longest* bytes is left out and counted; no more than that is ever held.
    """

    def __init__(self, longest: int) -> None:
        self.too_long = 0
        """Lines left out."""
        self._longest = longest
        self._text = Utf8()
        self._held = bytearray()
        self._discarding = False

    def feed(self, data: bytes | memoryview) -> bytes:
        """Take the next bytes and return the lines they complete, each ended by a newline."""
        text = self._text.feed(data)
        cut = text.rfind(b"\n") + 1
        if not cut:
            self._hold(text)
            return b""
        block = bytes(self._held) + text[:cut]
        self._held.clear()
        if self._discarding:
            self._discarding = False
            block = block[block.index(b"\n") + 1 :]
        self._hold(text[cut:])
        return self._without_long(block)

    def _hold(self, text: bytes) -> None:
        if self._discarding:
            return
        self._held += text
        if len(self._held) > self._longest:
            self._held.clear()
            self._discarding = True
            self.too_long += 1

    def _without_long(self, block: bytes) -> bytes:
        at = 0
        while len(block) - at > self._longest:
            at = block.rfind(b"\n", at, at + self._longest + 1) + 1
            if not at:
                break
        else:
            return block
        lines = block.split(b"\n")
        short = [line for line in lines if len(line) <= self._longest]
        self.too_long += len(lines) - len(short)
        return b"\n".join(short)
