"""TensorBoard's download of one metric as JSON: a list of wall time, step and value; the metric is in its name."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePath
from typing import TYPE_CHECKING

from lossmon.core.metric_names import EARLIEST_WALL_TIME, is_loss
from lossmon.sources.protocol import BaseAdapter, RunLayout
from lossmon_adapters.json_logs.parse import decode_text, parse_start
from lossmon_adapters.json_logs.shapes import RunRecord
from lossmon_adapters.shared.heads import suffix_of

if TYPE_CHECKING:
    from lossmon.sources.protocol import Decoder

_COLUMNS = ("wall_time", "step", "loss")


class JsonMetricFile(BaseAdapter):
    """A list of points in a file that is named after a loss."""

    name = "json-metric"
    priority = 27
    run_layout = RunLayout.METRIC_FILE

    def claims(self, path: PurePath, head: bytes) -> bool:
        """Return whether the name is that of a loss, and *head* begins a list of times, steps and values."""
        if suffix_of(path) != ".json" or not is_loss(path.stem.lower()) or not head.lstrip().startswith(b"["):
            return False
        points = parse_start(decode_text(head))
        # The last one may be cut.
        return isinstance(points, list) and len(list(metric_records(points[:-1]))) >= max(1, len(points) - 1)

    def decoder(self) -> Decoder:
        """Return a new decoder for one file."""
        from lossmon_adapters.json_logs.documents import DocumentDecoder

        return DocumentDecoder(metric_records)


def metric_records(document: object) -> Iterator[RunRecord]:
    """Yield the points of a list of wall time, step and value.

    >>> [record for _, record in metric_records([[1700000000.0, 3, 0.5]])]
    [{'wall_time': 1700000000.0, 'step': 3, 'loss': 0.5}]
    """
    for point in document if isinstance(document, list) else ():
        if isinstance(point, list) and len(point) == len(_COLUMNS) and _is_time(point[0]):
            yield RunRecord("", dict(zip(_COLUMNS, point, strict=True)))


def _is_time(value: object) -> bool:
    return isinstance(value, (int, float)) and value > EARLIEST_WALL_TIME
