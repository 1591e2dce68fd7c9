"""Which families and repositories are left out together, so that no model is tested on what it learned."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from lossmon.detector import AdditiveModel

FOLDS = 2
MADE_UP = "made up"
"""Group of the made-up curves, which are learned from in every fold."""


def fold_of(group: str) -> int:
    """Return the fold to which a family or a repository belongs; -1 for made-up curves, which belong to none.

    >>> fold_of("family 3")
    1
    """
    if group == MADE_UP:
        return -1
    if group.startswith("family "):
        return int(group.removeprefix("family ")) % FOLDS
    return int(hashlib.sha256(group.encode()).hexdigest(), 16) % FOLDS


def path_of_model(folder: Path, number: int) -> Path:
    """Return where ``train --folds`` writes the model of the fold *number*."""
    return folder / f"fold{number}.json"


def read_models(folder: Path) -> list[AdditiveModel]:
    """Return the model of each fold."""
    paths = [path_of_model(folder, number) for number in range(FOLDS)]
    return [AdditiveModel.from_json(json.loads(path.read_text())) for path in paths]
