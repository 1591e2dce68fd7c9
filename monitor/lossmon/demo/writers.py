"""Writes records as the common frameworks do: the same files, tags and order."""

from __future__ import annotations

import csv
import struct
from pathlib import Path
from typing import ClassVar, Protocol, TypeAlias

from lossmon.demo.event_writer import EventWriter, scalar_value, tensor_value
from lossmon.demo.gpu_load import TAG as GPU_TAG
from lossmon.demo.gpu_load import GpuSample
from lossmon.demo.histories import BatchEnd, EpochEnd

Record: TypeAlias = EpochEnd | BatchEnd | GpuSample
"""What a training script logs at one moment."""


class RunWriter(Protocol):
    """Writes the log of one run; no file is created before the first record."""

    logs_gpu: ClassVar[bool]
    """Whether it takes samples of the GPU."""

    def __init__(self, directory: Path) -> None: ...

    def write(self, record: Record, wall_time: float) -> None:
        """Write *record* to disk with *wall_time*, seconds since 1970; raise OSError if that fails."""

    def close(self) -> None:
        """Close the files."""


class KerasTensorBoard:
    """Writes like ``keras.callbacks.TensorBoard``: one file for train, one for validation, scalars as tensors."""

    logs_gpu: ClassVar[bool] = True

    def __init__(self, directory: Path) -> None:
        self._train = EventWriter(directory / "train", ".v2")
        self._val = EventWriter(directory / "validation", ".v2")

    def write(self, record: Record, wall_time: float) -> None:
        """Log an epoch, or the GPU; batches are not logged, which is the default of Keras."""
        if isinstance(record, GpuSample):
            self._train.add(record.steps, wall_time, {GPU_TAG: tensor_value(record.percent)})
        elif isinstance(record, EpochEnd):
            self._write_epoch(record, wall_time)

    def _write_epoch(self, record: EpochEnd, wall_time: float) -> None:
        loss, accuracy = tensor_value(record.val_loss), tensor_value(record.val_accuracy)
        by_iteration = {"evaluation_accuracy_vs_iterations": accuracy, "evaluation_loss_vs_iterations": loss}
        self._val.add(record.steps, wall_time, by_iteration)
        train = {"epoch_accuracy": tensor_value(record.accuracy), "epoch_loss": tensor_value(record.loss)}
        self._train.add(record.epoch, wall_time, train)
        self._val.add(record.epoch, wall_time, {"epoch_accuracy": accuracy, "epoch_loss": loss})

    def close(self) -> None:
        """Close both files."""
        self._train.close()
        self._val.close()


class TorchTensorBoard:
    """Writes like a script that calls ``SummaryWriter.add_scalar`` with the tags of PyTorch's tutorial."""

    logs_gpu: ClassVar[bool] = True

    def __init__(self, directory: Path) -> None:
        self._events = EventWriter(directory)
        self._logs_batches = False

    def write(self, record: Record, wall_time: float) -> None:
        """Log a batch, an epoch or the GPU; an epoch by the global step if batches are logged, else counted from 1."""
        if isinstance(record, GpuSample):
            self._events.add(record.steps, wall_time, {GPU_TAG: scalar_value(record.percent)})
            return
        if isinstance(record, BatchEnd):
            self._logs_batches = True
            self._events.add(record.steps, wall_time, {"Loss/train": scalar_value(record.loss)})
            return
        values = {"Loss/val": scalar_value(record.val_loss), "Accuracy/val": scalar_value(record.val_accuracy)}
        if self._logs_batches:
            self._events.add(record.steps, wall_time, values)
        else:
            self._events.add(record.epoch + 1, wall_time, {"Loss/train": scalar_value(record.loss), **values})

    def close(self) -> None:
        """Close the file."""
        self._events.close()


class KerasCsv:
    """Writes like ``keras.callbacks.CSVLogger``: one row per epoch, counted from 0."""

    logs_gpu: ClassVar[bool] = False

    def __init__(self, directory: Path) -> None:
        self._path = directory / "training.csv"

    def write(self, record: Record, wall_time: float) -> None:  # noqa: ARG002
        """Log an epoch; this format has no wall times."""
        if not isinstance(record, EpochEnd):
            return
        row = {
            "epoch": record.epoch,
            "accuracy": _to_float32(record.accuracy),
            "loss": _to_float32(record.loss),
            "val_accuracy": _to_float32(record.val_accuracy),
            "val_loss": _to_float32(record.val_loss),
        }
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("a", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, row)
            if record.epoch == 0:
                writer.writeheader()
            writer.writerow(row)

    def close(self) -> None:
        """Do nothing, as no file stays open."""


class LightningCsv:
    """Writes like Lightning's ``CSVLogger``: sparse rows by global step; a new metric rewrites the whole file."""

    logs_gpu: ClassVar[bool] = False

    def __init__(self, directory: Path) -> None:
        self._path = directory / "version_0" / "metrics.csv"
        self._rows: list[dict[str, float]] = []
        self._columns: list[str] = []

    def write(self, record: Record, wall_time: float) -> None:  # noqa: ARG002
        """Log a batch as one row, an epoch as two, validation first; this format has no wall times."""
        if isinstance(record, BatchEnd):
            self._log_row(record, train_loss_step=record.loss)
        elif isinstance(record, EpochEnd):
            self._log_row(record, val_acc=record.val_accuracy, val_loss=record.val_loss)
            self._log_row(record, train_acc=record.accuracy, train_loss_epoch=record.loss)

    def close(self) -> None:
        """Do nothing, as no file stays open."""

    def _log_row(self, record: EpochEnd | BatchEnd, **metrics: float) -> None:
        values = {name: _to_float32(value) for name, value in metrics.items()}
        row = {"epoch": record.epoch, "step": record.steps - 1, **values}
        self._rows.append(row)
        columns = sorted({*self._columns, *row})
        if columns == self._columns:
            self._write_rows([row], mode="a")
        else:
            self._columns = columns
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._write_rows(self._rows, mode="w")

    def _write_rows(self, rows: list[dict[str, float]], mode: str) -> None:
        with self._path.open(mode, newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, self._columns)
            if mode == "w":
                writer.writeheader()
            writer.writerows(rows)


def _to_float32(value: float) -> float:
    """Return *value* rounded to single precision, in which the frameworks compute."""
    single: float = struct.unpack("f", struct.pack("f", value))[0]
    return single
