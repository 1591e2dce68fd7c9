"""A log that is written faster than it can be read delays no other."""

from __future__ import annotations

from pathlib import Path

from tests.support.slow_format import SlowFormat
from tests.support.training_logs import IMPROVING, keras_csv
from tests.support.watched_monitor import WatchedMonitor

from lossmon.runs import Limits
from lossmon_adapters import BUILTIN

SIZE = 1 << 18


def test_other_runs_are_shown_as_they_grow_and_reading_goes_on(tmp_path: Path) -> None:
    slow = SlowFormat(lambda data: 0.0)
    watched = WatchedMonitor(tmp_path, limits=Limits(read_bytes=SIZE // 4, round_seconds=0.0), formats=(*BUILTIN, slow))
    fast, other = tmp_path / "fast.slow", tmp_path / "training.log"
    lines = keras_csv(IMPROVING).splitlines(keepends=True)
    other.write_text("".join(lines[:2]))
    for epoch, line in enumerate(lines[2:], 2):
        with fast.open("ab") as log:
            log.write(b"x" * SIZE)
        with other.open("a") as log:
            log.write(line)
        watched.look(2.0)
        (run,) = (run for run in watched.look(2.0).runs if run.format == "keras-csv")
        assert run.val is not None
        assert len(run.val.x) == epoch
    assert sum(slow.sizes) > 10 * SIZE
    assert max(slow.sizes) <= SIZE // 4
