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
from lossmon_adapters.csv_logs.header import Header, find_header, is_row

if TYPE_CHECKING:
    from lossmon.sources.protocol import Decoder

_TEXT = frozenset({".csv", ".tsv", ".log", ".txt", ""})
_TABLES_ONLY = frozenset({".csv", ".tsv"})


def _is_keras(header: Header) -> bool:
    names = header.lower
    if "step" in names or any("/" in name for name in names):
        return False
    if "epoch" in names:
        return names[0] == "epoch" and "loss" in names
    pairs = sum(KERAS_VALIDATION_PREFIX + name in names for name in names)
    others = sum(bool(name) and not name.startswith(KERAS_VALIDATION_PREFIX) for name in names)
    return header.x is None and "loss" in names and (pairs > 0 or others == 1)


def _is_lightning(header: Header) -> bool:
    return "epoch" in header.lower and "step" in header.lower


def _is_ultralytics(header: Header) -> bool:
    return "epoch" in header.lower and "train/box_loss" in header.lower


def _is_fastai(header: Header) -> bool:
    return header.lower[:3] == ("epoch", "train_loss", "valid_loss") and header.lower[-1] == "time"


def _has_metric(header: Header) -> bool:
    losses = sum(is_loss(name) for name in header.lower)
    if header.x is None:
        return losses > 1 and len(header.names) <= 2 * losses
    return any(is_metric(name) for name in header.lower)


@dataclass(frozen=True)
class CsvFormat(BaseAdapter):
    """One kind of table."""

    name: str
    matches: Callable[[Header], bool]
    priority: int
    written_by: str = ""
    """The framework that writes such tables; empty if several do."""
    suffixes: frozenset[str] = _TEXT

    def claims(self, path: PurePath, head: bytes) -> bool:
        """Return whether *head* begins with such a header, and a row with a number in it if it goes that far."""
        if path.suffix.lower() not in self.suffixes:
            return False
        found = find_header(head)
        if found is None:
            return False
        header, rows = found
        return self.matches(header) and (not rows or is_row(rows[0], header))

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
    CsvFormat("csv", _has_metric, 60, suffixes=_TABLES_ONLY),
)
"""The adapters of all kinds of tables."""
