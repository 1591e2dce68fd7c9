"""Count the bytes of an event file that belong to no record."""

from __future__ import annotations

_UNWRITTEN = bytes(8)
"""Damaged bytes that end like this may be unwritten yet: some file systems show zeros first. No damage is reported."""


def may_be_unwritten(data: bytes) -> bool:
    """Return whether the bytes at the end of *data* may not be written yet."""
    return data.endswith(_UNWRITTEN)


class Damage:
    """Counts the bytes that belong to no record, and the places where they are."""

    def __init__(self) -> None:
        self._bytes = self._places = 0
        self._first = -1
        self._current_start = self._current_bytes = 0
        self._current_end = b""

    def start(self, position: int) -> None:
        """Start a damaged place at *position* in the file."""
        self._current_start, self._current_bytes, self._current_end = position, 0, b""

    def add(self, data: bytes) -> None:
        """Add *data* to the damaged place."""
        size = len(_UNWRITTEN)
        self._current_bytes += len(data)
        self._current_end = (self._current_end + data[-size:])[-size:]

    def finish(self) -> None:
        """End the damaged place, because a valid record follows."""
        self._bytes, self._places, self._first = self._totals_with_current()
        self._current_bytes = 0

    def _totals_with_current(self) -> tuple[int, int, int]:
        """Return bytes, places and the position of the first place."""
        first = self._current_start if self._first < 0 else self._first
        return self._bytes + self._current_bytes, self._places + 1, first

    @property
    def warnings(self) -> list[str]:
        """What was left out; zeros at the end of the file do not count, since they may be unwritten."""
        totals = self._bytes, self._places, self._first
        if self._current_bytes and self._current_end.strip(b"\0"):
            totals = self._totals_with_current()
        damaged_bytes, places, first = totals
        if not places:
            return []
        where = f"at byte {first:,}" if places == 1 else f"in {places:,} places, the first at byte {first:,}"
        return [f"{damaged_bytes:,} damaged bytes left out {where}"]
