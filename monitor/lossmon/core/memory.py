"""Give freed memory back to the system."""

from __future__ import annotations

import ctypes
from functools import cache


@cache
def _libc() -> ctypes.CDLL | None:
    try:
        return ctypes.CDLL(None)
    except (OSError, TypeError):
        return None


def release_freed_memory() -> None:
    """Give the pages of freed arrays back; glibc does so by itself only at the end of its heap, see malloc_trim(3).

    It takes some milliseconds. Nothing happens with other C libraries.
    """
    if trim := getattr(_libc(), "malloc_trim", None):
        trim(0)
