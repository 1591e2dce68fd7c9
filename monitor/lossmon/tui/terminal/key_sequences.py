"""Split what a terminal sends into single keys, escape sequences and pastes; whatever comes, the next key is read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

CTRL_C = "\x03"
_ESCAPE = "\x1b"
_PASTE_START, _PASTE_END = "\x1b[200~", "\x1b[201~"
_MAX_SEQUENCE = 64
"""Characters of the longest sequence that stands for a key or a click; a longer one is ignored."""
_MAX_PASTE = 1000
"""Characters of a paste that are kept: a filter takes fewer."""
_STRING_STARTS = frozenset({"\x1b]", "\x1bP", "\x1bX", "\x1b^", "\x1b_"})
"""What begins an answer of any length: OSC, DCS, SOS, PM and APC of ECMA-48."""
_STRING_END = re.compile("\x07|\x1b\\\\?")

_COMPLETE = re.compile(
    r"""
    [^\x1b]+                                     # keys that print something, and control characters
    | \x1b\[\[[A-E]                              # function keys of the Linux console
    | \x1b\[M[^\x1b]{3}                          # clicks as the first xterm sent them
    | \x1b\[(?![M\[])[0-?]*[ -/]*[@-~]          # control sequences
    | \x1bO[ -~]                                 # single shifts: F1 and the keypad
    | \x1b[\]PX^_]                               # the begin of a string
    | \x1b(?=\x1b)                               # the escape key before another sequence
    | \x1b[^\x1b\[O\]PX^_]                       # alt with a key
    """,
    re.VERBOSE,
)
_INCOMPLETE = re.compile(r"\x1b(?:\[(?:\[|M[^\x1b]{0,2}|[0-?]*[ -/]*)|O)?\Z")
_BROKEN = re.compile(r"\x1b(?:\[[0-?]*[ -/]*|O)?")


@dataclass(frozen=True, slots=True)
class Pasted:
    """Text that was pasted, only its beginning if it is long."""

    text: str


class KeySplitter:
    """Splits the text from a terminal, which may be cut anywhere, in time that grows with its length.

    What waits for its end is given up by ``give_up``, and by ctrl+c, which is always a key.
    """

    def __init__(self) -> None:
        self._pending = ""
        """The begin of a sequence, or of the end of a paste."""
        self._paste: str | None = None
        """The text of the paste that has begun."""
        self._pasted = ""
        self._is_in_string = False

    @property
    def is_waiting(self) -> bool:
        """Whether something has begun that has no end yet."""
        return bool(self._pending) or self._paste is not None or self._is_in_string

    def feed(self, text: str) -> Iterator[str | Pasted]:
        """Yield each key, each complete sequence, and each paste in *text*."""
        first, *others = text.split(CTRL_C)
        yield from self._split(first)
        for part in others:
            self.give_up()
            yield CTRL_C
            yield from self._split(part)

    def end_escape(self) -> Iterator[str]:
        """Yield a lone escape byte as the key; to be called when nothing has followed it for a moment."""
        if self._pending == _ESCAPE and self._paste is None and not self._is_in_string:
            self._pending = ""
            yield _ESCAPE

    def give_up(self) -> None:
        """Forget what has begun and has no end."""
        self._pending, self._paste, self._is_in_string = "", None, False

    def _split(self, text: str) -> Iterator[str | Pasted]:
        text, self._pending = self._pending + text, ""
        position = 0
        while position < len(text):
            if self._paste is not None:
                position = self._read_paste(text, position)
                if self._paste is not None:
                    return
                yield Pasted(self._pasted)
            elif self._is_in_string:
                position = self._skip_string(text, position)
            elif match := _COMPLETE.match(text, position):
                position = match.end()
                yield from self._begin_or_yield(match.group())
            elif _INCOMPLETE.match(text, position):
                self._pending = text[position : position + _MAX_SEQUENCE + 1]
                return
            else:
                broken = _BROKEN.match(text, position)
                position = broken.end() if broken else position + 1

    def _begin_or_yield(self, token: str) -> Iterator[str]:
        """Begin a paste or a string, or yield the keys in *token*."""
        if token == _PASTE_START:
            self._paste = ""
        elif token in _STRING_STARTS:
            self._is_in_string = True
        elif not token.startswith(_ESCAPE):
            yield from token
        elif len(token) <= _MAX_SEQUENCE:
            yield token

    def _read_paste(self, text: str, position: int) -> int:
        """Add to the paste what belongs to it, and return the position after it; end it at its end."""
        end = text.find(_PASTE_END, position)
        stop = end if end >= 0 else len(text) - _length_of_begun_end(text, position)
        paste = (self._paste or "") + text[position : min(stop, position + _MAX_PASTE)]
        self._paste = paste[:_MAX_PASTE]
        if end < 0:
            self._pending = text[stop:]
            return len(text)
        self._pasted, self._paste = self._paste, None
        return end + len(_PASTE_END)

    def _skip_string(self, text: str, position: int) -> int:
        """Return the position after the end of a string, or that of the sequence that cuts it off."""
        match = _STRING_END.search(text, position)
        if match is None:
            return len(text)
        if match.group() == _ESCAPE and match.end() == len(text):
            self._pending = _ESCAPE
            return len(text)
        self._is_in_string = False
        return match.start() if match.group() == _ESCAPE else match.end()


def _length_of_begun_end(text: str, position: int) -> int:
    """Return how many characters at the end of *text* may be the begin of the end of a paste."""
    lengths = range(min(len(_PASTE_END) - 1, len(text) - position), 0, -1)
    return next((length for length in lengths if _PASTE_END.startswith(text[-length:])), 0)
