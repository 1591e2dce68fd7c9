"""Damage logs: bytes are changed, moved, cut and spliced, also below checksums that are right again."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Sequence
from random import Random

from tests.support.decoding import record

LARGEST = 40_000
"""Bytes of an input."""
_TOKENS = [
    *(b"\n", b"\r", b"\r\n", b"\n\r", b"\x08", b"\0", b"\0" * 4, b'"', b'""', b"\\", b"'", b"{", b"}", b"[", b"]"),
    *(b"}x", b"}\n}", b",", b";", b"\t", b":", b" ", b"-", b"- ", b"#", b"%", b".", b"e", b"/", b"|", b"(", b"<"),
    *(b"nan", b"NaN", b"-inf", b"1e999", b"null", b"9" * 50, b"1" * 400 + b"x", b"tensor(", b"0.5", b"epoch", b"loss"),
    *(b"\x1b[0m", b"\x1b[A", b"\x1b]0;", b"\x1b[", b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff", b"\xff\xfe\0\0", b"\xff"),
    *("損失".encode(), "é".encode("latin-1"), "\u2028".encode(), "\x85".encode(), b"\x0c", b"\x1c", b"\x80"),
]
_LINE_ENDS = (b"\r\n", b"\r", b"\n\r", b"\r\r\n", b"\n\n")
_ENCODINGS = ("utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-be", "utf-8-sig", "latin-1")
_HEADER = struct.Struct("<IHB")

Change = Callable[[bytes, Sequence[bytes], Random], bytes]


def mutated(data: bytes, others: Sequence[bytes], randomness: Random) -> bytes:
    """Return *data* after a few changes, some of which take parts of *others*."""
    for _ in range(randomness.choice([0, 1, 1, 1, 2, 3, 8])):
        data = randomness.choice(_CHANGES)(data, others, randomness)
    return data[:LARGEST]


def cut_places(size: int, randomness: Random) -> list[int]:
    """Return where to cut an input of *size* bytes: once, at every byte, in equal pieces, or anywhere."""
    if size < 2:
        return []
    match randomness.randrange(4):
        case 0:
            return [randomness.randrange(1, size)]
        case 1 if size <= 3000:
            return list(range(1, size))
        case 2:
            return list(range(0, size, randomness.choice([2, 3, 7, 64, 100, 1000, 4096])))[1:]
        case _:
            return sorted(randomness.randrange(size + 1) for _ in range(randomness.randrange(1, 30)))


def _span(data: bytes, randomness: Random) -> tuple[int, int]:
    begin = randomness.randrange(len(data) + 1)
    return begin, min(len(data), begin + randomness.choice([0, 1, 1, 4, 20, 100, 1000]))


def _overwritten(data: bytes, others: Sequence[bytes], randomness: Random) -> bytes:
    begin, end = _span(data, randomness)
    return data[:begin] + randomness.randbytes(end - begin) + data[end:]


def _zeroed(data: bytes, others: Sequence[bytes], randomness: Random) -> bytes:
    begin, end = _span(data, randomness)
    return data[:begin] + bytes(end - begin) + data[end:]


def _removed(data: bytes, others: Sequence[bytes], randomness: Random) -> bytes:
    begin, end = _span(data, randomness)
    return data[:begin] + data[end:]


def _repeated(data: bytes, others: Sequence[bytes], randomness: Random) -> bytes:
    begin, end = _span(data, randomness)
    return data[:end] + data[begin:end] * randomness.choice([1, 2, 50]) + data[end:]


def _with_token(data: bytes, others: Sequence[bytes], randomness: Random) -> bytes:
    begin, _ = _span(data, randomness)
    return data[:begin] + randomness.choice(_TOKENS) * randomness.choice([1, 1, 2, 300]) + data[begin:]


def _spliced(data: bytes, others: Sequence[bytes], randomness: Random) -> bytes:
    begin, end = _span(data, randomness)
    other = randomness.choice(others)
    other_begin = randomness.randrange(len(other) + 1)
    return data[:begin] + other[other_begin : other_begin + randomness.choice([10, 300, 5000])] + data[end:]


def _followed(data: bytes, others: Sequence[bytes], randomness: Random) -> bytes:
    return data + randomness.choice([*_TOKENS, data, randomness.choice(others)])


def _cut(data: bytes, others: Sequence[bytes], randomness: Random) -> bytes:
    begin = randomness.randrange(len(data) + 1)
    return randomness.choice([data[:begin], data[:begin].rstrip(), data[begin:], data.rstrip()])


def _few_lines(data: bytes, others: Sequence[bytes], randomness: Random) -> bytes:
    begin = randomness.choice([0, 0, data.rfind(b"\n", 0, randomness.randrange(len(data) + 1)) + 1])
    lines = data[begin:].split(b"\n")[: randomness.randrange(1, 5)]
    return b"\n".join(lines) + randomness.choice([b"", b"\n"])


def _with_line_ends(data: bytes, others: Sequence[bytes], randomness: Random) -> bytes:
    return data.replace(b"\r\n", b"\n").replace(b"\n", randomness.choice(_LINE_ENDS))


def _encoded(data: bytes, others: Sequence[bytes], randomness: Random) -> bytes:
    return data.decode("utf-8", "replace").encode(randomness.choice(_ENCODINGS), "replace")


def _moved_lines(data: bytes, others: Sequence[bytes], randomness: Random) -> bytes:
    lines = data.split(b"\n")
    begin = randomness.randrange(len(lines))
    moved, rest = lines[begin : begin + 5], lines[:begin] + lines[begin + 5 :]
    at = randomness.randrange(len(rest) + 1)
    return b"\n".join(rest[:at] + moved + rest[at:])


def _resealed_events(data: bytes, others: Sequence[bytes], randomness: Random) -> bytes:
    """Return an event file with changed payloads, each under its right checksum."""
    out, at = [], 0
    while at + 12 <= len(data):
        (length,) = struct.unpack_from("<Q", data, at)
        payload = data[at + 12 : at + 12 + length]
        if len(payload) < length:
            break
        if randomness.random() < 0.05:
            payload = randomness.choice(_CHANGES[:8])(payload, [payload, *others], randomness)
        out.append(record(payload))
        at += length + 16
    return b"".join(out) + data[at:]


def _resealed_chunks(data: bytes, others: Sequence[bytes], randomness: Random) -> bytes:
    """Return a log in the format of LevelDB with changed contents, each under its right checksum."""
    out, at = bytearray(data[:7]), 7
    while at + _HEADER.size <= len(data):
        _, length, kind = _HEADER.unpack_from(data, at)
        content = bytearray(data[at + 7 : at + 7 + length])
        if content and randomness.random() < 0.1:
            begin = randomness.randrange(len(content))
            content[begin : begin + 3] = randomness.randbytes(len(content[begin : begin + 3]))
        out += _HEADER.pack(zlib.crc32(bytes([kind]) + content), length, kind) + content
        at += 7 + length
    return bytes(out)


_CHANGES: list[Change] = [
    *(_overwritten, _zeroed, _removed, _repeated, _with_token, _with_token, _spliced, _cut),
    *(_followed, _followed, _few_lines, _with_line_ends, _encoded, _moved_lines, _resealed_events, _resealed_chunks),
]
