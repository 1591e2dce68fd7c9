"""The contract of a log format: bytes in, arrays of points out; it opens no files and reads no clock."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from pathlib import PurePath

    from lossmon.core.points import Axis, Scalars

HEAD_BYTES = 4096
"""Bytes at the start of a file by which its format is recognised."""


class Decoder(Protocol):
    """Decodes the bytes of one log, given in chunks of any size, into arrays of points.

    The points do not depend on where the bytes are cut: an incomplete record is kept until the rest arrives.
    Invalid bytes never make it raise, and its memory is bounded whatever lengths they claim.
    """

    @property
    def skip(self) -> int:
        """How many of the next bytes are not needed; the caller may leave out that many, or fewer."""

    @property
    def warnings(self) -> Sequence[str]:
        """Problems in the bytes so far, one sentence each, for the user."""

    def feed(self, data: bytes | memoryview) -> list[Scalars]:
        """Decode the next bytes and return the points that they complete, in order; a tag may occur more than once."""

    def skipped(self, count: int) -> None:
        """Continue after the next *count* bytes, at most ``skip``, which the caller left out."""


@runtime_checkable
class SupportsPlannedEnd(Protocol):
    """A decoder of a format whose logs may say how long the training will be."""

    @property
    def planned_end(self) -> Mapping[Axis, float]:
        """The epoch and the step at which the training ends, as far as the bytes so far say."""


@runtime_checkable
class SupportsFinish(Protocol):
    """A decoder of lines whose last one may have no newline."""

    def finish(self) -> list[Scalars]:
        """Return the points of a last line that has no newline; called when the log is read once to its end.

        Writers cut lines where their buffer ends, so a line that may be incomplete is better left out.
        """


class RunLayout(Enum):
    """How the files of a format make up runs."""

    FILE = "file"
    """Each file is a run. Two files that differ only in the word train or val, in the name of the file or of its
    directory, are one run."""
    DIRECTORY = "directory"
    """All files of a directory are one run. Directories for train, for validation or for one tag belong to the run of
    the directory above, as the writers of TensorBoard event files use them."""
    NEWEST_CHECKPOINT = "newest checkpoint"
    """Each directory ``checkpoint-<step>`` of a run has a file with the whole history so far; the newest is read."""
    FILE_INSTEAD_OF_DIRECTORY = "file instead of directory"
    """Each file is a run. Files of layout ``DIRECTORY`` beside it hold the same losses and are not read."""


class Adapter(Protocol):
    """One log format. ``BaseAdapter`` has defaults for all but the name, ``claims`` and ``decoder``."""

    @property
    def name(self) -> str:
        """What the format is called in output, for instance ``tensorboard``."""

    @property
    def priority(self) -> int:
        """Precedence of the format; the higher number wins.

        It decides which adapter reads a file that several claim, and which log is kept where one training wrote
        several. From 100 (one program writes it, with exact values and times) to 10 (a guess, with rounded values).
        """

    @property
    def run_layout(self) -> RunLayout:
        """How the files of the format make up runs."""

    def claims(self, path: PurePath, head: bytes) -> bool:
        """Return whether a file of this *path* that begins with *head* is of this format.

        *head* has ``HEAD_BYTES`` bytes, or the whole file if it is shorter. If no adapter claims a text file, they get
        more of its start and its end in a second call. Text that begins with a byte order mark is passed as UTF-8.
        """

    def decoder(self) -> Decoder:
        """Return a new decoder for one file."""

    def framework(self, tags: Collection[str]) -> str:
        """Return the name of the framework that writes this format, empty if unknown; *tags* are those of the run."""


class BaseAdapter:
    """Defaults for an adapter: each file is a run of an unknown framework, read before the general formats."""

    priority: int = 80
    run_layout: RunLayout = RunLayout.FILE

    def framework(self, tags: Collection[str]) -> str:  # noqa: ARG002 - adapters that override it look at the tags
        """Return an empty string: the framework is unknown."""
        return ""


@runtime_checkable
class SupportsPreview(Protocol):
    """An adapter that finds records anywhere in a log, so that curves can be shown before all of it is read."""

    def sample(self, windows: Sequence[bytes]) -> list[Scalars]:
        """Return the points of all complete records in *windows*, parts of one file in ascending order."""


def find_adapter(adapters: Iterable[Adapter], path: PurePath, head: bytes) -> Adapter | None:
    """Return the adapter of the highest priority that claims a file, None if there is none.

    Of adapters with equal priority the first is taken.
    """
    by_priority = sorted(adapters, key=lambda adapter: -adapter.priority)
    return next((adapter for adapter in by_priority if adapter.claims(path, head)), None)
