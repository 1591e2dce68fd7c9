"""Find the segments of a block of output that may say something, without looking at the others one by one."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from lossmon.core.metric_names import LINE_HINTS
from lossmon_adapters.console import framework_lines, trainings, translations
from lossmon_adapters.shared.lines import SEGMENT_ENDS

_LETTER_BITS = 5
"""Bits of a byte that tell letters apart, in upper case and in lower case alike."""
_GRAM = 3
"""Letters of a hint that are looked for; where they are, the whole hint is compared."""
_PIECE_BYTES = 1 << 17
"""Bytes searched at once; the arrays made of them fit into a processor's cache."""
HINTS = (*LINE_HINTS, *framework_lines.HINTS, *trainings.HINTS, *translations.HINTS)
"""Words of which a line with news has at least one."""
_WHOLE_HINT = re.compile("|".join(map(re.escape, HINTS)).encode())


def _table() -> NDArray[np.bool_]:
    """Return for each code of three characters whether a hint begins with them."""
    table = np.zeros((1 << _LETTER_BITS,) * _GRAM, np.bool_)
    mask = (1 << _LETTER_BITS) - 1
    for hint in HINTS:
        code = [byte & mask for byte in hint.encode()[:_GRAM]]
        table[tuple(code)] = True
    return table.reshape(-1)


_TABLE = _table()
_IS_END = np.isin(np.arange(256), list(SEGMENT_ENDS))


def may_say_something(lower: bytes) -> bool:
    """Return whether a line, in lower case, has a word that a line with news must have."""
    return _WHOLE_HINT.search(lower) is not None


def segments_with_news(block: bytes) -> Iterator[tuple[int, int]]:
    r"""Yield begin and end of each segment of *block*, which ends with a segment end, that may say something.

    >>> list(segments_with_news(b"hello\nepoch 1\rbye\n"))
    [(6, 13)]
    """
    hits, ends = _hits_and_ends(block)
    numbers = np.searchsorted(ends, hits)
    begins = np.append(0, ends + 1)[numbers]
    lower, known = block.lower(), -1
    for at, begin, end in zip(hits.tolist(), begins.tolist(), ends[numbers].tolist(), strict=True):
        if begin != known and _WHOLE_HINT.match(lower, at):
            known = begin
            yield begin, end


def _hits_and_ends(block: bytes) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the places in *block* where a hint may begin, and those of the segment ends."""
    characters = np.frombuffer(block, np.uint8)
    hits, ends = [np.zeros(0, np.intp)], [np.zeros(0, np.intp)]
    for start in range(0, len(block), _PIECE_BYTES):
        piece = characters[start : start + _PIECE_BYTES + _GRAM - 1]
        hits.append(np.flatnonzero(_TABLE[_codes(piece)]) + start)
        controls = np.flatnonzero(piece[:_PIECE_BYTES] <= max(SEGMENT_ENDS))
        ends.append(controls[_IS_END[piece[controls]]] + start)
    return np.concatenate(hits), np.concatenate(ends)


def _codes(characters: NDArray[np.uint8]) -> NDArray[np.uint16]:
    """Return a code for each three *characters*."""
    letters = characters.astype(np.uint16)
    letters &= (1 << _LETTER_BITS) - 1
    codes = letters[:-2] << np.uint16(2 * _LETTER_BITS)
    codes |= letters[1:-1] << np.uint16(_LETTER_BITS)
    codes |= letters[2:]
    return codes
