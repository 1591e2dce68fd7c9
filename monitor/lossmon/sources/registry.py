"""Which format reads a file or directory."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Protocol, TypeAlias

from lossmon.core.text import as_utf8, sanitize
from lossmon.sources.byte_source import ByteSource
from lossmon.sources.protocol import (
    HEAD_BYTES,
    Adapter,
    Location,
    LogFormat,
    Match,
    RunLayout,
    Source,
    SourceFactory,
    by_priority,
)

_TEXT_BYTES = 1 << 16
"""Bytes at the start and at the end of a text file that are searched for losses; output often begins with warnings."""

AnyFormat: TypeAlias = "Adapter | SourceFactory"


class LocationWithEnds(Location, Protocol):
    """A location whose end can be looked at, too."""

    def ends(self, size: int) -> bytes:
        """Return the first and the last *size* bytes of a file or stream. Raises OSError."""


@dataclass(frozen=True, slots=True)
class SourceFormat:
    """The format of a source that reads its data itself."""

    name: str
    priority: int
    run_layout: RunLayout = RunLayout.FILE

    def framework(self, tags: Collection[str]) -> str:  # noqa: ARG002 - a source says it of each run
        """Return an empty string: the source says it."""
        return ""


@dataclass(frozen=True, slots=True)
class Claim:
    """The format that reads a location, and how to open it."""

    format: LogFormat
    open: Callable[[], Source]
    consumes: frozenset[str] = frozenset()
    """Names in a directory that the source reads itself."""


class Registry:
    """All formats; finds the one of the highest priority for a location, the first of several with the same."""

    def __init__(self, formats: Iterable[AnyFormat]) -> None:
        formats = list(formats)
        self._factories = [one for one in formats if isinstance(one, SourceFactory)]
        self._adapters: Sequence[Adapter] = by_priority(one for one in formats if not isinstance(one, SourceFactory))
        self.formats: dict[str, LogFormat] = {adapter.name: adapter for adapter in self._adapters}
        """The formats of all logs that were opened, by name."""

    @property
    def reads_directories(self) -> bool:
        """Whether there is a format that might read a directory."""
        return bool(self._factories)

    def find(self, location: LocationWithEnds) -> Claim | None:
        """Return the claim of the format that reads *location*, None if there is none. Raises OSError."""
        adapter = self._find_adapter(location) if location.kind != "directory" else None
        factory, match = self._find_factory(location)
        if factory and match and not (adapter and adapter.priority >= match.priority):
            return self._claim_of_factory(factory, match, location)
        if adapter:
            return self._claim_of_adapter(adapter, location)
        return None

    def _find_adapter(self, location: LocationWithEnds) -> Adapter | None:
        data = location.head()
        adapter = self._claimant(location.path, as_utf8(data))
        if adapter is None and len(data) == HEAD_BYTES and b"\0" not in data:
            adapter = self._claimant(location.path, location.ends(_TEXT_BYTES))
        return adapter

    def _claimant(self, path: PurePath, head: bytes) -> Adapter | None:
        return next((adapter for adapter in self._adapters if adapter.claims(path, head)), None)

    def _find_factory(self, location: LocationWithEnds) -> tuple[SourceFactory | None, Match | None]:
        best: tuple[SourceFactory | None, Match | None] = (None, None)
        for factory in self._factories:
            match = _match(factory, location)
            if match and (best[1] is None or match.priority > best[1].priority):
                best = factory, match
        return best

    def _claim_of_factory(self, factory: SourceFactory, match: Match, location: LocationWithEnds) -> Claim:
        name = sanitize(factory.name)
        log_format = self.formats.setdefault(name, SourceFormat(name, match.priority))
        return Claim(log_format, lambda: factory.open(location), match.consumes)

    def _claim_of_adapter(self, adapter: Adapter, location: LocationWithEnds) -> Claim:
        return Claim(
            adapter, lambda: ByteSource(location.open_bytes(), adapter, [*filter(None, [location.local_path])])
        )


def _match(factory: SourceFactory, location: LocationWithEnds) -> Match | None:
    # To make the URI of a file takes longer than all that follows.
    scheme = "file" if location.local_path else location.uri.partition(":")[0]
    if scheme not in factory.schemes:
        return None
    try:
        return factory.match(location)
    except OSError:
        return None
