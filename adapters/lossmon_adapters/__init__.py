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
from lossmon_adapters.number_file import NumberFile
from lossmon_adapters.tensorboard import TensorBoard
from lossmon_adapters.trackers import TRACKER_FORMATS
from lossmon_adapters.trackers.stores import TRACKER_STORES
from lossmon_adapters.yaml_history import YamlHistory

if TYPE_CHECKING:
    from lossmon.sources.protocol import Adapter, SourceFactory

BUILTIN: tuple[Adapter, ...] = (
    TensorBoard(),
    *TRACKER_FORMATS,
    *CSV_FORMATS,
    TransposedCsv(),
    MetricFile(),
    *JSON_FORMATS,
    JsonEpochFile(),
    JsonMetricFile(),
    Notebook(),
    PrintedLines(),
    YamlHistory(),
    NumberFile(),
    ConsoleOutput(),
)
"""The adapter of every built-in format."""

BUILTIN_SOURCES: tuple[SourceFactory, ...] = TRACKER_STORES
"""What is read by a source of its own: databases and directories."""
