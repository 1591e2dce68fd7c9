"""Give freed memory back to the system."""

from __future__ import annotations

import ctypes
from functools import cache

_M_MMAP_THRESHOLD = -3
"""The option of mallopt(3) that says from which size on memory is mapped by itself, and given back as it is freed."""
_LARGE_BYTES = 1 << 17
"""Its value at the start of a program; left alone, glibc raises it to the size of the largest array that was freed."""


@cache
def _libc() -> ctypes.CDLL | None:
    try:
        return ctypes.CDLL(None)
    except (OSError, TypeError):
        return None


def release_freed_memory() -> None:
    """Give the pages of freed arrays back; glibc does so by itself only at the end of its heap, see malloc_trim(3).

    It takes some milliseconds. From the first call on, large arrays are given back as soon as they are freed. Nothing
    happens with other C libraries.
    """
    _give_back_large_arrays()
    if trim := getattr(_libc(), "malloc_trim", None):
        trim(0)


@cache
def _give_back_large_arrays() -> None:
    if set_option := getattr(_libc(), "mallopt", None):
        set_option(_M_MMAP_THRESHOLD, _LARGE_BYTES)
