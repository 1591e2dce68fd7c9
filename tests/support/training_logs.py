"""Write small training logs, and print what a training prints."""

from __future__ import annotations

from pathlib import Path

OVERFITTING = [1.0 * 0.7**i + 0.3 + 0.03 * max(0, i - 9) for i in range(30)]
"""Validation losses that rise from the tenth epoch on."""
IMPROVING = [1.0 * 0.9**i + 0.1 for i in range(30)]


def keras_csv(val_losses: list[float]) -> str:
    """Return the log of Keras' CSVLogger for a training with these validation losses."""
    rows = [f"{i},{0.85**i},{loss}" for i, loss in enumerate(val_losses)]
    return "\n".join(["epoch,loss,val_loss", *rows, ""])


def write_two_runs(root: Path) -> Path:
    """Write a run ``lstm`` that overfits and a run ``cnn`` that does not; return *root*."""
    for name, losses in (("lstm", OVERFITTING), ("cnn", IMPROVING)):
        (root / name).mkdir()
        (root / name / "training.log").write_text(keras_csv(losses))
    return root


def keras_output(epochs: int) -> str:
    """Return what Keras prints in *epochs* epochs."""
    return "".join(
        f"Epoch {i}/{epochs} - loss: {0.9**i:.4f} - val_loss: {0.9**i + 0.1:.4f}\n" for i in range(1, epochs + 1)
    )
