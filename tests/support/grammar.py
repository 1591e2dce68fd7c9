"""The escape sequences that lossmon may write to a terminal, and a check for all others."""

from __future__ import annotations

import re

_SEQUENCE = re.compile(
    r"""
    \x1b\[\?(?:1049|25|7|1000|1006|2004|2026)[hl]   # modes that are restored at the end
    | \x1b\[(?:\d+(?:;\d+)*)?m                      # style of cells
    | \x1b\[\d+;\d+H | \x1b\[\d+C                   # cursor position
    | \x1b\[2J | \x1b\[K                            # erasing
    """,
    re.VERBOSE,
)


def forbidden_output(output: bytes | bytearray) -> list[str]:
    """Return the pieces of *output* that are neither printable text nor one of the sequences lossmon uses."""
    rest = _SEQUENCE.sub("", bytes(output).decode("utf-8", "surrogateescape"))
    return re.findall(
        r"[^\n\r]{0,10}[\x00-\x09\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\udc80-\udcff][^\n\r]{0,20}",
        rest,
    )
