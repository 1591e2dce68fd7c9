"""Decide how often each file and directory is looked at. Pure functions of the time that is passed in."""

from __future__ import annotations

from collections import OrderedDict
from typing import Generic, TypeVar

K = TypeVar("K")

HOT_SECONDS = 300.0
"""How long a file or directory counts as hot after a change, in seconds."""
HOT_PERIOD = 1.0
"""Seconds between two looks at a hot key."""
COLD_PERIOD = 60.0
"""Seconds between two looks at a cold key."""
MAX_RATE = 40.0
"""Looks per second, for hot and cold keys each. A look at an unchanged file is one stat, 10 µs on a local disk."""

_ROUNDING_ERROR = 1e-9
_DEBOUNCE_FACTOR = 50.0
"""The debounce time as a multiple of the time that a look takes."""


class RoundRobin(Generic[K]):
    """Visits keys in turn: each once per *period* (seconds), but at most *rate* keys per second in all."""

    def __init__(self, period: float, rate: float) -> None:
        self._period = period
        self._rate = rate
        self._keys: OrderedDict[K, None] = OrderedDict()
        self._credit = 0.0
        self._last: float | None = None

    def __len__(self) -> int:
        return len(self._keys)

    def __contains__(self, key: object) -> bool:
        return key in self._keys

    def add(self, key: K) -> None:
        """Add *key* as the last one to visit; a key that was added before keeps its position."""
        self._keys.setdefault(key)

    def discard(self, key: K) -> None:
        """Remove *key*, if it was added."""
        self._keys.pop(key, None)

    def due(self, now: float) -> list[K]:
        """Return the keys to visit at *now* (monotonic seconds). Visits missed in a long pause are not made up for."""
        elapsed = 0.0 if self._last is None else max(0.0, now - self._last)
        self._last = now
        credit = self._credit + elapsed * min(self._rate, len(self._keys) / self._period)
        credit = min(credit, len(self._keys), max(self._rate, 1.0))
        count = int(credit + _ROUNDING_ERROR)
        self._credit = max(0.0, credit - count)
        return [self._rotate() for _ in range(count)]

    def _rotate(self) -> K:
        """Return the first key and move it to the end."""
        key = next(iter(self._keys))
        self._keys.move_to_end(key)
        return key


class PollSchedule(Generic[K]):
    """Looks at keys that changed within the last *keep* seconds every *hot* seconds, at others every *cold* seconds.

    Hot and cold keys cost at most *rate* looks per second each; with more keys, their periods become longer.
    """

    def __init__(
        self, hot: float = HOT_PERIOD, cold: float = COLD_PERIOD, rate: float = MAX_RATE, keep: float = HOT_SECONDS
    ) -> None:
        self._hot: RoundRobin[K] = RoundRobin(hot, rate)
        self._cold: RoundRobin[K] = RoundRobin(cold, rate)
        self._keep = keep
        self._changed: dict[K, float] = {}

    def __contains__(self, key: object) -> bool:
        return key in self._changed

    def add(self, key: K, now: float, age: float = 0.0) -> None:
        """Add *key*, which last changed *age* seconds before *now*."""
        self._changed[key] = now - age
        (self._hot if age < self._keep else self._cold).add(key)

    def touch(self, key: K, now: float) -> None:
        """Record that *key* changed at *now*: it becomes hot."""
        self._changed[key] = now
        self._cold.discard(key)
        self._hot.add(key)

    def discard(self, key: K) -> None:
        """Remove *key*, if it was added."""
        self._changed.pop(key, None)
        self._hot.discard(key)
        self._cold.discard(key)

    def due(self, now: float) -> list[K]:
        """Return the keys to look at now, the hot ones first."""
        hot = self._hot.due(now)
        for key in hot:
            if now - self._changed[key] >= self._keep:
                self._hot.discard(key)
                self._cold.add(key)
        return hot + [key for key in self._cold.due(now) if key not in hot]


class Debounce:
    """Chooses how long to collect changes before the next look, so that runs that write together are seen together.

    If looks take long, because there are many runs or the machine is busy, they become rarer.
    """

    least = 0.15
    """Shortest debounce time, in seconds."""
    most = 0.5
    """Longest debounce time, in seconds."""

    def __init__(self) -> None:
        self._previous = 0.0

    def after(self, took: float) -> float:
        """Return the debounce time after a look that took *took* seconds; a single slow look does not raise it.

        >>> debounce = Debounce()
        >>> debounce.after(0.006), debounce.after(0.006)
        (0.15, 0.3)
        """
        typical, self._previous = min(took, self._previous), took
        return min(max(self.least, _DEBOUNCE_FACTOR * typical), self.most)
