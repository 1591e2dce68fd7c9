"""Tell whether the last line of a log, which has no newline, is whole or was cut by a writer's buffer."""

from __future__ import annotations

import re
from collections import Counter, deque

_NOT_LETTERS = bytes(byte for byte in range(256) if not bytes([byte]).isalpha())
_MOST_LINES = 256
"""Lines that are remembered."""
_ENOUGH_DECIMALS = 6
_LAST_FRACTION = re.compile(rb"\.([0-9]{1,32})[^0-9]{0,64}\Z")


def words_of(line: bytes) -> bytes:
    """Return the letters of *line*: what lines of one kind have in common.

    >>> words_of(b"Epoch 3 loss 0.5")
    b'Epochloss'
    """
    return line.translate(None, _NOT_LETTERS)


class LastLine:
    """Compares a last line with whole lines before it: its last number must have as many decimals as most of theirs.

    A number cut behind its sixth decimal counts as whole: what is missing does not matter.
    """

    def __init__(self, lines: int = _MOST_LINES) -> None:
        self._whole: deque[bytes] = deque(maxlen=lines)

    def note(self, line: bytes) -> None:
        """Remember a whole line."""
        self._whole.append(line)

    def is_whole(self, line: bytes) -> bool:
        """Return whether *line* has the words of a whole line, and as many decimals."""
        words = words_of(line)
        alike = Counter(_decimals(whole) for whole in self._whole if words_of(whole) == words)
        if not alike:
            return False
        usual = max(alike, key=lambda decimals: (alike[decimals], decimals))
        return _decimals(line) >= min(usual, _ENOUGH_DECIMALS)


def _decimals(line: bytes) -> int:
    fraction = _LAST_FRACTION.search(line)
    return len(fraction.group(1)) if fraction else 0
