"""Which families and repositories are left out together, so that no model is tested on what it learned."""

from __future__ import annotations

import hashlib

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
