"""Colours and signs for plain output, if the terminal, the locale and the environment allow them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TextIO

from lossmon.core.assessment import Assessment
from lossmon.core.verdict import Verdict

_COLOURS = {
    Verdict.OVERFITTING: "1;33",
    Verdict.DIVERGED: "1;31",
    Verdict.UNSTABLE: "33",
    Verdict.UNDERFITTING: "35",
    Verdict.CONVERGED: "32",
    Verdict.WARMING_UP: "2",
}
"""Parameters of the ANSI escape sequence SGR."""
_UNICODE_SAMPLE = "●╎⠿"
"""Characters that the output uses besides letters; an encoding that lacks them gets ASCII."""


@dataclass(frozen=True, slots=True)
class Style:
    """What may be written to one output."""

    colour: bool = False
    unicode: bool = True

    @classmethod
    def of(cls, stream: TextIO, environ: Mapping[str, str] | None = None) -> Style:
        """Return what *stream* can show; ``NO_COLOR``, ``FORCE_COLOR`` and ``TERM=dumb`` are respected."""
        env = os.environ if environ is None else environ
        is_capable = stream.isatty() and (env.get("TERM") or "dumb") != "dumb"
        colour = not env.get("NO_COLOR") and (bool(env.get("FORCE_COLOR")) or is_capable)
        return cls(colour, _can_encode(stream, _UNICODE_SAMPLE) and not _is_c_locale(env))

    def glyph(self, assessment: Assessment) -> str:
        """Return the sign of the verdict of *assessment*."""
        return assessment.sign if self.unicode else assessment.ascii_sign

    def paint(self, text: str, verdict: Verdict) -> str:
        """Return *text* in the colour of *verdict*."""
        code = _COLOURS.get(verdict)
        return f"\x1b[{code}m{text}\x1b[0m" if self.colour and code else text

    def dim(self, text: str) -> str:
        """Return *text* in a weaker colour."""
        return f"\x1b[2m{text}\x1b[0m" if self.colour else text

    def encodable(self, text: str) -> str:
        """Return *text* with ``?`` for each character that the output cannot show."""
        return text if self.unicode else text.encode("ascii", "replace").decode("ascii")


def _can_encode(stream: TextIO, text: str) -> bool:
    try:
        text.encode(stream.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def _is_c_locale(env: Mapping[str, str]) -> bool:
    """Return whether the locale is set to C or POSIX, where Python uses UTF-8 but the terminal may not."""
    locale = env.get("LC_ALL") or env.get("LC_CTYPE") or env.get("LANG")
    return locale in ("C", "POSIX")
