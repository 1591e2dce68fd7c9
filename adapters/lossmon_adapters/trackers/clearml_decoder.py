"""Decode ``metrics.jsonl`` of ClearML's offline mode."""

from __future__ import annotations

import math
from collections.abc import Sequence

from lossmon.core.points import Scalars
from lossmon_adapters.json_logs.parse import parse_json
from lossmon_adapters.shared.columns import ScalarsBuilder
from lossmon_adapters.shared.lines import LineDecoder
from lossmon_adapters.trackers.numbers import as_number

_MAX_LINE_BYTES = 1 << 24
"""Bytes of a line that is read: all that was reported between two flushes, about 80,000 values."""
_SCALAR = "training_stats_scalar"
"""Type of the events that hold one value."""
_MONITOR_PREFIX = ":monitor:"
"""Begins the metrics of the machine, which ClearML measures itself."""
_MILLISECONDS = 1e3


class ClearMLDecoder(LineDecoder):
    """Decodes lines, each an array of events; an event has a metric, a variant of it, an iteration and a value."""

    def __init__(self) -> None:
        super().__init__(_MAX_LINE_BYTES)
        self._points = ScalarsBuilder()
        self._not_arrays = 0

    @property
    def warnings(self) -> Sequence[str]:
        """What was left out, a sentence each."""
        warnings = self._lines.warnings
        if self._not_arrays:
            warnings.append(f"lines that are no JSON array left out: {self._not_arrays:,}")
        return warnings + self._points.warnings

    def _decode(self, text: bytes) -> list[Scalars]:
        for line in text.split(b"\n"):
            if not line.strip():
                continue
            events = parse_json(line.decode("utf-8", "replace"))
            self._not_arrays += not isinstance(events, list)
            for event in events if isinstance(events, list) else []:
                if isinstance(event, dict) and event.get("type") == _SCALAR:
                    self._add(event)
        return self._points.take()

    def _add(self, event: dict[str, object]) -> None:
        metric, variant = event.get("metric"), event.get("variant")
        iteration, value = as_number(event.get("iter")), as_number(event.get("value"))
        if not isinstance(metric, str) or metric.startswith(_MONITOR_PREFIX):
            return
        if value is None or iteration is None or not math.isfinite(iteration):
            return
        tag = f"{metric}/{variant}" if isinstance(variant, str) and variant != metric else metric
        milliseconds = as_number(event.get("timestamp"))
        wall = math.nan if milliseconds is None else milliseconds / _MILLISECONDS
        self._points.add(tag, "step", iteration, wall, value)
