"""Only runs that were written since a chosen time are shown."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from tests.support.training_logs import keras_csv

from lossmon.monitor import Monitor, MonitorSettings
from lossmon_adapters import BUILTIN

LOSSES = [0.95**epoch for epoch in range(6)]
START = 1e9


def write(path: Path, modified: float, text: str = "") -> None:
    path.write_text(text or keras_csv(LOSSES))
    os.utime(path, (modified, modified))


class Watched:
    def __init__(self, directory: Path) -> None:
        self._now = 0.0
        settings = MonitorSettings(poll=1.0, since=START)
        self._monitor = Monitor(
            [str(directory)], BUILTIN, settings, clock=lambda: self._now, wall_clock=lambda: START + 60
        )

    def names(self) -> Sequence[str]:
        snapshot = None
        for _ in range(20):
            self._now += 1
            snapshot = self._monitor.wait_for_snapshot(0) or snapshot
        assert snapshot is not None
        return [run.name.text for run in snapshot.runs]


def test_a_run_that_is_older_is_not_shown_even_if_the_new_one_is_the_same(tmp_path: Path) -> None:
    write(tmp_path / "old.csv", START - 100)
    write(tmp_path / "new.csv", START + 50)
    assert Watched(tmp_path).names() == ["new.csv"]


def test_a_run_that_goes_on_is_shown_with_its_past(tmp_path: Path) -> None:
    write(tmp_path / "run.csv", START - 100)
    watched = Watched(tmp_path)
    assert watched.names() == []
    write(tmp_path / "run.csv", START + 50, keras_csv([*LOSSES, 0.7]))
    assert watched.names() == ["run.csv"]


def test_times_in_a_log_of_another_time_zone_do_not_matter(tmp_path: Path) -> None:
    lines = [
        f"1999-01-01 00:00:{epoch:02} epoch {epoch} loss: 0.{9 - epoch} val_loss: 0.{9 - epoch}" for epoch in range(8)
    ]
    write(tmp_path / "out.log", START + 50, "\n".join(lines) + "\n")
    assert Watched(tmp_path).names() == ["out.log"]
