"""Tables that lie on their side: a row a metric, a column an epoch, as pandas writes a history it has transposed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePath
from typing import TYPE_CHECKING

from lossmon.core.naming import EPOCHS, is_loss
from lossmon.sources.protocol import BaseAdapter
from lossmon_adapters.csv_logs.header import cells_of, number_in
from lossmon_adapters.shared.lines import Lines, ReadsEverything

if TYPE_CHECKING:
    from lossmon.core.points import Scalars
    from lossmon.sources.protocol import Decoder

_SUFFIXES = frozenset({".csv", ".tsv"})
_CORNERS = frozenset({"", "index", "metric", "name", *EPOCHS})
_DELIMITERS = ",\t;"
_LONGEST_LINE = 1 << 20
_LONGEST_NAME = 256


class Transposed(BaseAdapter):
    """A table whose first row counts epochs, and whose other rows begin with the name of a metric."""

    name = "csv-transposed"
    priority = 58

    def claims(self, path: PurePath, head: bytes) -> bool:
        """Say whether *head* begins with such a row of epochs, and has a row of a loss with numbers in it."""
        first, *rows = head.decode("utf-8-sig", "replace").split("\n")
        if path.suffix.lower() not in _SUFFIXES or not rows or _epochs_in(first) is None:
            return False
        return any(_is_row_of_loss(row, _delimiter(first)) for row in rows)

    def decoder(self) -> Decoder:
        """Make a decoder for one table."""
        return TransposedDecoder()


class TransposedDecoder(ReadsEverything):
    """Decodes one such table; a row longer than the one of epochs has no place for its last numbers."""

    def __init__(self) -> None:
        self._lines = Lines(_LONGEST_LINE)
        self._epochs: list[float] | None = None
        self._delimiter = ","

    @property
    def notices(self) -> Sequence[str]:
        """What was wrong with the rows so far."""
        return [f"lines of more than 1 MiB left out: {self._lines.too_long:,}"] if self._lines.too_long else []

    def feed(self, data: bytes | memoryview) -> list[Scalars]:
        """Take the next bytes and return the points of the rows they complete."""
        lines = self._lines.feed(data).decode("utf-8", "replace").split("\n")
        return [column for line in lines if line for column in self._row(line)]

    def _row(self, line: str) -> list[Scalars]:
        if self._epochs is None:
            self._epochs, self._delimiter = _epochs_in(line), _delimiter(line)
            return []
        name, *cells = cells_of(line.rstrip("\r"), self._delimiter) or [""]
        numbers = [(x, number_in(cell)) for x, cell in zip(self._epochs, cells, strict=False)]
        points = [(x, number) for x, number in numbers if number is not None]
        return [_column(name.strip(), points)] if name.strip() and points else []


def _column(name: str, points: list[tuple[float, float]]) -> Scalars:
    import numpy as np

    from lossmon.core.points import Scalars
    from lossmon.core.text import Name

    x, value = (np.array(part) for part in zip(*points, strict=True))
    return Scalars(Name.of(name[:_LONGEST_NAME]), "epoch", x.astype(np.int64), np.full(len(x), np.nan), value)


def _delimiter(line: str) -> str:
    return max(_DELIMITERS, key=line.count)


def _epochs_in(line: str) -> list[float] | None:
    """Return the epochs that *line* counts one by one, or None of another line."""
    corner, *cells = cells_of(line.rstrip("\r"), _delimiter(line)) or [""]
    epochs = [number_in(cell) for cell in cells]
    known = [epoch for epoch in epochs if epoch is not None]
    first = known[0] if known else -1
    if len(known) != len(cells) or len(cells) < 2 or first not in (0, 1) or corner.strip().lower() not in _CORNERS:
        return None
    return known if known == [first + place for place in range(len(known))] else None


def _is_row_of_loss(line: str, delimiter: str) -> bool:
    name, *cells = line.split(delimiter)
    return is_loss(name.lower()) and len(cells) > 1 and number_in(cells[0]) is not None
