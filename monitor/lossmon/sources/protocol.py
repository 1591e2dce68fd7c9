"""The contract between a log format and the rest: bytes in, columns out, no files, no clock."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import PurePath
from typing import Protocol, runtime_checkable

from lossmon.core.points import Axis, Scalars


class Decoder(Protocol):
    """Turns the bytes of one log, handed over in any pieces, into columns of points.

    However the bytes are cut, the points are the same. A half record is kept until its rest comes. Nothing that the
    bytes hold makes it raise, and its memory stays bounded whatever they claim.
    """

    @property
    def skip(self) -> int:
        """How many of the bytes that come next are of no use; the caller may leave out that many, or fewer."""

    @property
    def notices(self) -> Sequence[str]:
        """What was wrong with the bytes so far, one plain sentence each, for the person watching."""

    def feed(self, data: bytes | memoryview) -> list[Scalars]:
        """Take the next bytes and return the points they complete, in order, one column or more a tag."""

    def skipped(self, count: int) -> None:
        """Take note that the caller left out the next *count* bytes, at most ``skip``."""


@runtime_checkable
class SupportsPlannedEnd(Protocol):
    """A decoder of a format whose logs may say how long the training is going to be."""

    @property
    def planned(self) -> Mapping[Axis, float]:
        """Up to which epoch and step the training goes, as far as the bytes so far say."""


class Adapter(Protocol):
    """One log format."""

    @property
    def name(self) -> str:
        """What the format is called in output, for instance ``tensorboard``."""

    def claims(self, path: PurePath, head: bytes) -> bool:
        """Say whether a file of this *path* that begins with *head* is of this format.

        *head* has 4096 bytes, or all there are; of text that nothing claims so far, more of its start, and its end.
        Text that begins with a mark of its encoding is handed over as UTF-8.
        """

    def decoder(self) -> Decoder:
        """Make a decoder for one file."""


@runtime_checkable
class SupportsPreview(Protocol):
    """An adapter that finds records anywhere in a log, so that curves can be shown before all of it was read."""

    def sample(self, windows: Sequence[bytes]) -> list[Scalars]:
        """Return the points of all whole records in *windows*, pieces of one file in its order, and no other points."""
