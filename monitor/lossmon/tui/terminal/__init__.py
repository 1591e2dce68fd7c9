"""Drawing on a terminal: never wait for it, send few bytes, and leave it as it was.

Importing this costs nothing: the process that guards the terminal must stay small.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from textual.app import App
    from textual.driver import Driver

__all__ = ["draw_directly", "driver_class", "send_directly"]


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


def send_directly(app: App[Any], sequence: bytes) -> bool:
    """Send the terminal of *app* a *sequence* that draws nothing; return False if it cannot be sent now."""
    driver = app._driver
    send = getattr(driver, "send", None)
    if send is None and driver is not None:
        driver.write(sequence.decode("ascii"))
    return True if send is None else bool(send(sequence))
