"""What a program inside tmux writes for the terminal around it."""

from __future__ import annotations


def passed_through(sequences: str) -> str:
    r"""Return escape *sequences* in the wrapping that tmux passes on, if its option ``allow-passthrough`` allows it.

    >>> passed_through("\x1b]9;done\x07")
    '\x1bPtmux;\x1b\x1b]9;done\x07\x1b\\'
    """
    return "\x1bPtmux;" + sequences.replace("\x1b", "\x1b\x1b") + "\x1b\\"
