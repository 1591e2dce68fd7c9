"""Find the trainings that were started in a directory, so that a screen can show them again."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from lossmon.cli.programs.record import Record, records

_MAX_AGE_SECONDS = 3 * 86400.0
"""How long after its end a training is still shown: over a weekend."""


class Found(NamedTuple):
    """The training whose output is shown, and the logs of others."""

    record: Record
    others: tuple[str, ...] = ()
    """Files with the output of other trainings that run, where they are not below the paths."""


def find_by_log(path: str) -> Record | None:
    """Return the training whose output is in the file *path*."""
    real = os.path.realpath(path)
    return next((record for record in records() if os.path.realpath(record.program.log) == real), None)


def find_below(paths: Sequence[str]) -> Found | None:
    """Return the trainings started below *paths*: all that run, or else the one that was started last."""
    roots = [os.path.realpath(path) for path in paths]
    known = [record for record in records() if _is_below(record, roots) and Path(record.program.log).exists()]
    states = {record: record.state() for record in sorted(known, key=lambda one: one.program.started, reverse=True)}
    running = [record for record, state in states.items() if not state.has_ended]
    if running:
        logs = (record.program.log for record in running[1:])
        return Found(running[0], tuple(log for log in logs if not _is_in(log, roots)))
    oldest = time.time() - _MAX_AGE_SECONDS
    recent = (record for record, state in states.items() if (state.ended or record.program.started) > oldest)
    newest = next(recent, None)
    return Found(newest) if newest else None


def _is_below(record: Record, roots: Iterable[str]) -> bool:
    return any(_is_in(place, roots) for place in (record.program.directory, *record.program.watched))


def _is_in(path: str, roots: Iterable[str]) -> bool:
    real = os.path.realpath(path)
    return any(real == root or real.startswith(root.rstrip("/") + "/") for root in roots)
