"""Which driver draws the screen, and how ours is told to."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from textual.app import App
    from textual.driver import Driver


def driver_class(*, stock: bool = False) -> type[Driver] | None:
    """Return the class of the driver; None, which is Textual's own, if *stock* is wanted or ours cannot be had."""
    if stock or sys.platform != "linux":
        return None
    try:
        from lossmon.tui.terminal.driver import TerminalDriver
    except ImportError:
        return None
    return TerminalDriver


def draw(app: App[Any]) -> bool:
    """Have our driver draw what *app* shows; False where another does, which Textual tells what to draw."""
    drawing = getattr(app._driver, "draw", None)
    if drawing is not None:
        drawing()
    return drawing is not None
