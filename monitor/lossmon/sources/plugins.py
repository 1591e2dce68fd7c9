"""Formats of other packages: entry points of the group ``lossmon.sources``.

Nothing that a plug-in does ends the program: an exception becomes a warning that names the plug-in.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from importlib.metadata import EntryPoint, entry_points
from typing import Any

import numpy as np

from lossmon.core.errors import READING_STOPPED
from lossmon.core.points import Scalars
from lossmon.core.text import Name, sanitize
from lossmon.sources.protocol import Budget, Location, Match, Source, SourceFactory, Update
from lossmon.sources.time_allowance import TimeAllowance

GROUP = "lossmon.sources"
"""Each entry point of the group names a ``SourceFactory`` class, or a function that returns one."""

_BUDGETS_ALLOWED = 10
"""How many times as long as its budget a poll may take in the long run."""


class Plugins:
    """The formats of all plug-ins that could be loaded."""

    def __init__(self, points: Iterable[EntryPoint] | None = None) -> None:
        """Load the entry *points*, by default those of all installed packages."""
        self.factories: list[SourceFactory] = []
        self.failures: dict[str, str] = {}
        """Why a plug-in does not work, by its name; grows while plug-ins are used."""
        for point in sorted(entry_points(group=GROUP) if points is None else points, key=lambda point: point.name):
            self._load(point)

    def _load(self, point: EntryPoint) -> None:
        try:
            factory = point.load()()
            if not isinstance(factory, SourceFactory):
                raise TypeError(f"{point.value} makes no source factory")
            self.factories.append(_SafeFactory(point.name, factory, self.failures))
        except (Exception, SystemExit) as error:  # noqa: BLE001 - foreign code
            self.failures[point.name] = f"cannot be loaded: {_describe(error)}"


class _SafeFactory:
    """A factory of a plug-in, whose exceptions are recorded."""

    def __init__(self, plugin: str, factory: SourceFactory, failures: dict[str, str]) -> None:
        self._plugin, self._factory, self._failures = plugin, factory, failures
        self.name = sanitize(str(factory.name))
        self.schemes = frozenset(factory.schemes)

    def match(self, location: Location) -> Match | None:
        """Return what the plug-in says of *location*; None if it fails."""
        try:
            match = self._factory.match(location)
            return None if match is None else Match(int(match.priority), frozenset(match.consumes))
        except OSError:
            return None
        except (Exception, SystemExit) as error:  # noqa: BLE001 - foreign code
            self._failures.setdefault(self._plugin, f"fails at {location.path}: {_describe(error)}")
            return None

    def open(self, location: Location) -> Source:
        """Return a source for *location*, which reports the exception if the plug-in cannot open it."""
        try:
            return _SafeSource(self._plugin, self._factory.open(location))
        except (Exception, SystemExit) as error:  # noqa: BLE001 - foreign code
            return _SafeSource(self._plugin, _Unopened(error))


class _SafeSource:
    """A source of a plug-in; an exception is the error of its runs."""

    def __init__(self, plugin: str, source: Source) -> None:
        self._plugin, self._source = plugin, source
        self._allowance, self._too_slow = TimeAllowance(), ""

    def poll(self, budget: Budget) -> Update:
        """Return what is new, or an update with the exception as its error; nothing more if it is far too slow."""
        if self._too_slow:
            return Update(error=self._too_slow)
        began = time.thread_time()
        update = self._poll(budget)
        seconds = time.thread_time() - began
        if self._allowance.spend(seconds, _BUDGETS_ALLOWED * budget.seconds):
            took = f"one poll took {seconds:.1f} s of CPU time"
            self._too_slow = f"{READING_STOPPED}: plug-in {self._plugin}: {took}; what follows is not shown"
        return update

    def _poll(self, budget: Budget) -> Update:
        try:
            return _checked(self._source.poll(budget))
        except (Exception, SystemExit) as error:  # noqa: BLE001 - foreign code
            return Update(error=f"plug-in {self._plugin}: {_describe(error)}")

    def watch_paths(self) -> Sequence[str]:
        """Return the paths to watch; none if the plug-in fails."""
        try:
            return [str(path) for path in self._source.watch_paths()]
        except (Exception, SystemExit):  # noqa: BLE001 - foreign code; it is then polled on a timer
            return []

    def close(self) -> None:
        """Close the source; an exception is ignored."""
        with suppress(Exception, SystemExit):
            self._source.close()


class _Unopened:
    """Stands for a source that could not be opened."""

    def __init__(self, error: BaseException) -> None:
        self._error = error

    def poll(self, budget: Budget) -> Update:  # noqa: ARG002
        """Raise the exception that the plug-in raised."""
        raise self._error

    def watch_paths(self) -> Sequence[str]:
        """Return nothing."""
        return []

    def close(self) -> None:
        """Do nothing."""


def _checked(update: object) -> Update:
    """Return *update*; raises TypeError or ValueError if it breaks the protocol."""
    if not isinstance(update, Update):
        raise TypeError(f"poll returned {type(update).__name__}, not Update")
    for scalars in update.scalars:
        _check_scalars(scalars)
    return update


def _check_scalars(scalars: object) -> None:
    """Raise TypeError or ValueError if *scalars*, which a plug-in made, break the protocol."""
    if not isinstance(scalars, Scalars):
        raise TypeError(f"an update holds {type(scalars).__name__}, not Scalars")
    names: tuple[Any, Any, Any] = scalars.tag, scalars.run, scalars.axis
    if not (isinstance(names[0], Name) and isinstance(names[1], str) and names[2] in ("epoch", "step")):
        raise TypeError("a tag must be a Name, a run a str, and an axis epoch or step")
    arrays: tuple[Any, ...] = scalars.x, scalars.wall_time, scalars.value
    if not all(isinstance(array, np.ndarray) and array.dtype.kind in "fi" and array.ndim == 1 for array in arrays):
        raise TypeError("points must be one-dimensional arrays of numbers")
    if len({len(array) for array in arrays}) != 1 or np.isnan(scalars.x).any():
        raise ValueError("arrays of points must have one length, and x no NaN")


def _describe(error: BaseException) -> str:
    return sanitize(f"{type(error).__name__}: {error}")
