"""What differs between runs: of the facts known about each, those that not all of them share."""

from __future__ import annotations

from collections.abc import Sequence

from lossmon.core.snapshot import RunSnapshot
from lossmon.presentation import run_text
from lossmon.presentation.differences import differing, differing_settings, is_path

_MAX_SETTINGS = 12
"""Columns of the table for settings."""


def differing_facts(runs: Sequence[RunSnapshot]) -> tuple[list[str], list[dict[str, str]]]:
    """Return the names of what differs between *runs*, settings of the training first, and the facts of each run.

    Paths are left out, since they say more of the machine than of the training.
    """
    settings = [dict(run.hyperparameters) for run in runs]
    names = [name for name in differing_settings(settings) if not is_path({each.get(name, "") for each in settings})]
    facts = [_facts_of(run) for run in runs]
    return [*names[:_MAX_SETTINGS], *differing(facts)], [
        {**own, **each} for own, each in zip(settings, facts, strict=True)
    ]


def _facts_of(run: RunSnapshot) -> dict[str, str]:
    """Return what is known about how a run was made, by name, besides its settings."""
    return {
        "format": run.format,
        "train": run.train.tag.text if run.train else "",
        "validation": run.val.tag.text if run.val else "",
        "score": run.score.tag.text if run.score else "",
        "length": run_text.progress(run),
    }
