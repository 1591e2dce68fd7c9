"""Decode the archive that Comet writes at the end of an offline experiment."""

from __future__ import annotations

import math
from collections.abc import Sequence

from lossmon.core.points import Axis, Scalars
from lossmon_adapters.json_logs.parse import parse_json
from lossmon_adapters.shared.columns import ScalarsBuilder
from lossmon_adapters.shared.lines import LineSplitter
from lossmon_adapters.trackers.numbers import as_number
from lossmon_adapters.trackers.zip_stream import UnreadableZipError, ZipMemberReader

_MAX_LINE_BYTES = 1 << 20
"""Bytes of a message that is read; those with source code or console output may be longer, and hold no metric."""
_MAX_MESSAGES_BYTES = 1 << 28
"""Unpacked bytes that are read of an archive: about a million values. A small archive may unpack to any size."""
_REST_OF_FILE = 1 << 62
"""More bytes than any file has."""
_MILLISECONDS = 1e3


class CometDecoder:
    """Decodes the messages in an archive, one a line; those of type ``metric_msg`` hold a value."""

    def __init__(self, member: bytes) -> None:
        self._archive = ZipMemberReader(member)
        self._lines = LineSplitter(_MAX_LINE_BYTES)
        self._points = ScalarsBuilder()
        self._unpacked = 0
        self._problem = ""

    @property
    def skip(self) -> int:
        """How many of the next bytes are not needed."""
        return _REST_OF_FILE if self._problem or self._archive.done else self._archive.skip

    @property
    def warnings(self) -> Sequence[str]:
        """What was left out, a sentence each."""
        return [self._problem, *self._points.warnings] if self._problem else self._points.warnings

    def skipped(self, count: int) -> None:
        """Continue after the next *count* bytes, which the caller left out."""
        self._archive.skip = max(0, self._archive.skip - count)

    def feed(self, data: bytes | memoryview) -> list[Scalars]:
        """Take the next bytes and return the points of the messages that they complete."""
        try:
            for text in self._archive.feed(b"" if self._problem else data):
                self._add_messages(text)
            if self._archive.done:
                self._add_messages(b"\n")  # the last message may have none
        except UnreadableZipError as error:
            self._problem = str(error)
        return self._points.take()

    def _add_messages(self, text: bytes) -> None:
        read, self._unpacked = text[: _MAX_MESSAGES_BYTES - self._unpacked], self._unpacked + len(text)
        for line in self._lines.feed(read).split(b"\n"):
            if b"metric_msg" in line:
                self._add(parse_json(line.decode("utf-8", "replace")))
        if self._unpacked > _MAX_MESSAGES_BYTES:
            raise UnreadableZipError(f"only the first {_MAX_MESSAGES_BYTES >> 20} MiB of the messages are read")

    def _add(self, message: object) -> None:
        payload = message.get("payload") if isinstance(message, dict) else None
        metric = payload.get("metric") if isinstance(payload, dict) else None
        if not isinstance(payload, dict) or not isinstance(metric, dict):
            return
        name, value = metric.get("metricName"), as_number(metric.get("metricValue"))
        axis: Axis = "step" if metric.get("step") is not None else "epoch"
        x = as_number(metric.get(axis))
        if not isinstance(name, str) or value is None or x is None or not math.isfinite(x):
            return
        milliseconds = as_number(payload.get("local_timestamp"))
        wall = math.nan if milliseconds is None else milliseconds / _MILLISECONDS
        self._points.add(_tag(name, metric.get("context")), axis, x, wall, value)


def _tag(name: str, context: object) -> str:
    """Return the name of a metric with the context it was logged in, such as ``validate``.

    >>> _tag("loss", "train"), _tag("loss", None)
    ('train_loss', 'loss')
    """
    return f"{context}_{name}" if isinstance(context, str) and context else name
