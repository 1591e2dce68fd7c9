"""Tables of one metric without its name: what TensorBoard downloads as CSV, and steps and losses without a header."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from pathlib import PurePath
from typing import TYPE_CHECKING

from lossmon.core.metric_names import is_loss
from lossmon.sources.protocol import BaseAdapter, RunLayout
from lossmon_adapters.csv_logs.cells import LONGEST_LINE, guess_delimiter, split_cells
from lossmon_adapters.shared.heads import suffix_of
from lossmon_adapters.shared.lines import LineDecoder
from lossmon_adapters.shared.numbers import parse_count, parse_number

if TYPE_CHECKING:
    from lossmon.core.points import Scalars
    from lossmon.sources.protocol import Decoder

_SUFFIXES = frozenset({".csv", ".dat", ".tsv", ".txt"})
_DOWNLOAD_HEADER = ("wall time", "step", "value")
"""The columns of TensorBoard's download, in lower case."""
_MIN_ROWS = 2


class MetricFile(BaseAdapter):
    """A table of steps and values in a file that is named after a loss."""

    name = "csv-metric"
    priority = 57
    run_layout = RunLayout.METRIC_FILE

    def claims(self, path: PurePath, head: bytes) -> bool:
        """Return whether the name is that of a loss, and *head* has steps that grow, each with a value."""
        if suffix_of(path) not in _SUFFIXES or not is_loss(path.stem.lower()):
            return False
        lines = head.decode("utf-8-sig", "replace").splitlines()
        if lines and _is_download(lines[0]):
            return True
        rows = [parse_point(line) for line in lines[: -1 if len(lines) > 1 else None] if line.strip()]
        points = [row for row in rows if row is not None]
        return len(rows) >= _MIN_ROWS and len(points) == len(rows) and _is_counted([step for _, step, _ in points])

    def decoder(self) -> Decoder:
        """Return a new decoder for one file."""
        return _MetricDecoder()


class _MetricDecoder(LineDecoder):
    def __init__(self) -> None:
        from lossmon_adapters.shared.columns import ScalarsBuilder

        super().__init__(LONGEST_LINE)
        self._points = ScalarsBuilder()

    def finish(self) -> list[Scalars]:
        """Return the point of a last row that has no newline."""
        return self._decode(self._lines.finish())

    def _decode(self, text: bytes) -> list[Scalars]:
        for line in text.decode("utf-8", "replace").split("\n"):
            point = parse_point(line)
            if point is not None:
                wall, step, value = point
                self._points.add("loss", "step", step, wall, value)
        return self._points.take()


def parse_point(line: str) -> tuple[float, float, float] | None:
    """Return wall time, NaN if there is none, step and value of a row; None if *line* is another.

    Behind a step and a loss there may be a score.

    >>> parse_point("10, 0.5"), parse_point("10, 0.5, 0.9")
    ((nan, 10.0, 0.5), (nan, 10.0, 0.5))
    """
    delimiter = guess_delimiter(line)
    cells = split_cells(line, delimiter) or []
    if len(cells) not in (2, 3):
        return None
    if "." in cells[1] and cells[0].strip().isdecimal():
        cells = cells[:2]
    wall = parse_number(cells[0], delimiter) if len(cells) == 3 else math.nan
    step, value = parse_count(cells[-2], delimiter), parse_number(cells[-1], delimiter)
    if wall is None or step is None or value is None or not math.isfinite(step):
        return None
    return wall, step, value


def _is_download(line: str) -> bool:
    return tuple(cell.strip().lower() for cell in line.split(",")) == _DOWNLOAD_HEADER


def _is_counted(steps: Sequence[float]) -> bool:
    """Return whether *steps* are whole numbers that grow."""
    return all(step.is_integer() for step in steps) and all(later > earlier for earlier, later in pairwise(steps))
