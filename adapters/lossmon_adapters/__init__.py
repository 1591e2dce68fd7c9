"""The log formats lossmon reads; each adapter states its precedence as a number."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lossmon_adapters.console import ConsoleOutput
from lossmon_adapters.csv_logs import CSV_FORMATS
from lossmon_adapters.csv_logs.transposed import TransposedCsv
from lossmon_adapters.json_logs import JSON_FORMATS
from lossmon_adapters.number_file import NumberFile
from lossmon_adapters.tensorboard import TensorBoard

if TYPE_CHECKING:
    from lossmon.sources.protocol import Adapter

BUILTIN: tuple[Adapter, ...] = (
    TensorBoard(),
    *CSV_FORMATS,
    TransposedCsv(),
    *JSON_FORMATS,
    NumberFile(),
    ConsoleOutput(),
)
"""The adapter of every built-in format."""
