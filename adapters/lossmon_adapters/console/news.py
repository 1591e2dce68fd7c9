"""Find the lines of a block of output that may say something, without looking at the others one by one."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from lossmon.core.metric_names import LINE_HINTS
from lossmon_adapters.console import framework_lines, trainings

_LETTER_BITS = 5
"""Bits of a byte that tell letters apart, in upper case and in lower case alike."""
_GRAM = 3
"""Letters of a hint that are looked for; a line that has them is then searched for the whole hint."""
_PIECE_BYTES = 1 << 17
"""Bytes searched at once; the arrays made of them fit into a processor's cache."""
_HINTS = (*LINE_HINTS, *framework_lines.HINTS, *trainings.HINTS)
_WHOLE_HINT = re.compile("|".join(map(re.escape, _HINTS)).encode())


def _table() -> NDArray[np.bool_]:
    """Return for each code of three characters whether a hint begins with them."""
    table = np.zeros((1 << _LETTER_BITS,) * _GRAM, np.bool_)
    mask = (1 << _LETTER_BITS) - 1
    for hint in _HINTS:
        code = [byte & mask for byte in hint.encode()[:_GRAM]]
        table[tuple(code)] = True
    return table.reshape(-1)


_TABLE = _table()


def may_say_something(lower: bytes) -> bool:
    """Return whether a line, in lower case, has a word that a line with news must have."""
    return _WHOLE_HINT.search(lower) is not None


def lines_with_news(block: bytes) -> Iterator[tuple[int, int]]:
    """Yield begin and end of each line of *block* that may say something; its newline is a part of a line."""
    end, lower = 0, block.lower()
    for at in _hits(block):
        if at >= end and _WHOLE_HINT.match(lower, at):
            begin = block.rfind(b"\n", end, at) + 1 or end
            end = block.find(b"\n", at) + 1 or len(block)
            yield begin, end


def _hits(block: bytes) -> Iterator[int]:
    """Yield the places in *block* where a hint may begin."""
    characters = np.frombuffer(block, np.uint8)
    for start in range(0, len(block) - _GRAM + 1, _PIECE_BYTES):
        letters = characters[start : start + _PIECE_BYTES + _GRAM - 1].astype(np.uint16)
        letters &= (1 << _LETTER_BITS) - 1
        codes = letters[:-2] << (2 * _LETTER_BITS)
        codes |= letters[1:-1] << _LETTER_BITS
        codes |= letters[2:]
        yield from (np.flatnonzero(_TABLE[codes]) + start).tolist()
