"""Shorten text to a number of terminal cells."""

from __future__ import annotations

from lossmon.core.text import cell_width


def truncate(text: str, width: int, mark: str = "…") -> str:
    """Return *text* in at most *width* cells; if some is left out, *mark* stands at its end.

    >>> truncate("validation", 6), truncate("val", 6), truncate("损失函数", 6)
    ('valid…', 'val', '损失…')
    """
    if cell_width(text) <= width:
        return text
    if width <= 0:
        return ""
    return crop(text, width - len(mark)).rstrip() + mark if width > len(mark) else mark[:width]


def crop(text: str, width: int) -> str:
    """Return the first characters of *text* that take at most *width* cells; a wide character is never split.

    >>> crop("loss", 2), crop("损失", 3)
    ('lo', '损')
    """
    if text.isascii() and text.isprintable():
        return text[: max(0, width)]
    for index, char in enumerate(text):
        width -= cell_width(char)
        if width < 0:
            return text[:index]
    return text
