"""Copies the small objects that the detector consists of."""

from __future__ import annotations

from typing import TypeVar

_Slotted = TypeVar("_Slotted")


def shallow_copy(original: _Slotted) -> _Slotted:
    """Return a copy of an object whose class has ``__slots__``; several times as fast as ``dataclasses.replace``."""
    kind = type(original)
    copy = object.__new__(kind)
    for name in kind.__slots__:  # type: ignore[attr-defined]
        setattr(copy, name, getattr(original, name))
    return copy
