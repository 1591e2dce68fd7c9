"""Event files, written by TensorBoard's own writer without importing TensorFlow."""

from __future__ import annotations

import struct
import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

_NO_TENSORFLOW = "tensorboard.compat.notf"


class EventFile:
    """One event file, made at the first event; *suffix* ends its name."""

    def __init__(self, directory: Path, suffix: str = "") -> None:
        self._directory = directory
        self._suffix = suffix
        self._writer: Any = None

    def add(self, step: int, wall: float, values: dict[str, Any]) -> None:
        """Append an event for each tag, its value a message of :func:`scalar` or :func:`tensor`; then flush.

        *wall* is seconds since 1970. Raise OSError if it cannot be written.
        """
        event, summary = _module("compat.proto.event_pb2"), _module("compat.proto.summary_pb2")
        if self._writer is None:
            writing = _module("summary.writer.event_file_writer")
            self._writer = writing.EventFileWriter(str(self._directory), filename_suffix=self._suffix)
        for tag, fields in values.items():
            value = summary.Summary.Value(tag=tag, **fields)
            self._writer.add_event(event.Event(wall_time=wall, step=step, summary=summary.Summary(value=[value])))
        self._writer.flush()

    def close(self) -> None:
        """Close the file, if there is one."""
        if self._writer is not None:
            self._writer.close()


def scalar(value: float) -> dict[str, Any]:
    """Return the fields of a summary value as torch writes a scalar."""
    return {"simple_value": value}


def tensor(value: float) -> dict[str, Any]:
    """Return the fields of a summary value as Keras writes a scalar: a float32 tensor of no dimensions."""
    summary, tensors = _module("compat.proto.summary_pb2"), _module("compat.proto.tensor_pb2")
    plugin = summary.SummaryMetadata.PluginData(plugin_name="scalars")
    return {
        "tensor": tensors.TensorProto(dtype="DT_FLOAT", tensor_shape={}, tensor_content=struct.pack("<f", value)),
        "metadata": summary.SummaryMetadata(plugin_data=plugin),
    }


def _module(name: str) -> ModuleType:
    """Import a module of TensorBoard, which, if this name exists, never imports TensorFlow (seconds, if installed)."""
    sys.modules.setdefault(_NO_TENSORFLOW, ModuleType(_NO_TENSORFLOW))
    return import_module(f"tensorboard.{name}")
