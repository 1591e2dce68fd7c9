"""What the user chose about watching."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from lossmon.discovery import FileEntry
from lossmon.runs import Limits, TagOverride
from lossmon.sources.pipe import PipeLocation

_POLL_SECONDS = 1.0
"""Seconds between two looks at a file that is written to, unless the user chose another time."""


@dataclass(frozen=True, slots=True)
class MonitorSettings:
    """How to watch."""

    override: TagOverride = field(default_factory=TagOverride)
    poll: float | None = None
    """Seconds between looks at a file, without inotify; None for inotify and a time that suits each file."""
    once: bool = False
    """Whether everything is read only once, so that no directory is watched for changes."""
    files: Sequence[FileEntry] | None = None
    """The files to read below the paths; None for all."""
    pipe: PipeLocation | None = None
    """A log that comes through a pipe, to be read besides the paths."""
    follow: bool = False
    """Whether links are followed that lead out of the paths."""
    limits: Limits = field(default_factory=Limits)
    broken_plugins: Mapping[str, str] = field(default_factory=dict)
    """Plug-ins that do not work, by name, and why; may grow while they are used."""
    since: float | None = None
    """Runs that were last written before this time, in seconds since 1970, are not shown; None for all."""
    without: str = ""
    """A file that is not read although it may be below the paths, without links: what comes through ``pipe``."""

    @property
    def poll_seconds(self) -> float:
        """Seconds between two looks at a file that is written to."""
        return self.poll or _POLL_SECONDS
