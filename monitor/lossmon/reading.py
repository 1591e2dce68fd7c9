"""Read the logs of trainings in a program: their curves as arrays, and their verdicts."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from lossmon.core.points import Axis, Floats
from lossmon.core.snapshot import Curve, RunSnapshot, Snapshot
from lossmon.monitor import Monitor, MonitorSettings
from lossmon.report.json_report import JsonValue, run_report
from lossmon.runs import TagOverride
from lossmon.sources.plugins import Plugins
from lossmon_adapters import BUILTIN, BUILTIN_SOURCES

if TYPE_CHECKING:
    import pandas


@dataclass(frozen=True, slots=True, eq=False)
class LoggedRun:
    """One training as its logs tell it; arrays have the shape (n,), one value for each evaluation."""

    name: str
    path: str
    """The directory or file it was read from."""
    format: str
    """The name of the format."""
    axis: Axis
    """What ``x`` counts: ``epoch`` or ``step``."""
    x: Floats
    train: Floats
    """Mean train loss since the evaluation before; NaN where there is none."""
    val: Floats
    """Validation loss; NaN where there is none."""
    curves: Mapping[str, Curve]
    """Every curve by its tag, each with ``x``, ``value`` and ``wall_time`` of its own."""

    def to_pandas(self, axis: Axis | None = None) -> pandas.DataFrame:
        """Return a table with a row for each epoch or step, NaN where a tag was not logged, and a column for each tag.

        Only tags that are counted by *axis* are in it; by default that of the run.
        """
        import pandas

        chosen = axis or self.axis
        columns = {tag: pandas.Series(*_newest(one)) for tag, one in self.curves.items() if one.axis == chosen}
        return pandas.DataFrame(columns).rename_axis(index=chosen, columns=None)


def read(
    *paths: str | os.PathLike[str],
    train: str | None = None,
    val: str | None = None,
    mode: Literal["min", "max"] | None = None,
) -> list[LoggedRun]:
    """Return the runs whose logs are in *paths*, files or directories, sorted by name.

    *train*, *val* and *mode* choose the losses as the options of ``lossmon check`` do. Raise FileNotFoundError for a
    path that does not exist; files that are no logs are left out.
    """
    return [_logged_run(run) for run in _snapshot(paths, TagOverride(train, val, mode)).runs]


def check(
    *paths: str | os.PathLike[str],
    train: str | None = None,
    val: str | None = None,
    mode: Literal["min", "max"] | None = None,
) -> Iterator[dict[str, Any]]:
    """Yield for each run what ``lossmon check --json`` says of it; the arguments are those of :func:`read`."""
    for run in _snapshot(paths, TagOverride(train, val, mode)).runs:
        report: JsonValue = run_report(run)
        assert isinstance(report, dict)
        yield report


def _snapshot(paths: tuple[str | os.PathLike[str], ...], override: TagOverride) -> Snapshot:
    names = [os.fspath(path) for path in paths]
    for name in names:
        Path(name).stat()
    plugins = Plugins()
    settings = MonitorSettings(override, once=True, broken_plugins=plugins.failures)
    with closing(Monitor(names, (*BUILTIN, *BUILTIN_SOURCES, *plugins.factories), settings)) as monitor:
        return monitor.read_all()


def _logged_run(run: RunSnapshot) -> LoggedRun:
    history = run.history
    count = len(history.x) if history else 0
    missing = np.full(count, np.nan)
    x, train, val = (history.x, history.train, history.val) if history else (missing, None, None)
    return LoggedRun(
        name=run.name.full_text,
        path=run.path.full_text,
        format=run.format,
        axis=run.axis,
        x=x,
        train=missing if train is None else train,
        val=missing if val is None else val,
        curves={curve.tag.full_text: curve for curve in run.metrics},
    )


def _newest(curve: Curve) -> tuple[Floats, Floats]:
    """Return the values of *curve* and their x, of several at one x the newest."""
    is_last = np.append(curve.x[1:] != curve.x[:-1], True)[: len(curve.x)]
    return curve.value[is_last], curve.x[is_last]
