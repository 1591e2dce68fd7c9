"""Settings in YAML as programs dump them: ``key: value`` in nested blocks, and lists of values.

This is no parser of YAML: anchors, tags, texts of several lines and lists of mappings are left out, with what is below.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_KEY = re.compile(r"""("[^"]{1,200}"|'[^']{1,200}'|[^\s'"#\-?\[\]{}&*!|>%@`,:][^:#]{0,200}):(?:\s+(.*))?""")
_ITEM = re.compile(r"-(?:\s+(.*))?")
_QUOTED = re.compile(r"""("[^"]*"|'[^']*')(\s+#.*)?""")
_COMMENT = re.compile(r"(^|\s)#.*$")
_UNREAD = tuple("&*!|>%@`\"'")
"""First characters of values that only a parser understands, or that go on in the next line."""
_BRACKETS = {"[": "]", "{": "}"}
_MAX_DEPTH = 8
_MAX_LISTED = 32
"""Entries of a list that are kept."""


def read_settings(text: str) -> list[tuple[str, str]]:
    r"""Return name and value, as text, of each setting; nested names are joined by dots.

    >>> read_settings("model:\n  hidden: 64  # cells\nlayers:\n- 3\n- 5\n")
    [('model.hidden', '64'), ('layers', '[3, 5]')]
    """
    found: dict[str, str | list[str]] = {}
    above: list[tuple[int, str]] = []
    left_out = -1
    """What is indented by more is left out; -1 for nothing."""
    for indent, content in _lines(text):
        if 0 <= left_out < indent:
            continue
        left_out = -1
        item = _ITEM.fullmatch(content)
        # The items of a list may stand below the first letter of its name.
        while above and above[-1][0] >= indent + (item is not None):
            above.pop()
        if item is not None:
            left_out = indent
            _add_item(found, ".".join(name for _, name in above), _value(item[1]))
            continue
        key = _KEY.fullmatch(content)
        value = _value(key[2]) if key else None
        if key is None or value is None or len(above) >= _MAX_DEPTH:
            left_out = indent
            continue
        above.append((indent, key[1].strip().strip("'\"")))
        if value:
            found[".".join(name for _, name in above)] = value
    return [(name, value if isinstance(value, str) else f"[{', '.join(value)}]") for name, value in found.items()]


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """Yield the indentation and the content of each line that has one."""
    for line in text.splitlines():
        content = line.strip()
        if content and not content.startswith(("#", "---", "...", "%")):
            yield len(line) - len(line.lstrip(" ")), content


def _value(text: str | None) -> str | None:
    """Return a value without the comment behind it; empty if it stands below, None if it cannot be read."""
    text = (text or "").strip()
    if quoted := _QUOTED.fullmatch(text):
        return quoted[1]
    text = _COMMENT.sub("", text, count=1).rstrip()
    is_open = text[:1] in _BRACKETS and not text.endswith(_BRACKETS[text[0]])
    return None if text.startswith(_UNREAD) or is_open else text


def _add_item(found: dict[str, str | list[str]], name: str, value: str | None) -> None:
    """Add an entry to the list called *name*; one that is no plain value is shown as ``…``."""
    entries = found.setdefault(name, []) if name else None
    if isinstance(entries, list) and len(entries) < _MAX_LISTED:
        is_plain = bool(value) and _KEY.fullmatch(value or "") is None and not (value or "").startswith("- ")
        entries.append(value.strip("'\"") if value and is_plain else "…")
