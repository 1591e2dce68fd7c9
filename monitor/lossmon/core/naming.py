"""The names by which logs call steps, epochs, times and losses, in lower case."""

from __future__ import annotations

import re

from lossmon.core.metric_names import METRICS, PERPLEXITIES

STEPS = (
    "step", "global_step", "steps", "current_steps", "_step", "iteration", "iter", "iterations",
    "training_iteration", "num_steps", "total_steps", "time/total_timesteps", "total_timesteps", "timesteps_total",
    "timesteps",
)  # fmt: skip
"""Names of what counts steps, the likeliest first."""
EPOCHS = ("epoch", "epochs", "epoch_num", "num_epoch", "ep")
"""Names of what counts epochs, the likeliest first."""
WALLS = frozenset({"wall_time", "walltime", "timestamp", "_timestamp", "time", "unix_time"})
"""Names of what may be seconds since 1970."""
EARLIEST, LATEST = 5e8, 5e9
"""Between these a number can be seconds since 1970."""

# Words that nothing but a training has, even where no step or epoch stands beside them.
_LOSSES = frozenset({"nll"} | PERPLEXITIES)
_WORDS = re.compile(r"[a-z]+[0-9]?")


def is_loss(name: str) -> bool:
    """Say whether *name* is that of a loss, or of what nothing but a training has."""
    return "loss" in name or not _LOSSES.isdisjoint(_WORDS.findall(name))


def is_metric(name: str) -> bool:
    """Say whether *name* is that of a loss or a usual metric."""
    return is_loss(name) or not METRICS.isdisjoint(_WORDS.findall(name))
