"""Writes TensorBoard event files with TensorBoard's own record writer and messages.

TensorBoard is imported at the first event only. Its ``EventFileWriter`` is avoided because it imports TensorFlow where
that is installed, which takes seconds; ``RecordWriter`` never does.
"""

from __future__ import annotations

import os
import socket
import struct
import time
from collections.abc import Mapping
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tensorboard.summary.writer.record_writer import RecordWriter

_FILE_NUMBERS = count()
"""Numbers the event files of this process, so that two in one directory have different names."""


class EventWriter:
    """One event file, created at the first event; *suffix* is the end of its name."""

    def __init__(self, directory: Path, suffix: str = "") -> None:
        self._directory = directory
        self._suffix = suffix
        self._records: RecordWriter | None = None

    def add(self, step: int, wall_time: float, values: Mapping[str, dict[str, Any]]) -> None:
        """Append one event per tag and flush the file.

        *values* maps each tag to the result of :func:`scalar_value` or :func:`tensor_value`; *wall_time* is in seconds
        since 1970. Raise OSError if the file cannot be written.
        """
        from tensorboard.compat.proto.event_pb2 import Event
        from tensorboard.compat.proto.summary_pb2 import Summary

        if self._records is None:
            self._records = self._create_file()
            self._records.write(Event(wall_time=wall_time, file_version="brain.Event:2").SerializeToString())
        for tag, fields in values.items():
            summary = Summary(value=[Summary.Value(tag=tag, **fields)])
            self._records.write(Event(wall_time=wall_time, step=step, summary=summary).SerializeToString())
        self._records.flush()

    def _create_file(self) -> RecordWriter:
        from tensorboard.summary.writer.record_writer import RecordWriter

        self._directory.mkdir(parents=True, exist_ok=True)
        parts = (f"{int(time.time()):010d}", socket.gethostname(), str(os.getpid()), str(next(_FILE_NUMBERS)))
        path = self._directory / f"events.out.tfevents.{'.'.join(parts)}{self._suffix}"
        return RecordWriter(path.open("xb"))

    def close(self) -> None:
        """Close the file if it was created."""
        if self._records is not None:
            self._records.close()


def scalar_value(value: float) -> dict[str, Any]:
    """Return the fields of a summary value as PyTorch writes a scalar."""
    return {"simple_value": value}


def tensor_value(value: float) -> dict[str, Any]:
    """Return the fields of a summary value as Keras writes a scalar: a float32 tensor of rank 0."""
    from tensorboard.compat.proto.summary_pb2 import SummaryMetadata
    from tensorboard.compat.proto.tensor_pb2 import TensorProto

    plugin = SummaryMetadata.PluginData(plugin_name="scalars")
    return {
        "tensor": TensorProto(dtype="DT_FLOAT", tensor_shape={}, tensor_content=struct.pack("<f", value)),
        "metadata": SummaryMetadata(plugin_data=plugin),
    }
