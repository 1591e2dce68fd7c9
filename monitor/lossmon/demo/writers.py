"""Writes records as the common frameworks do: same files, same tags, same order."""

from __future__ import annotations

import csv
import struct
from pathlib import Path
from typing import Protocol

from lossmon.demo.event_writer import EventFile, scalar, tensor
from lossmon.demo.histories import BatchEnd, EpochEnd


class Writer(Protocol):
    """The log of one run; a record is on disk when ``write`` returns, and nothing is there before the first."""

    def __init__(self, directory: Path) -> None: ...

    def write(self, record: EpochEnd | BatchEnd, wall: float) -> None:
        """Log *record* as of *wall*, seconds since 1970; raise OSError if it cannot be written."""

    def close(self) -> None:
        """Close the files."""


class KerasTensorBoard:
    """The callback ``keras.callbacks.TensorBoard``: a file for train, one for validation, scalars as tensors."""

    def __init__(self, directory: Path) -> None:
        self._train = EventFile(directory / "train", ".v2")
        self._val = EventFile(directory / "validation", ".v2")

    def write(self, record: EpochEnd | BatchEnd, wall: float) -> None:
        """Log an epoch; batches are not logged, as by default."""
        if isinstance(record, BatchEnd):
            return
        loss, accuracy = tensor(record.val_loss), tensor(record.val_accuracy)
        by_iteration = {"evaluation_accuracy_vs_iterations": accuracy, "evaluation_loss_vs_iterations": loss}
        self._val.add(record.steps, wall, by_iteration)
        train = {"epoch_accuracy": tensor(record.accuracy), "epoch_loss": tensor(record.loss)}
        self._train.add(record.epoch, wall, train)
        self._val.add(record.epoch, wall, {"epoch_accuracy": accuracy, "epoch_loss": loss})

    def close(self) -> None:
        """Close both files."""
        self._train.close()
        self._val.close()


class TorchTensorBoard:
    """A script that calls ``SummaryWriter.add_scalar`` with the tags of PyTorch's tutorial."""

    def __init__(self, directory: Path) -> None:
        self._file = EventFile(directory)
        self._logs_batches = False

    def write(self, record: EpochEnd | BatchEnd, wall: float) -> None:
        """Log a batch, or an epoch: by the global step if batches are logged, else by the number of the epoch."""
        if isinstance(record, BatchEnd):
            self._logs_batches = True
            self._file.add(record.steps, wall, {"Loss/train": scalar(record.loss)})
            return
        values = {"Loss/val": scalar(record.val_loss), "Accuracy/val": scalar(record.val_accuracy)}
        if self._logs_batches:
            self._file.add(record.steps, wall, values)
        else:
            self._file.add(record.epoch + 1, wall, {"Loss/train": scalar(record.loss), **values})

    def close(self) -> None:
        """Close the file."""
        self._file.close()


class KerasCsv:
    """The callback ``keras.callbacks.CSVLogger``: a row an epoch, counted from 0."""

    def __init__(self, directory: Path) -> None:
        self._path = directory / "training.csv"

    def write(self, record: EpochEnd | BatchEnd, wall: float) -> None:  # noqa: ARG002
        """Log an epoch; Keras writes no times."""
        if isinstance(record, BatchEnd):
            return
        row = {
            "epoch": record.epoch,
            "accuracy": as_float32(record.accuracy),
            "loss": as_float32(record.loss),
            "val_accuracy": as_float32(record.val_accuracy),
            "val_loss": as_float32(record.val_loss),
        }
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("a", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, row)
            if record.epoch == 0:
                writer.writeheader()
            writer.writerow(row)

    def close(self) -> None:
        """Do nothing: no file stays open."""


class LightningCsv:
    """Lightning's ``CSVLogger``: sparse rows by global step; a metric not seen before rewrites the whole file."""

    def __init__(self, directory: Path) -> None:
        self._path = directory / "version_0" / "metrics.csv"
        self._rows: list[dict[str, float]] = []
        self._columns: list[str] = []

    def write(self, record: EpochEnd | BatchEnd, wall: float) -> None:  # noqa: ARG002
        """Log a batch as one row, an epoch as two: validation ends before the epoch does. There are no times."""
        if isinstance(record, BatchEnd):
            self._log(record, train_loss_step=record.loss)
        else:
            self._log(record, val_acc=record.val_accuracy, val_loss=record.val_loss)
            self._log(record, train_acc=record.accuracy, train_loss_epoch=record.loss)

    def close(self) -> None:
        """Do nothing: no file stays open."""

    def _log(self, record: EpochEnd | BatchEnd, **metrics: float) -> None:
        values = {name: as_float32(value) for name, value in metrics.items()}
        row = {"epoch": record.epoch, "step": record.steps - 1, **values}
        self._rows.append(row)
        columns = sorted({*self._columns, *row})
        if columns == self._columns:
            self._append([row], mode="a")
        else:
            self._columns = columns
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._append(self._rows, mode="w")

    def _append(self, rows: list[dict[str, float]], mode: str) -> None:
        with self._path.open(mode, newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, self._columns)
            if mode == "w":
                writer.writeheader()
            writer.writerows(rows)


def as_float32(value: float) -> float:
    """Return what is left of *value* in the single precision in which it was trained."""
    single: float = struct.unpack("f", struct.pack("f", value))[0]
    return single
