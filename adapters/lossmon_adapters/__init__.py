"""The log formats lossmon reads; each adapter states its precedence as a number."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lossmon_adapters.console import ConsoleOutput
from lossmon_adapters.csv_logs import CSV_FORMATS
from lossmon_adapters.csv_logs.metric_file import MetricFile
from lossmon_adapters.csv_logs.transposed import TransposedCsv
from lossmon_adapters.json_logs import JSON_FORMATS
from lossmon_adapters.json_logs.epoch_file import JsonEpochFile
from lossmon_adapters.json_logs.metric_file import JsonMetricFile
from lossmon_adapters.json_logs.printed import Notebook, PrintedLines
from lossmon_adapters.tensorboard import TensorBoard
from lossmon_adapters.yaml_history import YamlHistory

if TYPE_CHECKING:
    from lossmon.sources.protocol import Adapter

BUILTIN: tuple[Adapter, ...] = (
    TensorBoard(),
    *CSV_FORMATS,
    TransposedCsv(),
    MetricFile(),
    *JSON_FORMATS,
    JsonEpochFile(),
    JsonMetricFile(),
    Notebook(),
    PrintedLines(),
    YamlHistory(),
    ConsoleOutput(),
)
"""The adapter of every built-in format."""
