"""The words by which logs name what they measure, in lower case: what a training minimises, and what it maximises."""

from __future__ import annotations

LOSSES = frozenset({
    "bce", "ce", "cost", "crossentropy", "elbo", "entropy", "logloss", "loss", "losses", "mlogloss", "nll", "objective",
})  # fmt: skip
"""What a training minimises itself."""
ERRORS = frozenset({"bpb", "err", "error", "l1", "l2", "mae", "mape", "merror", "mse", "rmse"})
"""Lower is better, though it may be measured beside a loss."""
PERPLEXITIES = frozenset({"perplexity", "ppl"})
"""The exponential of a loss."""
SCORES = frozenset({
    "acc", "accuracy", "auc", "auroc", "bleu", "dice", "f1", "iou", "map", "miou", "precision", "r2", "recall", "rouge",
})  # fmt: skip
"""Higher is better."""
METRICS = LOSSES | ERRORS | PERPLEXITIES | SCORES
