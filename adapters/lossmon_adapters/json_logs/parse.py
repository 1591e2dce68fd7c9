"""JSON as logs have it: NaN is data, and nothing in it is an error."""

from __future__ import annotations

import json

_LONGEST_WHOLE = 18


def _whole(digits: str) -> int | float:
    # Converting a hundred thousand digits takes seconds, and Python refuses to.
    return int(digits) if len(digits) <= _LONGEST_WHOLE else float(digits)


# Made once, since to make one takes longer than to parse a line.
_decoder = json.JSONDecoder(parse_int=_whole)


def parsed(text: str) -> object:
    """Return what *text* says, or None of text that is not JSON, or nested as no log is."""
    try:
        document: object = _decoder.decode(text)
    except (ValueError, RecursionError):
        return None
    return document


def text_of(data: bytes) -> str:
    """Return *data* as text, whatever Unicode encoding it is in; wrong bytes are replaced."""
    return data.decode(json.detect_encoding(data), "replace")


def complete_objects(head: bytes) -> list[dict[str, object]]:
    """Return the objects in the complete lines of *head*, if it begins with one."""
    if not head.lstrip().startswith(b"{"):
        return []
    rows = (parsed(line) for line in head.decode("utf-8", "replace").split("\n")[:-1] if line.strip())
    return [row for row in rows if isinstance(row, dict)]
