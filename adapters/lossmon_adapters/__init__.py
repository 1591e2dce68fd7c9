"""The log formats lossmon reads; each adapter states its precedence as a number."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lossmon_adapters.console import Text
from lossmon_adapters.csv_logs import TABLES
from lossmon_adapters.csv_logs.transposed import Transposed
from lossmon_adapters.json_logs import JSON
from lossmon_adapters.tensorboard import TensorBoard

if TYPE_CHECKING:
    from lossmon.sources.protocol import Adapter

BUILTIN: tuple[Adapter, ...] = (TensorBoard(), *TABLES, Transposed(), *JSON, Text())
"""The adapter of every built-in format."""
