"""What is said of a name that the user gave and that does not exist: the names that do, nearest first."""

from __future__ import annotations

from functools import lru_cache

NO_TAG_MATCHES = "no tag matches"
"""How the warning begins that an option names no tag of a run."""
_MAX_COMPARED = 2000
"""Names that are compared, because that takes 50 µs each."""


@lru_cache(64)
def by_nearness(wanted: str, names: frozenset[str]) -> tuple[str, ...]:
    """Return *names*, of very many only some, the most similar to *wanted* first.

    >>> by_nearness("val_los", frozenset({"loss", "val_acc", "val_loss"}))
    ('val_loss', 'val_acc', 'loss')
    """
    from difflib import SequenceMatcher  # only a mistake needs it

    likeness = {name: SequenceMatcher(None, wanted, name).ratio() for name in sorted(names)[:_MAX_COMPARED]}
    return tuple(sorted(likeness, key=lambda name: (-likeness[name], name)))
