"""Which driver draws the screen."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from textual.driver import Driver


def driver_class(*, stock: bool = False) -> type[Driver] | None:
    """Return the class of the driver; None, which is Textual's own, if *stock* is wanted or ours cannot be had."""
    if stock or sys.platform != "linux":
        return None
    try:
        from lossmon.ui.terminal.driver import TerminalDriver
    except ImportError:
        return None
    return TerminalDriver
