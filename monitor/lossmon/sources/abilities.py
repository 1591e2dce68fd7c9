"""What a decoder, an adapter or a source may be able to do besides what its contract asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from lossmon.core.points import Axis, Scalars
    from lossmon.sources.protocol import RunId, RunInfo, Update


@runtime_checkable
class SupportsFinish(Protocol):
    """A decoder of lines whose last one may have no newline."""

    def finish(self) -> list[Scalars]:
        """Return the points of a last line that has no newline; called when the log is read once to its end.

        Writers cut lines where their buffer ends, so a line that may be incomplete is better left out.
        """


@runtime_checkable
class SupportsPlannedEnd(Protocol):
    """A decoder of a format whose logs may say how long the training will be."""

    @property
    def planned_end(self) -> Mapping[Axis, float]:
        """The epoch and the step at which the training ends, as far as the bytes so far say."""


@runtime_checkable
class SupportsRunInfo(Protocol):
    """A decoder of a format whose logs say more of their runs than the names in ``Scalars.run``."""

    @property
    def run_info(self) -> Mapping[RunId, RunInfo]:
        """What the bytes so far say of each run."""


@runtime_checkable
class SupportsPreview(Protocol):
    """An adapter that finds records anywhere in a log, so that curves can be shown before all of it is read."""

    def sample(self, windows: Sequence[bytes]) -> list[Scalars]:
        """Return the points of all complete records in *windows*, parts of one file in ascending order."""


@runtime_checkable
class SupportsSourceFinish(Protocol):
    """A source of lines whose last one may have no newline."""

    def finish(self) -> Update:
        """Return what a last line without newline adds; called when the source is read once to its end."""


@runtime_checkable
class SupportsLastLine(Protocol):
    """A source of lines whose last one may have no newline, but may still be continued."""

    def last_line(self) -> list[Scalars]:
        """Return what ``finish`` would add, without an effect on later polls."""


@runtime_checkable
class SupportsSourcePreview(Protocol):
    """A source that can show points from all over a large log before all of it is read."""

    def preview(self, size: int) -> list[Scalars]:
        """Return some points of a log of *size* bytes; none if its format can only be read from the start."""
