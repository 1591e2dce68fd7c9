"""What a run saved on disk: one model, in a file or in a directory of files."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from lossmon.core.text import Name


class CheckpointRole(str, Enum):
    """What a training keeps a checkpoint for, as its name says."""

    BEST = "best"
    """The best by the training's own measure, which need not be the loss that is judged."""
    LAST = "last"
    """The newest, to go on from."""
    NUMBERED = "numbered"
    """One of a series."""
    PLAIN = "plain"
    """A name that says nothing: ``model.pt``."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A model that a run saved."""

    path: Name
    """The file, or the directory of all its files."""
    size: int
    """Bytes of all its files."""
    modified: float
    """When its weights were written, in seconds since 1970."""
    role: CheckpointRole = CheckpointRole.NUMBERED
    has_weights: bool = True
    """False for a directory in which only the state of the training is left."""
    is_gone: bool = False
    """Whether it was deleted while lossmon watched."""
    x: float | None = None
    """The epoch or step of the log at which it was saved; None if unknown."""
    evaluation: int | None = None
    """Index of the evaluation of the same weights; None if unknown, or if they were never evaluated."""
    known_by: str = ""
    """What ``x`` is known by: ``name``, ``time``, ``name, loss``; empty if it is unknown."""
    label: str = ""
    """The end of its path by which it differs from the others of the run, safe to show; empty for the last part."""
    is_empty: bool = False
    """Whether a file of its weights has no bytes: it is being written, or writing it was cut off."""

    @property
    def is_usable(self) -> bool:
        """Whether weights can be loaded from it, as far as its files tell."""
        return self.has_weights and not self.is_empty and not self.is_gone

    @property
    def name(self) -> str:
        """What it is called in sentences: ``checkpoint-200``."""
        return self.label or self.path.text.rpartition("/")[2]
