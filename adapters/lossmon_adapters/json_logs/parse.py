"""Parse JSON as logs contain it: NaN and infinity are data, and invalid text is not an error.

A module of its own so that a log can be recognised without importing NumPy.
"""

from __future__ import annotations

import json
import re
from functools import lru_cache

_MOST_DIGITS = 18
"""Digits of a number that is kept as an integer; converting very long ones takes seconds, or Python refuses to."""


_OBJECT_LINE = re.compile(r"^[ \t\r]*(\{.*\})[ \t\r]*$", re.MULTILINE)


def _parse_integer(digits: str) -> int | float:
    return int(digits) if len(digits) <= _MOST_DIGITS else float(digits)


# Made once, since making one takes longer than parsing a line.
_decoder = json.JSONDecoder(parse_int=_parse_integer)


def parse_json(text: str) -> object:
    """Return the value of *text*, or None if it is not valid or nested too deeply.

    >>> parse_json('{"loss": NaN}'), parse_json("{")
    ({'loss': nan}, None)
    """
    try:
        document: object = _decoder.decode(text)
    except (ValueError, RecursionError):
        return None
    return document


def decode_text(data: bytes) -> str:
    """Return *data* as text, in whatever Unicode encoding it is; invalid bytes are replaced."""
    return data.decode(json.detect_encoding(data), "replace")


@lru_cache(maxsize=2)
def complete_objects(head: bytes) -> tuple[dict[str, object], ...]:
    r"""Return the objects in the complete lines of *head*, if it begins with one.

    The result is remembered, since several formats ask for that of one file.

    >>> complete_objects(b'{"step": 1}\n{"step": 2}\n{"st')
    ({'step': 1}, {'step': 2})
    """
    if not head.lstrip().startswith(b"{"):
        return ()
    complete = head[: head.rfind(b"\n") + 1].decode("utf-8", "replace")
    values = map(parse_json, _OBJECT_LINE.findall(complete))
    return tuple(value for value in values if isinstance(value, dict))


_STRUCTURE = re.compile(r'"(?:[^"\\]|\\.)*("|\Z)|[\[\]{},]', re.DOTALL)
"""A string, which may be cut, or a character that opens, closes or separates values."""
_CLOSING = {"{": "}", "[": "]"}


def parse_start(text: str) -> object:
    """Return the document that begins with *text*, as far as its values are complete; None if it is not valid.

    >>> parse_start('{"loss": [0.5, 0.25, 0.1')
    {'loss': [0.5, 0.25]}
    """
    whole = parse_json(text)
    if whole is not None:
        return whole
    opened: list[str] = []
    end = 0
    for match in _STRUCTURE.finditer(text):
        mark = match.group()
        if mark[0] == '"':
            if not match[1]:
                break
            continue
        if mark in _CLOSING:
            opened.append(_CLOSING[mark])
        elif mark != "," and (not opened or opened.pop() != mark):
            return None
        # Values before a comma are complete, and so are those in what has just been opened or closed.
        end = match.start() if mark == "," else match.end()
        if not opened:
            break
    return parse_json(text[:end] + "".join(reversed(opened))) if end else None
