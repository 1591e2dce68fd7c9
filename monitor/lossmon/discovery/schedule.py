"""How often to look at what: pure, with the time handed in."""

from __future__ import annotations

from collections import OrderedDict
from typing import Generic, TypeVar

K = TypeVar("K")

_ROUNDING = 1e-9
_REST = 50.0
"""So many times as long as a look takes, changes are gathered for the next."""


class RoundRobin(Generic[K]):
    """Keys visited in turn, each once a *period* (seconds), but all together never more than *rate* a second."""

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
        """Take *key* into the round, as the last in turn; one that is in it already keeps its place."""
        self._keys.setdefault(key)

    def discard(self, key: K) -> None:
        """Leave *key* out from now on."""
        self._keys.pop(key, None)

    def due(self, now: float) -> list[K]:
        """Return the keys whose turn has come since the last call; a long pause is not made up for."""
        elapsed = 0.0 if self._last is None else max(0.0, now - self._last)
        self._last = now
        earned = self._credit + elapsed * min(self._rate, len(self._keys) / self._period)
        earned = min(earned, len(self._keys), max(self._rate, 1.0))
        count = int(earned + _ROUNDING)
        self._credit = max(0.0, earned - count)
        return [self._next() for _ in range(count)]

    def _next(self) -> K:
        key = next(iter(self._keys))
        self._keys.move_to_end(key)
        return key


class PollSchedule(Generic[K]):
    """What changed within the last *keep* seconds is looked at every *hot* seconds, the rest every *cold* seconds.

    Hot and cold keys cost at most *rate* looks a second each; with more keys than that their periods stretch.
    """

    def __init__(self, hot: float = 1.0, cold: float = 60.0, rate: float = 40.0, keep: float = 300.0) -> None:
        self._hot: RoundRobin[K] = RoundRobin(hot, rate)
        self._cold: RoundRobin[K] = RoundRobin(cold, rate)
        self._keep = keep
        self._changed: dict[K, float] = {}

    def __contains__(self, key: object) -> bool:
        return key in self._changed

    def add(self, key: K, now: float, age: float = 0.0) -> None:
        """Begin to look at *key*, which changed *age* seconds ago as far as is known."""
        self._changed[key] = now - age
        (self._hot if age < self._keep else self._cold).add(key)

    def touch(self, key: K, now: float) -> None:
        """Take note that *key* was seen to have changed."""
        self._changed[key] = now
        self._cold.discard(key)
        self._hot.add(key)

    def discard(self, key: K) -> None:
        """Look at *key* no more."""
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
    """How long changes are gathered before a look, so that runs that write at the same time are seen at once.

    Where looks take long, because the runs are many or the machine is busy, they become rarer.
    """

    least = 0.15
    """Seconds."""
    most = 0.5

    def __init__(self) -> None:
        self._before = 0.0

    def after(self, took: float) -> float:
        """Return the seconds to gather after a look that *took* so many; a single long look, as the first, is none."""
        usual, self._before = min(took, self._before), took
        return min(max(self.least, _REST * usual), self.most)
