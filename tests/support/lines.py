"""Lines of styled text as plain text."""

from __future__ import annotations

from lossmon.tui.styled_text import Lines, plain


def texts(lines: Lines) -> list[str]:
    return [plain(line) for line in lines]


def stripped_texts(lines: Lines) -> list[str]:
    """Return the texts without blanks at their ends."""
    return [text.rstrip() for text in texts(lines)]
