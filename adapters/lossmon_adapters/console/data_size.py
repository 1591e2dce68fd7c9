"""Find the size of the training set in captured output."""

from __future__ import annotations

import re

_SEARCHED = 1 << 15
"""Bytes at the start of output that are searched: programs print the size of their data before they train."""
_SIZE = re.compile(
    rb"\bTrain on ([0-9]{1,12}) samples|"
    rb"\bnumber of data points in the train set: ([0-9]{1,12})(?=[^0-9])|"
    rb"\bRunning training \*{3,8}[^*]{0,120}?\bNum examples = ([0-9,]{1,16})(?=[^0-9,])",
    re.IGNORECASE,
)
"""As Keras 2, LightGBM and Hugging Face's Trainer print it; with the end of the number, so that it is whole."""
_LONGEST = 256
"""Bytes of the longest match."""


class DataSize:
    """Searches the start of output for the size of the training set.

    >>> size = DataSize()
    >>> size.search(b"Train on 20000 samples, validate on 5000 samples")
    >>> size.train_examples
    20000
    """

    def __init__(self) -> None:
        self._left, self._tail = _SEARCHED, b""
        self._found: set[int] = set()

    def search(self, data: bytes | memoryview) -> None:
        """Search the next bytes, as far as they belong to the start."""
        if not self._left:
            return
        text = self._tail + bytes(data[: self._left])
        self._left -= len(text) - len(self._tail)
        sizes = (next(filter(None, groups)) for groups in _SIZE.findall(text))
        self._found.update(int(size.replace(b",", b"") or 0) for size in sizes)
        self._tail = text[-_LONGEST:] if self._left else b""

    @property
    def train_examples(self) -> int:
        """The number of examples in the training set; 0 if unknown, or if several trainings differ in it."""
        return next(iter(self._found)) if len(self._found) == 1 else 0
