"""Tables in delimited text with a header.

One decoder reads them all, since their headers say what the columns are; the formats differ in the headers they claim.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import PurePath
from typing import TYPE_CHECKING

from lossmon.core.metric_names import KERAS_VALIDATION_PREFIX, is_loss, is_metric
from lossmon.sources.protocol import BaseAdapter
from lossmon_adapters.csv_logs.cells import SPACES
from lossmon_adapters.csv_logs.claims import Table, find_table, is_history, is_numeric
from lossmon_adapters.csv_logs.header import is_row
from lossmon_adapters.shared.heads import suffix_of

if TYPE_CHECKING:
    from lossmon.sources.protocol import Decoder

_TEXT = frozenset({".csv", ".tsv", ".log", ".txt", ""})
_TABLES_ONLY = frozenset({".csv", ".tsv", ".tab"})
_TABLES_OR_TEXT = frozenset({".dat", ".log", ".out", ".txt", ""})


def _is_keras(table: Table) -> bool:
    header, names = table.header, table.header.lower
    if "step" in names or any("/" in name for name in names):
        return False
    pairs = sum(KERAS_VALIDATION_PREFIX + name in names for name in names)
    if "epoch" in names:
        has_scores = pairs > 0 and any(map(is_metric, names))
        return names[0] == "epoch" and ("loss" in names or has_scores)
    others = sum(bool(name) and not name.startswith(KERAS_VALIDATION_PREFIX) for name in names)
    return header.x is None and "loss" in names and (pairs > 0 or others == 1)


def _is_lightning(table: Table) -> bool:
    return "epoch" in table.header.lower and "step" in table.header.lower


def _is_ultralytics(table: Table) -> bool:
    return "epoch" in table.header.lower and "train/box_loss" in table.header.lower


def _is_fastai(table: Table) -> bool:
    return table.header.lower[:3] == ("epoch", "train_loss", "valid_loss") and table.header.lower[-1] == "time"


def _is_table_in_text(table: Table) -> bool:
    """Return whether a file for any text holds a table that people would not print: see ``np.savetxt``."""
    header = table.header
    losses = [is_loss(name) for name in header.lower if name]
    has_losses = header.has_both_losses or (len(losses) > 1 and all(losses))
    is_certain = table.is_comment or (header.x is None and has_losses and header.delimiter != SPACES)
    return is_certain and is_history(table) and is_numeric(table)


def _is_data_file(table: Table) -> bool:
    return is_history(table) and is_numeric(table)


@dataclass(frozen=True)
class CsvFormat(BaseAdapter):
    """One kind of table."""

    name: str
    matches: Callable[[Table], bool]
    priority: int
    written_by: str = ""
    """The framework that writes such tables; empty if several do."""
    suffixes: frozenset[str] = _TEXT

    def claims(self, path: PurePath, head: bytes) -> bool:
        """Return whether *head* begins with such a header, and a row with a number in it if it goes that far."""
        if suffix_of(path) not in self.suffixes:
            return False
        table = find_table(head)
        if table is None:
            return False
        return self.matches(table) and (not table.rows or is_row(table.rows[0], table.header))

    def decoder(self) -> Decoder:
        """Return a new decoder for one table."""
        from lossmon_adapters.csv_logs.decoder import CsvDecoder

        return CsvDecoder()

    def framework(self, tags: Collection[str]) -> str:  # noqa: ARG002 - the header tells
        """Return the framework that writes such tables."""
        return self.written_by


CSV_FORMATS = (
    CsvFormat("ultralytics", _is_ultralytics, 90, "ultralytics"),
    CsvFormat("fastai", _is_fastai, 88, "fastai"),
    CsvFormat("keras-csv", _is_keras, 86, "keras"),
    CsvFormat("lightning-csv", _is_lightning, 84, "lightning"),
    CsvFormat("csv", is_history, 60, suffixes=_TABLES_ONLY),
    CsvFormat("table", _is_table_in_text, 59, suffixes=_TABLES_OR_TEXT),
    CsvFormat("data-file", _is_data_file, 57, suffixes=frozenset({".dat", ".data"})),
)
"""The adapters of all kinds of tables."""
