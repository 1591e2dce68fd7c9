"""Text from a log, made safe once, at the door."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field

LONGEST = 256
"""Characters of a name that are kept for display; more would freeze a widget."""

_IDENTITY_BYTES = 1024

# Control characters, DEL, C1, bidi controls, separators, zero-width and format characters, variation selectors,
# emoji modifiers, lone surrogates and tags: what moves a cursor, reorders text, or has no agreed width.
_UNSAFE = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f"
    "\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\ud800-\udfff\U0001f3fb-\U0001f3ff\U000e0000-\U000e0fff]"
)


def _picture(match: re.Match[str]) -> str:
    code = ord(match.group())
    if code < 0x20:
        return chr(0x2400 + code)
    return "\u2421" if code == 0x7F else "\ufffd"


def safe(text: str, longest: int = LONGEST) -> str:
    """Return *text* with nothing a terminal could act on, at most *longest* characters, a cut shown as ``…``."""
    cut = text[: longest + 1]
    shown = _UNSAFE.sub(_picture, cut)
    return shown if len(shown) <= longest else shown[: longest - 1] + "…"


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
        data = raw.encode("utf-8", "surrogateescape") if isinstance(raw, str) else raw
        text = safe(data[: 4 * LONGEST + 4].decode("utf-8", "replace"))
        if len(data) > _IDENTITY_BYTES:
            data = data[:_IDENTITY_BYTES] + hashlib.blake2b(data, digest_size=16).digest()
        return cls(data, text)

    def __str__(self) -> str:
        return self.text
