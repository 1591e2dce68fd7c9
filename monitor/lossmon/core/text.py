"""Text from a log, made safe once, at the door."""

from __future__ import annotations

import codecs
import hashlib
import unicodedata
from dataclasses import dataclass, field
from functools import lru_cache

LONGEST = 256
"""Characters of a name that are kept for display; more would freeze a widget."""

_IDENTITY_BYTES = 4096
"""Bytes of the longest path there is."""

# Printable, but no two terminals agree on their width: Hangul fillers, variation selectors, emoji modifiers.
_UNSTEADY = frozenset(map(chr, [0x34F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x3164, 0xFFA0])) | {
    chr(code)
    for span in ((0x180B, 0x1810), (0xFE00, 0xFE10), (0x1F3FB, 0x1F400), (0xE0100, 0xE01F0))
    for code in range(*span)
}
_UNKNOWN = "\ufffd"
_ZERO_WIDTH_CATEGORIES = frozenset({"Cc", "Cf", "Mc", "Me", "Mn"})
"""Controls, format characters and marks that combine with the character before them."""
_CONJOINING_HANGUL = (range(0x1160, 0x1200), range(0xD7B0, 0xD7FC))
"""Vowels and final consonants that a terminal draws into the syllable before them."""
_MARKS = {codecs.BOM_UTF8: "utf-8", codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}


def sanitize(text: str, longest: int = LONGEST) -> str:
    """Return *text* with nothing a terminal could act on, at most *longest* characters, a cut shown as ``…``."""
    cut = text[: longest + 1]
    shown = cut if cut.isascii() and cut.isprintable() else _steady(cut)
    return shown if len(shown) <= longest else shown[: longest - 1] + "…"


def plural(number: int, what: str) -> str:
    """Return ``1 run`` or ``2 runs``."""
    return f"{number} {what}{'s' * (number != 1)}"


def cell_width(text: str) -> int:
    """Return how many terminal cells *text* takes: 2 for each wide East Asian character or emoji, 0 for each mark.

    It agrees with ``rich.cells.cell_len`` on sanitized text, except for symbols that newer versions of Unicode widened.

    >>> cell_width("loss"), cell_width("损失"), cell_width("e\u0301")
    (4, 4, 1)
    """
    return len(text) if text.isascii() and text.isprintable() else sum(map(_character_width, text))


@lru_cache(maxsize=4096)
def _character_width(char: str) -> int:
    code = ord(char)
    if unicodedata.category(char) in _ZERO_WIDTH_CATEGORIES or any(code in span for span in _CONJOINING_HANGUL):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def _steady(text: str) -> str:
    """Replace what moves a cursor, reorders text or has no agreed width; of marks piled up on a letter one stays."""
    shown: list[str] = []
    marked = True
    for char in text:
        mark = unicodedata.category(char) in ("Mn", "Me")
        shown.append(_UNKNOWN if mark and marked else _picture(char))
        marked = mark
    return "".join(shown)


def _picture(char: str) -> str:
    if char.isprintable() and char not in _UNSTEADY:
        return char
    code = ord(char)
    if code < 0x20:
        return chr(0x2400 + code)
    if unicodedata.category(char) == "Zs":
        return " "
    return "\u2421" if code == 0x7F else _UNKNOWN


def as_utf8(head: bytes) -> bytes:
    """Return *head* as UTF-8 without a mark, if a mark says that it is text in UTF-8 or UTF-16; else as it is."""
    for mark, encoding in _MARKS.items():
        if head.startswith(mark):
            return head[len(mark) :].decode(encoding, "ignore").encode()
    return head


@dataclass(frozen=True, slots=True)
class Name:
    """A name found in a log or on disk: compared by its bytes, shown by its safe text."""

    raw: bytes
    """The bytes that identify it; of a very long name its start and a digest of the whole."""
    text: str = field(compare=False)
    """What may be shown anywhere."""

    @classmethod
    def of(cls, raw: bytes | str) -> Name:
        """Make the name whose bytes, or UTF-8 text, are *raw*."""
        data = _bytes(raw) if isinstance(raw, str) else raw
        text = sanitize(data[: 4 * LONGEST + 4].decode("utf-8", "replace"))
        if len(data) > _IDENTITY_BYTES:
            data = data[:_IDENTITY_BYTES] + hashlib.blake2b(data, digest_size=16).digest()
        return cls(data, text)

    @property
    def whole(self) -> str:
        """All of it that identifies it, as safe: for machines, which do not mind its length."""
        return sanitize(self.raw[:_IDENTITY_BYTES].decode("utf-8", "replace"), _IDENTITY_BYTES)

    def __str__(self) -> str:
        return self.text


def _bytes(text: str) -> bytes:
    """Return the bytes that a file name was decoded from; other text, which may hold any surrogate, as it is."""
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass")
