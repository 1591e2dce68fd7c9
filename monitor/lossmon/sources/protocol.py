"""The contract of a log format: bytes in, arrays of points out; it opens no files and reads no clock."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import PurePath
from typing import Protocol, runtime_checkable

from lossmon.core.points import Axis, Scalars


class Decoder(Protocol):
    """Decodes the bytes of one log, given in chunks of any size, into arrays of points.

    The points do not depend on where the bytes are cut: an incomplete record is kept until the rest arrives.
    Invalid bytes never make it raise, and its memory is bounded whatever lengths they claim.
    """

    @property
    def skip(self) -> int:
        """How many of the next bytes are not needed; the caller may leave out that many, or fewer."""

    @property
    def notices(self) -> Sequence[str]:
        """Problems in the bytes so far, one sentence each, for the user."""

    def feed(self, data: bytes | memoryview) -> list[Scalars]:
        """Decode the next bytes and return the points that they complete, in order; a tag may occur more than once."""

    def skipped(self, count: int) -> None:
        """Continue after the next *count* bytes, at most ``skip``, which the caller left out."""


@runtime_checkable
class SupportsPlannedEnd(Protocol):
    """A decoder of a format whose logs may say how long the training will be."""

    @property
    def planned(self) -> Mapping[Axis, float]:
        """The epoch and the step at which the training ends, as far as the bytes so far say."""


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
    """An adapter that finds records anywhere in a log, so that curves can be shown before all of it is read."""

    def sample(self, windows: Sequence[bytes]) -> list[Scalars]:
        """Return the points of all complete records in *windows*, parts of one file in ascending order."""
