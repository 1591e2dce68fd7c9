"""The tags that ``--train`` and ``--val`` may name: those that the runs have."""

from __future__ import annotations

import argparse
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from lossmon.core.errors import LossmonError
from lossmon.core.nearest_names import NO_TAG_MATCHES, by_nearness

if TYPE_CHECKING:
    # ``lossmon status`` prints a line from its cache without the cost of importing it, and numpy with it.
    from lossmon.core.snapshot import Snapshot

_MAX_TAGS = 8
"""Tags that are offered in place of one that does not exist."""


def require_tags(snapshot: Snapshot, arguments: argparse.Namespace) -> None:
    """Raise LossmonError if no run has the tag that ``--train`` or ``--val`` names."""
    if unknown := unknown_tags(snapshot, arguments):
        raise LossmonError(unknown[0])


def unknown_tags(snapshot: Snapshot, arguments: argparse.Namespace) -> list[str]:
    """Return a message for each of ``--train`` and ``--val`` whose tag no run has."""
    named = (("--train", arguments.train), ("--val", arguments.val))
    return [message for option, glob in named if glob is not None and (message := _unknown_tag(snapshot, option, glob))]


def _unknown_tag(snapshot: Snapshot, option: str, glob: str) -> str:
    """Return that no tag of any run matches *glob*, and which tags there are, the nearest first; else nothing."""
    tags = frozenset(curve.tag.text for run in snapshot.runs for curve in run.metrics)
    if not tags or any(fnmatchcase(tag, glob) for tag in tags):
        return ""
    nearest = by_nearness(glob, tags)
    more = f", … ({len(tags)} in all)" if len(tags) > _MAX_TAGS else ""
    return f"{option} {glob}: {NO_TAG_MATCHES}; there are {', '.join(nearest[:_MAX_TAGS])}{more}"
