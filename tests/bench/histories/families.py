"""Every task family, in the order by which the table numbers them."""

from __future__ import annotations

from tests.bench.histories.sequences import SEQUENCES
from tests.bench.histories.tasks import (
    TABLES,
    Family,
    checkerboard,
    friedman1,
    interactions,
    sparse_logit,
    steps,
    tails,
)

BOOSTED = (
    *(
        Family(f"boosted_{world.__name__}", "table", "cross-entropy", world, boosted=True)
        for world in (sparse_logit, checkerboard, interactions)
    ),
    *(
        Family(f"boosted_{world.__name__}", "table", "squared", world, boosted=True)
        for world in (friedman1, steps, tails)
    ),
)
FAMILIES = (*TABLES, *SEQUENCES, *BOOSTED)
