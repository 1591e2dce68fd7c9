"""Decode JSON Lines, a record a line: many lines at once where they differ only in their numbers, else one by one."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from typing import NamedTuple
from warnings import catch_warnings, simplefilter

import numpy as np
from numpy.typing import NDArray

from lossmon.core.points import Floats, Scalars
from lossmon_adapters.json_logs.parse import parse_json
from lossmon_adapters.shared.lines import MIN_BLOCK_BYTES, LineDecoder, line_spans
from lossmon_adapters.shared.records import RecordCollector

_LONGEST_LINE = 1 << 22
"""Bytes of a line that is read; Ray writes the whole configuration into each."""
_MOST_NUMBERS = 64
"""Numbers of a record that is decoded together with others: one mark byte is needed for each."""

# Text that is ASCII has no bytes from 0x80 on, so these can mark places in it.
_FIRST_MARK = 0x80
_MARKS = bytes(range(_FIRST_MARK, _FIRST_MARK + _MOST_NUMBERS))
_MARKS_TO_COMMAS = bytes(range(_FIRST_MARK)) + b"," * (256 - _FIRST_MARK)
_NUMBER = re.compile(rb"(?<=[:\s])-?[0-9][-+.0-9eE]*(?=\s*[,}])")
_NUMBER_BYTES = b"0123456789-+.eE"


class MMEngineRecords:
    """Converts the records of mmengine's ``scalars.json`` to one axis.

    A record of training counts iterations. One of validation has the same names, and its ``step`` is an epoch: it gets
    the iteration of the last training record, and ``val/`` before its names.
    """

    def __init__(self) -> None:
        self._iteration: object = 0

    def convert(self, record: dict[str, object]) -> dict[str, object]:
        """Return *record* with its iteration, and without its ``step``."""
        if "iter" in record:
            self._iteration = record["iter"]
            return {key: value for key, value in record.items() if key != "step"}
        values = {f"val/{key}": value for key, value in record.items() if key != "step"}
        return {"iter": self._iteration, **values}


class JsonLinesDecoder(LineDecoder):
    """Decodes records that come one a line; *convert*, if given, is applied to each."""

    def __init__(self, convert: Callable[[dict[str, object]], dict[str, object]] | None = None) -> None:
        super().__init__(_LONGEST_LINE)
        self._records = RecordCollector()
        self._convert = convert
        self._not_objects = 0

    @property
    def warnings(self) -> Sequence[str]:
        """What was left out, a sentence each."""
        warnings = self._lines.warnings
        if self._not_objects:
            warnings.append(f"lines that are not JSON objects left out: {self._not_objects:,}")
        return warnings + self._records.warnings

    def finish(self) -> list[Scalars]:
        """Return the points of a last record that has no newline."""
        return self._decode(self._lines.finish(may_be_cut=False))

    def _decode(self, text: bytes) -> list[Scalars]:
        scalars: list[Scalars] = []
        for begin, end in line_spans(text):
            lines = text[begin:end]
            together = self._decode_together(lines)
            scalars += self._decode_one_by_one(lines) if together is None else together
        return scalars

    def _decode_together(self, lines: bytes) -> list[Scalars] | None:
        """Return the points of *lines* if there are many that differ only in their numbers, else None."""
        block = parse_block(lines) if len(lines) >= MIN_BLOCK_BYTES and not self._convert else None
        return self._records.scalars_of(block.names, block.rows) if block else None

    def _decode_one_by_one(self, lines: bytes) -> list[Scalars]:
        for line in lines.decode("utf-8", "replace").split("\n"):
            if not line.strip():
                continue
            record = parse_json(line)
            if isinstance(record, dict):
                self._records.add(self._convert(record) if self._convert else record)
            else:
                self._not_objects += 1
        return self._records.take()


class RecordBlock(NamedTuple):
    """The numbers of records that all have the same names."""

    names: list[str]
    rows: Floats
    """Shape (records, names)."""


def parse_block(lines: bytes) -> RecordBlock | None:
    r"""Return the numbers of *lines*, each ended by a newline, or None if they must be parsed one by one to be exact.

    The first line is split at its numbers. The others are like it if they consist of the same pieces in the same
    order, with only finite JSON numbers between them.

    >>> parse_block(b'{"step": 1, "loss": 0.5}\n{"step": 2, "loss": 0.25}\n').rows.tolist()
    [[1.0, 0.5], [2.0, 0.25]]
    """
    first = lines[: lines.find(b"\n") + 1]
    names = _number_names(first)
    pieces = _NUMBER.split(first)
    if not names or len(pieces) != len(names) + 1 or not lines.isascii():
        return None
    text = _replace_pieces(lines, pieces)
    rows = None if text is None else _parse_rows(text, len(names))
    return None if rows is None else RecordBlock(names, rows)


def _number_names(line: bytes) -> list[str]:
    """Return the names in *line* if it is an object with only finite numbers, else none."""
    record = parse_json(line.decode("utf-8", "replace"))
    if not isinstance(record, dict) or len(record) > _MOST_NUMBERS:
        return []
    is_numeric = all(type(value) in (int, float) and math.isfinite(value) for value in record.values())
    return list(record) if is_numeric else []


def _replace_pieces(lines: bytes, pieces: list[bytes]) -> bytes | None:
    """Return *lines*, which are ASCII, with a mark in place of each of *pieces*; None if more than numbers is left.

    Marks are bytes from ``_FIRST_MARK`` on. The first piece follows the last one in all lines but the first.
    """
    start, *between, end = pieces
    if not (lines.startswith(start) and lines.endswith(end)):
        return None
    first = bytes([_FIRST_MARK])
    text = lines[len(start) : len(lines) - len(end)].replace(end + start, first)
    for mark, piece in enumerate(between, _FIRST_MARK + 1):
        text = text.replace(piece, bytes([mark]))
    numbers = text.translate(None, _MARKS)
    return None if numbers.translate(None, _NUMBER_BYTES) else first + text + first


def _parse_rows(text: bytes, width: int) -> Floats | None:
    """Return the numbers between the marks of *text*, shape (rows, *width*); None if a mark or a number is wrong."""
    every = np.frombuffer(text + b"\0", np.uint8)
    at = np.flatnonzero(every >= _FIRST_MARK)[:-1]
    marks = every[at] - np.uint8(_FIRST_MARK)
    if len(marks) % width or np.any(marks.reshape(-1, width) != np.arange(width)) or not _are_json_numbers(every, at):
        return None
    try:
        with catch_warnings():
            simplefilter("error")
            values = np.fromstring(text[1:-1].translate(_MARKS_TO_COMMAS), sep=",")
    except (ValueError, DeprecationWarning):
        return None
    is_complete = len(values) == len(marks) and bool(np.isfinite(values).all())
    return values.reshape(-1, width) if is_complete else None


def _are_json_numbers(every: NDArray[np.uint8], marks: NDArray[np.intp]) -> bool:
    """Return whether each number behind one of *marks* is written as JSON requires, given that NumPy can parse it.

    That is ``0.5``, not ``.5``, ``+0.5``, ``00.5`` or ``5.``. The integer ``-0``, which has no sign, is not accepted
    either.
    """
    digit = (every - np.uint8(ord("0"))) < 10
    minus = every[marks + 1] == ord("-")
    lead = marks + 1 + minus
    more = digit[lead + 1] | (minus & (every[lead + 1] >= _FIRST_MARK))
    wrong = (every[lead] == ord("0")) & more
    points = np.flatnonzero(every == ord("."))
    return bool(digit[lead].all() and not wrong.any() and digit[points + 1].all())
