"""Hold alerts back in quiet hours and when there are too many; what was held back comes as one digest."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import NamedTuple

from lossmon.alerts.alert import Alert, digest

_BURST = 5
"""Messages that may follow each other at once."""
_SEPARATE = 3
"""More alerts than this at one time are told as a digest."""
_MAX_HELD = 200
"""Alerts that are held back; more are only counted."""
_MINUTES_PER_DAY = 24 * 60


class QuietHours(NamedTuple):
    """A part of the day, from *start* until *end*, in minutes since midnight; it may include midnight."""

    start: int
    end: int

    def includes(self, minute: int) -> bool:
        """Return whether *minute* of a day is one of them.

        >>> [QuietHours(22 * 60, 7 * 60).includes(hour * 60) for hour in (21, 22, 3, 7)]
        [False, True, True, False]
        """
        return (minute - self.start) % _MINUTES_PER_DAY < (self.end - self.start) % _MINUTES_PER_DAY


def minute_of_day() -> int:
    """Return the minutes since midnight, local time."""
    now = time.localtime()
    return now.tm_hour * 60 + now.tm_min


class Gate:
    """Lets alerts through at once, as long as it is not quiet and there were not too many."""

    def __init__(
        self,
        per_hour: int,
        quiet: QuietHours | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
        minute: Callable[[], int] = minute_of_day,
    ) -> None:
        """Let *per_hour* messages through in the long run; *clock* returns seconds, *minute* those since midnight."""
        self._quiet, self._clock, self._minute = quiet, clock, minute
        self._rate = per_hour / 3600
        self._burst = float(min(_BURST, per_hour))
        self._tokens, self._updated = self._burst, clock()
        self._held: list[Alert] = []
        self._left_out = 0

    def passing(self, alerts: Sequence[Alert]) -> list[Alert]:
        """Return the messages to send now, of *alerts* and of those that were held back before."""
        room = _MAX_HELD - len(self._held)
        self._held += alerts[:room]
        self._left_out += len(alerts[room:])
        return self._release() if self._held and not self._is_quiet() else []

    def last(self) -> list[Alert]:
        """Return what is still held back because there was too much, at the end; nothing in quiet hours."""
        self._tokens = max(self._tokens, 1.0)
        return self.passing(())

    def _is_quiet(self) -> bool:
        return self._quiet is not None and self._quiet.includes(self._minute())

    def _release(self) -> list[Alert]:
        now = self._clock()
        self._tokens = min(self._burst, self._tokens + (now - self._updated) * self._rate)
        self._updated = now
        if self._tokens < 1.0:
            return []
        alerts = self._held if self._fits() else [digest(self._held, self._left_out)]
        self._tokens -= len(alerts)
        self._held, self._left_out = [], 0
        return alerts

    def _fits(self) -> bool:
        """Return whether what is held back can be told one by one."""
        return not self._left_out and len(self._held) <= min(_SEPARATE, self._tokens)
