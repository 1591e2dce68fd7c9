"""The contracts of log formats: a decoder of the bytes of one log, or a source that reads anything itself."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from pathlib import PurePath, PurePosixPath

    from lossmon.core.hyperparameters import Hyperparameters
    from lossmon.core.points import Axis, Scalars
    from lossmon.core.score import BestMetric
    from lossmon.sources.byte_reader import ByteReader

HEAD_BYTES = 4096
"""Bytes at the start of a file by which its format is recognised."""
RUNS_PER_LOG = 4096
"""Runs in one log; more are left out, which bounds the memory that a damaged or hostile log can take."""
RunId: TypeAlias = str
"""Identifies a run within its source; the empty string is the only run of a source that has one."""
RunState: TypeAlias = Literal["unknown", "running", "finished", "failed"]
"""Whether a run has ended, as its source says."""


@dataclass(frozen=True, slots=True)
class RunInfo:
    """What a source knows about a run besides its points; what is empty is unknown."""

    name: str = ""
    """How to call the run; its ``RunId`` if empty."""
    framework: str = ""
    """Which program trains, for instance ``keras``: the advice names its calls."""
    planned_end: Mapping[Axis, float] = field(default_factory=dict)
    """The epoch and the step at which the training will end."""
    state: RunState = "unknown"
    replaced_ids: int = 0
    """How many names at the end of the path are ids, in place of which the run's name is shown."""
    best_metric: BestMetric | None = None
    """By which metric the training keeps its best checkpoint."""
    train_examples: int = 0
    """Examples in the training set; 0 if unknown."""
    hyperparameters: Hyperparameters = ()
    """The settings of the training; ``lossmon.core.hyperparameters`` makes them from what a log states."""


@dataclass(frozen=True, slots=True)
class Update:
    """What is new in a source since the poll before."""

    scalars: Sequence[Scalars] = ()
    """New points; ``Scalars.run`` says of which run."""
    runs: Mapping[RunId, RunInfo] = field(default_factory=dict)
    """The runs of which something new is known; each replaces what was known about the run."""
    reset: frozenset[RunId] = frozenset()
    """Runs whose earlier points are void; applied before ``scalars``."""
    more: bool = False
    """Polling again now returns more."""
    progress: float | None = None
    """Share that was read, 0 to 1; None if unknown or if all was read."""
    warnings: Sequence[str] = ()
    """All problems in the data so far, one sentence each, for the user."""
    error: str = ""
    """Why nothing could be read this time; the next poll tries again."""
    size: int = 0
    """Bytes in all; 0 if unknown."""
    modified: float = 0.0
    """When the data was last written, in seconds since 1970; 0 if unknown."""
    gone: bool = False
    """There is no data any more; it may come back."""


@dataclass(frozen=True, slots=True)
class Budget:
    """How much one poll may read; a source keeps to those of the limits that it can count."""

    bytes: int = 4 << 20
    rows: int = 100_000
    seconds: float = 0.05


class Source(Protocol):
    """Reads the runs at one location. Its methods wait for no data; they are called one at a time, from any thread."""

    def poll(self, budget: Budget) -> Update:
        """Return what is new. Bad data does not make it raise: it is a warning or an error of the update."""

    def watch_paths(self) -> Sequence[str]:
        """Return local files and directories whose change means new data; if empty, the source is polled on a timer."""

    def close(self) -> None:
        """Release files, connections and processes."""


class Location(Protocol):
    """A file, directory or stream that may hold runs."""

    @property
    def uri(self) -> str:
        """Where it is: ``file:///runs/mlflow.db``, with the characters quoted that a URI must quote."""

    @property
    def kind(self) -> Literal["file", "directory", "stream"]:
        """What it is."""

    @property
    def path(self) -> PurePosixPath:
        """The path relative to the watched directory; the name of a file or stream that is watched itself."""

    @property
    def local_path(self) -> str:
        """The path on this machine; empty if it is elsewhere or a stream."""

    def head(self, size: int = HEAD_BYTES) -> bytes:
        """Return the first *size* bytes of a file, fewer if it is shorter; nothing of a directory. Raises OSError."""

    def entries(self) -> Sequence[str]:
        """Return the names in a directory, sorted; nothing for other kinds. Raises OSError."""

    def siblings(self) -> Sequence[str]:
        """Return the names in the directory that contains it, its own included, sorted. Raises OSError."""

    def open_bytes(self) -> ByteReader:
        """Return a reader of the bytes of a file or stream."""


@dataclass(frozen=True, slots=True)
class Match:
    """Says that a source can read a location."""

    priority: int
    """The highest of all matches wins. It is the ``Adapter.priority`` of other formats: from 100 (one program writes
    it, with exact values and times) to 10 (a guess, with rounded values)."""
    consumes: frozenset[str] = frozenset()
    """Names in a directory that the source reads itself: no other format gets them, nor what is below them."""


@runtime_checkable
class SourceFactory(Protocol):
    """Recognises the locations of one format or service, and opens sources for them."""

    @property
    def name(self) -> str:
        """What the format is called in output, for instance ``mlflow``."""

    @property
    def schemes(self) -> frozenset[str]:
        """Schemes of the URIs that it can read: ``frozenset({"file"})``."""

    def match(self, location: Location) -> Match | None:
        """Return whether the location can be read, and how sure that is.

        It is called for every file and directory, so the path should be looked at first. An OSError counts as None.
        """

    def open(self, location: Location) -> Source:
        """Return a source for a location that matched."""


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
    METRIC_FILE = "metric file"
    """As ``FILE``, but a file holds one metric without a tag: that it is of validation is said by its name alone."""
    FILE_PER_EPOCH = "file per epoch"
    """Each file holds one epoch; files of a directory whose names differ in a number are one run."""
    FILE_INSTEAD_OF_DIRECTORY = "file instead of directory"
    """Each file is a run. Files of layout ``DIRECTORY`` beside it hold the same losses and are not read."""


class LogFormat(Protocol):
    """What must be known of a format to make runs of its logs."""

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

    def framework(self, tags: Collection[str]) -> str:
        """Return the name of the framework that writes this format, empty if unknown; *tags* are those of the run."""


class Adapter(LogFormat, Protocol):
    """One log format. ``BaseAdapter`` has defaults for all but the name, ``claims`` and ``decoder``."""

    def claims(self, path: PurePath, head: bytes) -> bool:
        """Return whether a file of this *path* that begins with *head* is of this format.

        *head* has ``HEAD_BYTES`` bytes, or the whole file if it is shorter. If no adapter claims a text file, they get
        more of its start and its end in a second call. Text that begins with a byte order mark is passed as UTF-8.
        """

    def decoder(self) -> Decoder:
        """Return a new decoder for one file."""


class BaseAdapter:
    """Defaults for an adapter: each file is a run of an unknown framework, read before the general formats."""

    priority: int = 80
    run_layout: RunLayout = RunLayout.FILE

    def framework(self, tags: Collection[str]) -> str:  # noqa: ARG002 - adapters that override it look at the tags
        """Return an empty string: the framework is unknown."""
        return ""


def by_priority(adapters: Iterable[Adapter]) -> list[Adapter]:
    """Return *adapters* in the order in which they are asked."""
    return sorted(adapters, key=lambda adapter: -adapter.priority)
