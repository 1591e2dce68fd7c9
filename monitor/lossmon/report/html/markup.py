"""Build HTML from text that is not trusted: whatever is not ``Markup`` is escaped."""

from __future__ import annotations

import html
from functools import lru_cache

from lossmon.core.text import sanitize

_MAX_TEXT = 1 << 16
"""Characters of one piece of text."""
_ALONE = frozenset({"meta", "br", "line", "rect", "circle", "path"})
"""Elements without content, of HTML and of SVG."""


class Markup(str):
    """Text that is HTML already."""

    __slots__ = ()


def escape(text: str) -> Markup:
    """Return *text* as HTML that shows it and does nothing else.

    >>> escape("<b>")
    '&lt;b&gt;'
    """
    return text if isinstance(text, Markup) else _escaped(text)


@lru_cache(maxsize=4096)
def _escaped(text: str) -> Markup:
    """Return *text* as HTML; the names of classes and places come again and again."""
    return Markup(html.escape(sanitize(text, _MAX_TEXT)))


def join(*parts: str) -> Markup:
    """Return *parts* one after the other, each escaped unless it is markup."""
    return Markup("".join(map(escape, parts)))


def element(tag: str, /, *children: str, **attributes: str | float | None) -> Markup:
    """Return an element; in the names of attributes ``_`` stands for ``-``, and one at the end is left out.

    An attribute that is None is left out.

    >>> element("p", "a<b", class_="note", aria_label='"')
    '<p class="note" aria-label="&quot;">a&lt;b</p>'
    """
    written = "".join(
        f' {name.rstrip("_").replace("_", "-")}="{escape(str(value)) if isinstance(value, str) else value}"'
        for name, value in attributes.items()
        if value is not None
    )
    if tag in _ALONE:
        return Markup(f"<{tag}{written}/>")
    return Markup(f"<{tag}{written}>{join(*children)}</{tag}>")


def when(condition: object, markup: Markup) -> Markup:
    """Return *markup* if *condition* holds, else nothing."""
    return markup if condition else Markup()
