"""Many JSON objects at once, where they differ in nothing but their numbers."""

from __future__ import annotations

import math
import re
import warnings
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lossmon.core.points import Floats
from lossmon_adapters.json_logs.parse import parsed

_MOST_NUMBERS = 64
_FIRST_MARK = 0x80
_NUMBER = re.compile(rb"(?<=[:\s])-?[0-9][-+.0-9eE]*(?=\s*[,}])")
_DIGITS = b"0123456789-+.eE"
_MARKS = bytes(range(_FIRST_MARK, _FIRST_MARK + _MOST_NUMBERS))
_COMMAS = bytes(range(_FIRST_MARK)) + b"," * (256 - _FIRST_MARK)


class Block(NamedTuple):
    """The numbers of objects that all have the same names."""

    names: list[str]
    values: Floats
    """One row an object, one column a name."""


def block_of(lines: bytes) -> Block | None:
    """Return what *lines* say, each ended by a newline, or None where only reading one by one is exact.

    The first line is taken apart at its numbers. The others are like it if they consist of the same pieces in the same
    order, with nothing but finite JSON numbers between.
    """
    first = lines[: lines.find(b"\n") + 1]
    names = _names(first)
    pieces = _NUMBER.split(first)
    if not names or len(pieces) != len(names) + 1 or not lines.isascii():
        return None
    text = _marked(lines, pieces)
    values = None if text is None else _numbers(text, len(names))
    return None if values is None else Block(names, values)


def _names(line: bytes) -> list[str]:
    """Return the names of an object of finite numbers; none of another."""
    record = parsed(line.decode("utf-8", "replace"))
    if not isinstance(record, dict) or len(record) > _MOST_NUMBERS:
        return []
    return list(record) if all(type(one) in (int, float) and math.isfinite(one) for one in record.values()) else []


def _marked(lines: bytes, pieces: list[bytes]) -> bytes | None:
    """Return *lines*, which are ASCII, with one mark for each of *pieces*; None where more than numbers is left.

    Marks are bytes from ``_FIRST_MARK`` on. The first piece follows the last one but in the first line.
    """
    start, *between, end = pieces
    if not (lines.startswith(start) and lines.endswith(end)):
        return None
    first = bytes([_FIRST_MARK])
    text = lines[len(start) : len(lines) - len(end)].replace(end + start, first)
    for mark, piece in enumerate(between, _FIRST_MARK + 1):
        text = text.replace(piece, bytes([mark]))
    numbers = text.translate(None, _MARKS)
    return None if numbers.translate(None, _DIGITS) else first + text + first


def _numbers(text: bytes, width: int) -> Floats | None:
    """Return the numbers between the marks of *text*, *width* a row, if all are JSON's and no mark is out of order."""
    every = np.frombuffer(text + b"\0", np.uint8)
    at = np.flatnonzero(every >= _FIRST_MARK)[:-1]
    marks = every[at] - np.uint8(_FIRST_MARK)
    if len(marks) % width or np.any(marks.reshape(-1, width) != np.arange(width)) or not _are_json(every, at):
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            values = np.fromstring(text[1:-1].translate(_COMMAS), sep=",")
    except (ValueError, DeprecationWarning):
        return None
    whole = len(values) == len(marks) and bool(np.isfinite(values).all())
    return values.reshape(-1, width) if whole else None


def _are_json(every: NDArray[np.uint8], marks: NDArray[np.intp]) -> bool:
    """Say whether what follows each of *marks* is written as JSON wants it, if it is a number at all.

    That is ``0.5``, not ``.5``, ``+0.5``, ``00.5`` or ``5.``. The integer ``-0``, which has no sign, is left out too.
    """
    digit = (every - np.uint8(ord("0"))) < 10
    minus = every[marks + 1] == ord("-")
    lead = marks + 1 + minus
    more = digit[lead + 1] | (minus & (every[lead + 1] >= _FIRST_MARK))
    odd = (every[lead] == ord("0")) & more
    points = np.flatnonzero(every == ord("."))
    return bool(digit[lead].all() and not odd.any() and digit[points + 1].all())
