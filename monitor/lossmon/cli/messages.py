"""Messages on stderr."""

from __future__ import annotations

import sys
from collections.abc import Iterable

MAX_ERROR_LENGTH = 1000
"""Characters of an error message; an error about a path may be as long as the path."""
EX_ERROR = 2
"""The exit code for a usage error, or if nothing can be read."""


def print_error(message: str) -> int:
    """Print an error in one line, and return the exit code for it."""
    print_notice(message)
    return EX_ERROR


def print_notice(message: str) -> None:
    """Print in one line something that the user should know."""
    from lossmon.core.text import sanitize

    print(f"lossmon: {sanitize(message, MAX_ERROR_LENGTH)}", file=sys.stderr)


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return the question whether the one of the *known* words that is most like *word* was meant; empty if none is.

    >>> did_you_mean("overfiting", ["overfitting", "diverged"]), did_you_mean("x", ["overfitting"])
    ('did you mean overfitting?', '')
    """
    from difflib import get_close_matches  # only a mistake needs it

    nearest = get_close_matches(word, [*known], 1)
    return f"did you mean {nearest[0]}?" if nearest else ""
