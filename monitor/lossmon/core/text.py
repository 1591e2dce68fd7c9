"""Sanitize text read from logs, measure and shorten it, and name things by it."""

from __future__ import annotations

import codecs
import hashlib
import unicodedata
from dataclasses import dataclass, field
from functools import lru_cache

MAX_DISPLAY_LENGTH = 256
"""Characters of a name that are shown; a longer text would freeze a widget."""

_MAX_IDENTITY_BYTES = 4096
"""Bytes by which a name is identified: PATH_MAX, the longest path in Linux."""

# Printable, but terminals disagree on their width: Hangul fillers, variation selectors, emoji modifiers.
_AMBIGUOUS_WIDTH = frozenset(map(chr, [0x34F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x3164, 0xFFA0])) | {
    chr(code)
    for span in ((0x180B, 0x1810), (0xFE00, 0xFE10), (0x1F3FB, 0x1F400), (0xE0100, 0xE01F0))
    for code in range(*span)
}
_REPLACEMENT = "\ufffd"
_ZERO_WIDTH_CATEGORIES = frozenset({"Cc", "Cf", "Mc", "Me", "Mn"})
"""Controls, format characters and marks that combine with the character before them."""
_CONJOINING_HANGUL = (range(0x1160, 0x1200), range(0xD7B0, 0xD7FC))
"""Vowels and final consonants that a terminal draws into the syllable before them."""
_BYTE_ORDER_MARKS = {
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF32_LE: "utf-32-le",
    codecs.BOM_UTF32_BE: "utf-32-be",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
}
"""Encodings by their byte order mark. That of UTF-32 begins with one of UTF-16, so it stands before it."""


def sanitize(text: str, max_length: int = MAX_DISPLAY_LENGTH) -> str:
    r"""Return *text* without control, format and other unsafe characters, cut to *max_length* characters with ``…``.

    >>> sanitize("loss\x1b[2J"), sanitize("validation_loss", 8)
    ('loss␛[2J', 'validat…')
    """
    start = text[: max_length + 1]
    safe = start if start.isascii() and start.isprintable() else _sanitize_characters(start)
    return safe if len(safe) <= max_length else safe[: max_length - 1] + "…"


def plural(count: int, noun: str) -> str:
    """Return *count* with *noun*, in the plural if needed.

    >>> plural(1, "run"), plural(2, "run")
    ('1 run', '2 runs')
    """
    return f"{count} {noun}{'s' * (count != 1)}"


def cell_width(text: str) -> int:
    r"""Return how many terminal cells *text* takes: 2 for each wide East Asian character or emoji, 0 for each mark.

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


def truncate(text: str, width: int, mark: str = "…") -> str:
    """Return *text* in at most *width* cells; if some is left out, *mark* stands at its end.

    >>> truncate("validation", 6), truncate("val", 6), truncate("损失函数", 6)
    ('valid…', 'val', '损失…')
    """
    if cell_width(text) <= width:
        return text
    if width <= 0:
        return ""
    return crop(text, width - len(mark)).rstrip() + mark if width > len(mark) else mark[:width]


def crop(text: str, width: int) -> str:
    """Return the first characters of *text* that take at most *width* cells; a wide character is never split.

    >>> crop("loss", 2), crop("损失", 3)
    ('lo', '损')
    """
    if text.isascii() and text.isprintable():
        return text[: max(0, width)]
    for index, char in enumerate(text):
        width -= cell_width(char)
        if width < 0:
            return text[:index]
    return text


def _sanitize_characters(text: str) -> str:
    """Replace each unsafe character, and each combining mark that does not directly follow a letter."""
    safe: list[str] = []
    after_mark = True
    for char in text:
        is_mark = unicodedata.category(char) in ("Mn", "Me")
        safe.append(_REPLACEMENT if is_mark and after_mark else _safe_character(char))
        after_mark = is_mark
    return "".join(safe)


def _safe_character(char: str) -> str:
    """Return *char*, a space, the picture of a control character (U+2400 to U+2421), or U+FFFD."""
    if char.isprintable() and char not in _AMBIGUOUS_WIDTH:
        return char
    code = ord(char)
    if code < 0x20:
        return chr(0x2400 + code)
    if unicodedata.category(char) == "Zs":
        return " "
    return "\u2421" if code == 0x7F else _REPLACEMENT


def as_utf8(head: bytes) -> bytes:
    r"""Convert text that begins with a byte order mark to UTF-8 without the mark; return other bytes unchanged.

    >>> as_utf8("\ufeffloss".encode("utf-16-le"))
    b'loss'
    """
    for mark, encoding in _BYTE_ORDER_MARKS.items():
        if head.startswith(mark):
            return head[len(mark) :].decode(encoding, "ignore").encode()
    return head


@dataclass(frozen=True, slots=True)
class Name:
    """A name found in a log or on disk: compared by its bytes, shown as sanitized text."""

    raw: bytes
    """The bytes that identify it; for a name over 4096 bytes, its beginning and a digest of the whole."""
    text: str = field(compare=False)
    """The name as it may be shown anywhere, at most 256 characters."""

    @classmethod
    def of(cls, raw: bytes | str) -> Name:
        """Make the name with the bytes *raw*, or with the bytes of the text *raw*."""
        data = _encode(raw) if isinstance(raw, str) else raw
        text = sanitize(data[: 4 * MAX_DISPLAY_LENGTH + 4].decode("utf-8", "replace"))
        if len(data) > _MAX_IDENTITY_BYTES:
            data = data[:_MAX_IDENTITY_BYTES] + hashlib.blake2b(data, digest_size=16).digest()
        return cls(data, text)

    @property
    def full_text(self) -> str:
        """The name sanitized but not shortened for display: for JSON and other programs."""
        return sanitize(self.raw[:_MAX_IDENTITY_BYTES].decode("utf-8", "replace"), _MAX_IDENTITY_BYTES)

    def __str__(self) -> str:
        return self.text


def _encode(text: str) -> bytes:
    """Return the bytes of a decoded file name; for other text, which may hold any surrogate, its UTF-8 form."""
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass")
