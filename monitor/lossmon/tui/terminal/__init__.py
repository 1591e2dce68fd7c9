"""Drawing on a terminal: never wait for it, send few bytes, and leave it as it was.

Importing this costs nothing: the process that guards the terminal must stay small.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from textual.app import App
    from textual.driver import Driver

__all__ = ["draw_directly", "driver_class", "write_sequence"]


def driver_class(*, stock: bool = False) -> type[Driver] | None:
    """Return our terminal driver; None for Textual's own, if *stock* asks for it or ours cannot be imported."""
    if stock or sys.platform != "linux":
        return None
    try:
        from lossmon.tui.terminal.driver import TerminalDriver
    except ImportError:
        return None
    return TerminalDriver


def draw_directly(app: App[Any]) -> bool:
    """Draw what *app* shows and return True; return False if it has another driver, for which Textual must draw."""
    draw = getattr(app._driver, "draw", None)
    if draw is not None:
        draw()
    return draw is not None


def write_sequence(app: App[Any], sequence: str) -> bool:
    """Write *sequence*, which changes nothing that is shown, to the terminal of *app*; return False if it cannot."""
    driver = app._driver
    if driver is None:
        return False
    write = getattr(driver, "write_sequence", None)
    if write is not None:
        return bool(write(sequence))
    driver.write(sequence)
    return True
