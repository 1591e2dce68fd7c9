"""The last word of a screen that failed: one line for the person, and the traceback where it can be sent from."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable

from lossmon.core.errors import LossmonError

SOFTWARE = 70
"""The exit code EX_SOFTWARE of sysexits.h."""


def reporting(screen: Callable[[], int]) -> int:
    """Run *screen* and return its exit code; 70 where it raised, after one line on stderr.

    The traceback goes to a file of its own: without the values of variables, which could be anybody's secrets.
    """
    try:
        return screen()
    except LossmonError:
        raise
    except Exception as error:  # noqa: BLE001 - whatever it is, the person gets one line and no traceback
        from lossmon.core.text import sanitize

        what = sanitize(f"{type(error).__name__}: {error}")
        sys.stderr.write(f"lossmon: internal error: {what}; details in {_kept(error)}\n")
        return SOFTWARE


def _kept(error: Exception) -> str:
    import tempfile
    import traceback

    number, path = tempfile.mkstemp(prefix="lossmon-", suffix=".txt")
    with os.fdopen(number, "w", encoding="utf-8", errors="backslashreplace") as file:
        file.writelines(traceback.format_exception(error))
    return path
