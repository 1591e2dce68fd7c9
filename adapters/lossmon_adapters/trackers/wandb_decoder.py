"""Decode the log of a W&B run."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

from lossmon.core.hyperparameters import flatten, merge
from lossmon.core.metric_names import EPOCH_NAMES
from lossmon.core.points import Axis, Scalars
from lossmon.sources.protocol import RunId, RunInfo
from lossmon_adapters.shared.columns import ScalarsBuilder
from lossmon_adapters.shared.lines import NeverSkips
from lossmon_adapters.shared.protobuf import MalformedError, read_fields
from lossmon_adapters.trackers.leveldb_log import LevelDbLog
from lossmon_adapters.trackers.wandb_records import (
    CONFIG,
    DEFINITION,
    ENVELOPE,
    EXIT,
    HISTORY,
    RUN,
    STATISTICS,
    RowReader,
    common_step_metric,
    config_in_run,
    config_items,
    display_name,
    exit_code,
    gpu_utilisation,
)


class WandbDecoder(NeverSkips):
    """Decodes the rows of metrics of one run.

    The x of a row is the metric that the training declared to be the x of all others, as the callbacks of Lightning
    and Hugging Face do; without one it is W&B's own step.
    """

    def __init__(self, header_bytes: int) -> None:
        self._log = LevelDbLog(header_bytes)
        self._rows = RowReader()
        self._points = ScalarsBuilder()
        self._malformed = 0
        self._step_metric = ""
        self._axis: Axis = "step"
        self._last_x: float | None = None
        """The x of the last row that had one by ``_step_metric``."""
        self._newest_x = 0.0
        self._has_rows = False
        self._info = RunInfo()

    @property
    def run_info(self) -> Mapping[RunId, RunInfo]:
        """The name of the run, and whether it has ended; one that was killed says nothing."""
        return {"": self._info}

    @property
    def warnings(self) -> Sequence[str]:
        """What was left out, a sentence each."""
        reasons = {
            "damaged places left out": self._log.damaged,
            "records too large to be read": self._log.too_large,
            "records that are not valid left out": self._malformed,
        }
        return [*(f"{reason}: {count:,}" for reason, count in reasons.items() if count), *self._points.warnings]

    def feed(self, data: bytes | memoryview) -> list[Scalars]:
        """Take the next bytes of the log and return the points that they complete."""
        for record in self._log.feed(data):
            self._read(record)
        return self._points.take()

    def _read(self, record: bytes) -> None:
        try:
            self._read_content(record)
        except MalformedError:
            self._malformed += 1

    def _read_content(self, record: bytes) -> None:
        for key, start, stop in read_fields(record, 0, len(record)):
            if key == HISTORY:
                self._add_row(*self._rows.read(record, start, stop))
            elif key == STATISTICS:
                self._add_statistics(*gpu_utilisation(record, start, stop))
            elif key == DEFINITION:
                self._define_x(common_step_metric(record, start, stop))
            elif key == RUN:
                self._info = replace(self._info, name=display_name(record, start, stop) or self._info.name)
                self._add_config(config_in_run(record, start, stop))
            elif key == CONFIG:
                self._add_config(config_items(record, start, stop))
            elif key == EXIT:
                self._info = replace(self._info, state="failed" if exit_code(record, start, stop) else "finished")
            elif key not in ENVELOPE:
                return  # a record has one content only

    def _add_config(self, items: dict[str, object]) -> None:
        """Add settings; the newest value of each counts."""
        if items:
            known = self._info.hyperparameters
            self._info = replace(self._info, hyperparameters=merge([flatten(items), known]))

    def _define_x(self, metric: str | None) -> None:
        """Take *metric* as x of all rows, unless some were read already: one curve must not mix two."""
        if metric is not None and not self._has_rows:
            self._step_metric = metric
            self._axis = "epoch" if metric.rpartition("/")[2].lower() in EPOCH_NAMES else "step"

    def _add_row(self, row: dict[str, float], step: float) -> None:
        step, wall = row.pop("_step", step), row.pop("_timestamp", math.nan)
        row.pop("_runtime", None)
        self._has_rows = True
        x = self._x(row, step)
        if not math.isfinite(x):
            self._malformed += 1
            return
        self._newest_x = x
        for name, value in row.items():
            self._points.add(name, self._axis, x, wall, value)

    def _add_statistics(self, wall: float, used: dict[str, float]) -> None:
        """Add the utilisation of the GPUs at the x of the newest row: W&B measures it by time alone."""
        for name, percent in used.items():
            self._points.add(name, self._axis, self._newest_x, wall, percent)

    def _x(self, row: dict[str, float], step: float) -> float:
        declared = row.get(self._step_metric)
        if declared is not None and math.isfinite(declared):
            self._last_x = declared
        return step if self._last_x is None else self._last_x
