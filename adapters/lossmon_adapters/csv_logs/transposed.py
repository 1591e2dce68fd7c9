"""Transposed tables: a row for each metric, a column for each epoch, as pandas writes a transposed history."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING

from lossmon.core.metric_names import EPOCH_NAMES, is_loss
from lossmon.sources.protocol import BaseAdapter
from lossmon_adapters.csv_logs.cells import LONGEST_LINE, guess_delimiter, split_cells
from lossmon_adapters.csv_logs.header import LONGEST_NAME
from lossmon_adapters.shared.heads import suffix_of
from lossmon_adapters.shared.lines import LineDecoder
from lossmon_adapters.shared.numbers import parse_number

if TYPE_CHECKING:
    from lossmon.core.points import Scalars
    from lossmon.sources.protocol import Decoder

_SUFFIXES = frozenset({".csv", ".tsv"})
_CORNER_NAMES = frozenset({"", "index", "metric", "name", *EPOCH_NAMES})
"""What the cell before the epochs may contain, in lower case."""


class TransposedCsv(BaseAdapter):
    """A table whose first row counts epochs, and whose other rows begin with the name of a metric."""

    name = "csv-transposed"
    priority = 58

    def claims(self, path: PurePath, head: bytes) -> bool:
        """Return whether *head* begins with a row of epochs, and has a row with the name of a loss and numbers."""
        if suffix_of(path) not in _SUFFIXES:
            return False
        first, newline, rest = head.decode("utf-8-sig", "replace").partition("\n")
        if not newline or _parse_epochs(first) is None:
            return False
        rows = rest.split("\n")
        return any(_is_row_of_loss(row, guess_delimiter(first)) for row in rows)

    def decoder(self) -> Decoder:
        """Return a new decoder for one table."""
        return TransposedDecoder()


class TransposedDecoder(LineDecoder):
    """Decodes one transposed table; cells of a row behind the last epoch are left out."""

    def __init__(self) -> None:
        super().__init__(LONGEST_LINE)
        self._epochs: list[float] | None = None
        self._delimiter = ","

    def _decode(self, text: bytes) -> list[Scalars]:
        lines = text.decode("utf-8", "replace").split("\n")
        return [scalars for line in lines if line for scalars in self._parse_row(line)]

    def _parse_row(self, line: str) -> list[Scalars]:
        if self._epochs is None:
            self._epochs, self._delimiter = _parse_epochs(line), guess_delimiter(line)
            return []
        name, *cells = split_cells(line.rstrip("\r"), self._delimiter) or [""]
        row = [(x, parse_number(cell)) for x, cell in zip(self._epochs, cells, strict=False)]
        points = [(x, number) for x, number in row if number is not None]
        return [_scalars(name.strip(), points)] if name.strip() and points else []


def _scalars(name: str, points: list[tuple[float, float]]) -> Scalars:
    # Imported late, because the adapter above is needed before NumPy is.
    import numpy as np

    from lossmon.core.points import Scalars
    from lossmon.core.text import Name

    x, value = (np.array(column) for column in zip(*points, strict=True))
    return Scalars(Name.of(name[:LONGEST_NAME]), "epoch", x.astype(np.int64), np.full(len(x), np.nan), value)


def _parse_epochs(line: str) -> list[float] | None:
    """Return the epochs in *line*, or None if it does not count them one by one from 0 or 1."""
    corner, *cells = split_cells(line.rstrip("\r"), guess_delimiter(line)) or [""]
    numbers = [parse_number(cell) for cell in cells]
    epochs = [number for number in numbers if number is not None]
    if len(epochs) != len(cells) or len(cells) < 2 or corner.strip().lower() not in _CORNER_NAMES:
        return None
    first = epochs[0]
    return epochs if first in (0, 1) and epochs == [first + column for column in range(len(epochs))] else None


def _is_row_of_loss(line: str, delimiter: str) -> bool:
    name, *cells = line.split(delimiter)
    return is_loss(name.lower()) and len(cells) > 1 and parse_number(cells[0]) is not None
