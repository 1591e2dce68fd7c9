"""What differs between runs: of the facts known about each, those that not all of them share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from lossmon.core.snapshot import RunSnapshot
from lossmon.presentation import run_text


def facts_of(run: RunSnapshot) -> dict[str, str]:
    """Return what is known about how a run was made, by name; settings of the training belong here too."""
    return {
        "format": run.format,
        "train": run.train.tag.text if run.train else "",
        "validation": run.val.tag.text if run.val else "",
        "score": run.score.tag.text if run.score else "",
        "length": run_text.progress(run),
    }


def differing(facts: Sequence[Mapping[str, str]]) -> list[str]:
    """Return the names of the facts whose values differ, in their order.

    >>> differing([{"lr": "0.1", "seed": "1"}, {"lr": "0.1", "seed": "2"}])
    ['seed']
    """
    names = dict.fromkeys(name for each in facts for name in each)
    return [name for name in names if len({each.get(name, "") for each in facts}) > 1]
