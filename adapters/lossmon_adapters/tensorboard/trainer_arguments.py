"""Find in an event file how long Hugging Face's Trainer is going to train."""

from __future__ import annotations

import re
from collections.abc import Mapping

from lossmon.core.points import Axis

_SEARCHED = 1 << 15
"""Bytes at the start of the file that are searched: the Trainer writes its arguments there, as text."""
_LONGEST = 64
"""Bytes of the longest match."""
_ARGUMENT = re.compile(rb'"(num_train_epochs|max_steps)": (-?[0-9]{1,12}(?:\.[0-9]{1,9})?)[,\s}]')


class TrainerArguments:
    """Searches the start of a file for the arguments ``num_train_epochs`` and ``max_steps``; the latter comes first.

    >>> arguments = TrainerArguments()
    >>> arguments.search(b'{"num_train_epochs": 4, "max_steps": -1, ')
    >>> arguments.planned_end
    {'epoch': 4.0}
    """

    def __init__(self) -> None:
        self._left, self._tail = _SEARCHED, b""
        self._found: dict[bytes, float] = {}

    def search(self, data: bytes) -> None:
        """Search the next bytes, as far as they belong to the start."""
        if not self._left:
            return
        text = self._tail + data[: self._left]
        self._left -= len(text) - len(self._tail)
        for name, number in _ARGUMENT.findall(text):
            self._found.setdefault(name, float(number))
        self._tail = text[-_LONGEST:] if self._left else b""

    @property
    def planned_end(self) -> Mapping[Axis, float]:
        """The last step, or else the last epoch; empty without the arguments of a Trainer."""
        steps, epochs = self._found.get(b"max_steps", 0.0), self._found.get(b"num_train_epochs", 0.0)
        if epochs <= 0:
            return {}
        return {"step": steps} if steps > 0 else {"epoch": epochs}
