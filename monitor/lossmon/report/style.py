"""Colour and glyphs for plain output, as the terminal, the locale and the environment allow."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TextIO

from lossmon.core.verdict import Verdict

_CODES = {
    Verdict.OVERFITTING: "1;33",
    Verdict.DIVERGED: "1;31",
    Verdict.UNSTABLE: "33",
    Verdict.UNDERFITTING: "35",
    Verdict.CONVERGED: "32",
    Verdict.WARMING_UP: "2",
}


@dataclass(frozen=True, slots=True)
class Style:
    """What may be written to one output."""

    colour: bool = False
    unicode: bool = True

    @classmethod
    def of(cls, stream: TextIO, environ: Mapping[str, str] | None = None) -> Style:
        """Return what *stream* can show; ``NO_COLOR``, ``FORCE_COLOR`` and ``TERM=dumb`` are respected."""
        env = os.environ if environ is None else environ
        capable = stream.isatty() and (env.get("TERM") or "dumb") != "dumb"
        colour = not env.get("NO_COLOR") and (bool(env.get("FORCE_COLOR")) or capable)
        return cls(colour, _encodes(stream, "●╎⠿") and not _asks_for_ascii(env))

    def glyph(self, verdict: Verdict) -> str:
        """Return the sign of *verdict*."""
        return verdict.sign if self.unicode else verdict.ascii_sign

    def paint(self, text: str, verdict: Verdict) -> str:
        """Return *text* in the colour of *verdict*."""
        code = _CODES.get(verdict)
        return f"\x1b[{code}m{text}\x1b[0m" if self.colour and code else text

    def dim(self, text: str) -> str:
        """Return *text* less prominent."""
        return f"\x1b[2m{text}\x1b[0m" if self.colour else text

    def encodable(self, text: str) -> str:
        """Return *text* as far as the output's encoding has it."""
        return text if self.unicode else text.encode("ascii", "replace").decode("ascii")


def _encodes(stream: TextIO, text: str) -> bool:
    try:
        text.encode(stream.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def _asks_for_ascii(env: Mapping[str, str]) -> bool:
    """Say whether the locale is set to C, which Python takes for UTF-8 all the same; none set says nothing."""
    locale = env.get("LC_ALL") or env.get("LC_CTYPE") or env.get("LANG")
    return locale in ("C", "POSIX")
