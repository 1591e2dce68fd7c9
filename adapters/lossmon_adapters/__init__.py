"""The log formats lossmon reads, one module each; the first that claims a file decodes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lossmon_adapters.records import JSON
from lossmon_adapters.tables import TABLES
from lossmon_adapters.tables.transposed import Transposed
from lossmon_adapters.tensorboard import TensorBoard
from lossmon_adapters.text import Text

if TYPE_CHECKING:
    from lossmon.adapter import Adapter

ALL: tuple[Adapter, ...] = (TensorBoard(), *TABLES, Transposed(), *JSON, Text())
"""Every format, the most certain first."""
