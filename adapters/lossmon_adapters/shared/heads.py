"""What the name and the start of a file tell quickly, for all formats of text: most files are no logs.

The results are remembered, since several formats ask about one file.
"""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import PurePath
from string import ascii_lowercase

from lossmon.core.metric_names import KNOWN_METRIC_WORDS
from lossmon.core.text import as_utf8

_FILES = 2
"""Heads that are remembered: of one file the start is looked at, and then more of it."""
_SHARE_OF_CONTROLS = 1 / 32
"""Of compressed or random bytes, a twelfth are ``_CONTROLS``."""
_CONTROLS = bytes({*range(1, 32)} - set(b"\a\b\t\n\v\f\r\x0e\x0f\x1b"))
"""Control characters that neither text nor a terminal has; holes in a log read as NUL bytes."""
_WORD = re.compile(rb"[a-z]+[0-9]*")
_METRIC_WORDS = frozenset(word.encode() for word in KNOWN_METRIC_WORDS)
_METRIC_LETTERS = frozenset(letters for word in _METRIC_WORDS for letters in re.findall(rb"[a-z]+", word))
_BLANKS_FOR_OTHERS = bytes(code if chr(code) in ascii_lowercase else ord(" ") for code in range(256))


@lru_cache(_FILES)
def suffix_of(path: PurePath) -> str:
    """Return the suffix of *path* in lower case: most formats ask for it, and pathlib takes long to find it."""
    return path.suffix.lower()


@lru_cache(_FILES)
def lower_text(head: bytes) -> bytes:
    """Return *head* in lower case without byte order mark and NUL bytes, so that words in UTF-16 are found, too."""
    return as_utf8(head).lower().replace(b"\0", b"")


@lru_cache(_FILES)
def is_binary(head: bytes) -> bool:
    r"""Return whether *head* has more control characters than any text.

    >>> is_binary(b"\x89PNG\r\n\x1a\n\1\2\3"), is_binary(b"\x1b[32mloss: 0.5\x1b[0m\0\0")
    (True, False)
    """
    return len(head) - len(head.translate(None, _CONTROLS)) > len(head) * _SHARE_OF_CONTROLS


@lru_cache(_FILES)
def may_name_metric(head: bytes) -> bool:
    """Return whether *head* is text with a word that the name of a loss or of another known metric must have.

    >>> may_name_metric(b'{"val_acc": 0.5}'), may_name_metric(b'{"price": 0.5}')
    (True, False)
    """
    if is_binary(head):
        return False
    lower = lower_text(head)
    if b"loss" in lower:
        return True
    # Splitting at all but letters takes half the time, and usually tells.
    may_be = not _METRIC_LETTERS.isdisjoint(lower.translate(_BLANKS_FOR_OTHERS).split())
    return may_be and not _METRIC_WORDS.isdisjoint(_WORD.findall(lower))
