"""Wrap sentences to the width of a terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

MIN_WIDTH = 20
"""Cells to which sentences are wrapped at least, however narrow the terminal is."""


def wrapped(text: str, width: int | None, further: str = "", *, break_on_hyphens: bool = False) -> Sequence[str]:
    """Return *text* in lines of at most *width* cells, broken between words; later lines begin with *further*.

    All lines but the first lose the indent of *text*. With None as *width* it stays one line.

    >>> wrapped("  a sentence that is too long", 20, "    ")
    ['  a sentence that is', '    too long']
    """
    if width is None or len(text) <= width:
        return [text]
    indent = text[: len(text) - len(text.lstrip())]
    return textwrap.wrap(
        text.lstrip(),
        max(MIN_WIDTH, width),
        initial_indent=indent,
        subsequent_indent=further,
        break_on_hyphens=break_on_hyphens,
    )
