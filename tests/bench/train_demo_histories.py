"""Train the six small models whose histories ``lossmon demo`` replays; needs torch and scikit-learn.

    python tests/bench/train_demo_histories.py monitor/lossmon/demo/histories.json [RUN ...]

Every number is measured. As in Keras and Lightning, the train loss is the mean over the epoch while the weights change,
with dropout and augmentation; the validation loss is measured after the epoch without them. Takes minutes on one core.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from pydoc_data.topics import topics
from typing import Any, TypeAlias

import torch  # type: ignore[import-not-found, unused-ignore]
from sklearn.datasets import load_digits  # type: ignore[import-not-found, import-untyped, unused-ignore]
from torch import nn  # type: ignore[import-not-found, unused-ignore]
from torch.nn import functional  # type: ignore[import-not-found, unused-ignore]

Tensor: TypeAlias = Any
Model: TypeAlias = Any
Examples: TypeAlias = tuple[Tensor, Tensor]


@dataclass(frozen=True)
class Task:
    """The data, model and settings of one run; inputs are augmented only for training."""

    train: Examples
    val: Examples
    model: Model
    optimiser: Any
    forward: Callable[[Model, Tensor], Tensor]
    epochs: int
    batch: int = 16
    clip: float | None = 1.0
    augment: Callable[[Tensor], Tensor] = field(default=lambda inputs: inputs)
    smoothing: float = 0.0
    batch_loss_every: int = 0
    """Batches between two recorded batch losses; 0 records none."""
    schedule: Callable[[int], float] = field(default=lambda epoch: 1.0)
    """Factor of the learning rate in each epoch, counted from 0."""


def reference_text(topic: str) -> str:
    """Return one page of the Python language reference, with runs of white space replaced by a space."""
    return " ".join(topics[topic].split())


def corpus(train: int, val: int, length: int) -> tuple[Examples, Examples, int]:
    """Return next-character examples of *length* from the Python language reference, and the size of the alphabet."""
    texts = (reference_text("compound")[:train], reference_text("types")[:val])
    alphabet = {char: code for code, char in enumerate(sorted(set("".join(texts))))}
    first, second = (examples([alphabet[char] for char in text], length) for text in texts)
    return first, second, len(alphabet)


def examples(codes: list[int], length: int) -> Examples:
    """Cut *codes* into sequences of *length*; the target of each is the sequence shifted by one character."""
    whole = (len(codes) - 1) // length * length
    return (
        torch.tensor(codes[:whole]).view(-1, length),
        torch.tensor(codes[1 : whole + 1]).view(-1, length),
    )


def digits(train: int, length: int = 1797) -> tuple[Examples, Examples]:
    """Return the 8 x 8 digits as images in (0, 1), the first *train* of them to train on."""
    data = load_digits()
    order = torch.randperm(len(data.target), generator=torch.Generator().manual_seed(3))[:length]
    images = torch.tensor(data.images, dtype=torch.float32)[order].unsqueeze(1) / 16
    labels = torch.tensor(data.target)[order]
    return (images[:train], labels[:train]), (images[train:], labels[train:])


def language_model(kind: Any, alphabet: int, units: int, dropout: float = 0.0, **options: Any) -> Model:
    """Return an embedding, one recurrent layer and a softmax."""
    return nn.ModuleDict(
        {
            "embed": nn.Embedding(alphabet, 32),
            "drop": nn.Dropout(dropout),
            "layer": kind(32, units, batch_first=True, **options),
            "head": nn.Linear(units, alphabet),
        }
    )


def predict_next(model: Model, inputs: Tensor) -> Tensor:
    """Return the logits of the next character, alphabet on axis 1."""
    states, _ = model["layer"](model["drop"](model["embed"](inputs)))
    return model["head"](model["drop"](states)).transpose(1, 2)


def classify(model: Model, inputs: Tensor) -> Tensor:
    """Return the logits of the ten digits."""
    return model(inputs)


def classify_residual(model: Model, inputs: Tensor) -> Tensor:
    """Return the logits of the ten digits of a network whose blocks add to their input."""
    hidden = model["stem"](inputs)
    for block in model["blocks"]:
        hidden = functional.relu(hidden + block(hidden))
    return model["head"](hidden)


def block(channels: int) -> Model:
    """Return one residual branch."""
    return nn.Sequential(
        nn.Conv2d(channels, channels, 3, padding=1),
        nn.BatchNorm2d(channels),
        nn.ReLU(),
        nn.Conv2d(channels, channels, 3, padding=1),
        nn.BatchNorm2d(channels),
    )


def shift_and_erase(images: Tensor) -> Tensor:
    """Move each image by up to one pixel, add noise, and erase a square of three pixels."""
    shifted = torch.roll(images, shifts=tuple(torch.randint(-1, 2, (2,)).tolist()), dims=(2, 3))
    noisy = shifted + 0.2 * torch.randn_like(shifted)
    row, column = torch.randint(0, 6, (2,)).tolist()
    noisy[:, :, row : row + 3, column : column + 3] = 0
    return noisy


def overfitting_lstm() -> Task:
    """Return a model with far too many units for 24,000 characters: it overfits."""
    train, val, alphabet = corpus(24_000, 8_000, 60)
    model = language_model(nn.LSTM, alphabet, 512)
    return Task(train, val, model, torch.optim.Adam(model.parameters(), 2e-3), predict_next, 50)


def learning_lstm() -> Task:
    """Return a model with a quarter of those units, and dropout: it learns."""
    train, val, alphabet = corpus(24_000, 8_000, 60)
    model = language_model(nn.LSTM, alphabet, 128, dropout=0.4)
    return Task(train, val, model, torch.optim.Adam(model.parameters(), 2e-3), predict_next, 60)


def converging_cnn() -> Task:
    """Return a small network with weight decay and a decaying learning rate: it converges."""
    train, val = digits(1200)
    model = nn.Sequential(
        nn.Conv2d(1, 12, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(12, 24, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(96, 10),
    )  # fmt: skip
    optimiser = torch.optim.SGD(model.parameters(), 0.05, momentum=0.9, weight_decay=8e-3)
    return Task(train, val, model, optimiser, classify, 50, batch=32, schedule=lambda epoch: 0.94**epoch)


def underfitting_mlp() -> Task:
    """Return a network whose learning rate is a thousand times too small: it underfits."""
    train, val = digits(1300)
    model = nn.Sequential(nn.Flatten(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 10))
    return Task(train, val, model, torch.optim.SGD(model.parameters(), 1e-4), classify, 30, batch=32)


def exploding_rnn() -> Task:
    """Return a ReLU recurrent layer without gradient clipping, whose learning rate grows too large: it diverges."""
    train, val, alphabet = corpus(24_000, 8_000, 60)
    model = language_model(nn.RNN, alphabet, 96, nonlinearity="relu")
    optimiser = torch.optim.SGD(model.parameters(), 0.05, momentum=0.9)
    return Task(
        train, val, model, optimiser, predict_next, 18, clip=None, batch_loss_every=5,
        schedule=lambda epoch: 1.4**epoch,
    )  # fmt: skip


def augmented_resnet() -> Task:
    """Return a residual network that is trained on harder images than it is validated on: validation is below train."""
    train, val = digits(1200)
    model = nn.ModuleDict(
        {
            "stem": nn.Sequential(nn.Conv2d(1, 16, 3, padding=1), nn.BatchNorm2d(16), nn.ReLU()),
            "blocks": nn.ModuleList([block(16), block(16)]),
            "head": nn.Sequential(nn.AvgPool2d(2), nn.Flatten(), nn.Dropout(0.5), nn.Linear(256, 10)),
        }
    )
    optimiser = torch.optim.SGD(model.parameters(), 0.01, momentum=0.9, weight_decay=5e-4)
    return Task(
        train, val, model, optimiser, classify_residual, 40, batch=32, batch_loss_every=10,
        augment=shift_and_erase, smoothing=0.1, schedule=lambda epoch: 0.94**epoch,
    )  # fmt: skip


RUNS: dict[str, Callable[[], Task]] = {
    "lstm-512": overfitting_lstm,
    "lstm-128-dropout": learning_lstm,
    "cnn-small": converging_cnn,
    "mlp-lr-tiny": underfitting_mlp,
    "rnn-no-clip": exploding_rnn,
    "resnet-aug": augmented_resnet,
}


def evaluate(task: Task) -> tuple[float, float]:
    """Return loss and accuracy on the validation set."""
    task.model.eval()
    with torch.no_grad():
        logits = task.forward(task.model, task.val[0])
    return functional.cross_entropy(logits, task.val[1]).item(), accuracy(logits, task.val[1])


def accuracy(logits: Tensor, labels: Tensor) -> float:
    """Return the share of *labels* that have the greatest logit."""
    return (logits.argmax(1) == labels).float().mean().item()  # type: ignore[no-any-return, unused-ignore]


def train_batch(task: Task, inputs: Tensor, labels: Tensor) -> tuple[float, float]:
    """Make one optimiser step; return the loss and accuracy before it."""
    logits = task.forward(task.model, task.augment(inputs))
    loss = functional.cross_entropy(logits, labels, label_smoothing=task.smoothing)
    task.optimiser.zero_grad()
    loss.backward()
    if task.clip is not None:
        nn.utils.clip_grad_norm_(task.model.parameters(), task.clip)
    task.optimiser.step()
    return loss.item(), accuracy(logits.detach(), labels)


def train(task: Task) -> dict[str, Any]:
    """Train all epochs; return the history as columns with one entry per epoch."""
    columns: dict[str, list[float]] = {name: [] for name in ("loss", "accuracy", "val_loss", "val_accuracy")}
    batch_losses: list[float] = []
    rates = [group["lr"] for group in task.optimiser.param_groups]
    for epoch in range(task.epochs):
        for group, rate in zip(task.optimiser.param_groups, rates, strict=True):
            group["lr"] = rate * task.schedule(epoch)
        task.model.train()
        order = torch.randperm(len(task.train[0])).split(task.batch)
        measured = [train_batch(task, task.train[0][rows], task.train[1][rows]) for rows in order]
        batch_losses += [loss for loss, _ in measured]
        means = [sum(column) / len(measured) for column in zip(*measured, strict=True)]
        for column, value in zip(columns.values(), [*means, *evaluate(task)], strict=True):
            column.append(value)
        sys.stderr.write(f"{epoch + 1} {[round(column[-1], 4) for column in columns.values()]}\n")
    return to_json_columns(columns, batch_losses, len(task.train[0]), task)


def to_json_columns(
    columns: dict[str, list[float]], batch_losses: list[float], size: int, task: Task
) -> dict[str, Any]:
    """Return the history with six significant digits per number, and non-finite numbers as strings."""
    every = task.batch_loss_every
    steps = list(range(every - 1, len(batch_losses), every)) if every else []
    return {
        "steps_per_epoch": -(-size // task.batch),
        **{name: [to_json_number(value) for value in column] for name, column in columns.items()},
        "batch_step": steps,
        "batch_loss": [to_json_number(batch_losses[step]) for step in steps],
    }


def to_json_number(value: float) -> float | str:
    """Return *value* with six significant digits, or as a string if it is not finite, as JSON has no such number."""
    return float(f"{value:.6g}") if abs(value) < float("inf") else str(value)


def main(target: Path, names: list[str]) -> None:
    """Train the runs *names*, or all, and replace their histories in the file *target*."""
    torch.set_num_threads(1)
    histories = json.loads(target.read_text()) if target.exists() else {}
    for name in names or RUNS:
        sys.stderr.write(f"{name}\n")
        torch.manual_seed(7)
        histories[name] = train(RUNS[name]())
    ordered = {name: histories[name] for name in RUNS if name in histories}
    target.write_text(json.dumps(ordered, separators=(",", ":"), allow_nan=False) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
