"""A source of a plug-in made for tests: each poll takes ``SECONDS`` by the clock that the test puts in place."""

from __future__ import annotations

from collections.abc import Sequence

from lossmon.sources.protocol import Budget, Location, Match, Source, Update

SECONDS = [0.0]
"""What each poll takes."""
_spent = [0.0]


def clock() -> float:
    """Return the CPU seconds that all polls have taken."""
    return _spent[0]


class SlowSource:
    """The source; each poll returns another size."""

    def __init__(self) -> None:
        self._polls = 0

    def poll(self, budget: Budget) -> Update:
        _spent[0] += SECONDS[0]
        self._polls += 1
        return Update(size=self._polls, more=True)

    def watch_paths(self) -> Sequence[str]:
        return []

    def close(self) -> None:
        """Nothing is open."""


class SlowFactory:
    """The factory of the source."""

    name, schemes = "slow", frozenset({"file"})

    def match(self, location: Location) -> Match | None:
        return Match(90)

    def open(self, location: Location) -> Source:
        return SlowSource()
