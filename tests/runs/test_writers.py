"""Event files of one directory: of one training after a resume, or of several at the same time."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support.decoding import event, record, simple, version
from tests.support.watched_monitor import WatchedMonitor

from lossmon.core.snapshot import RunSnapshot
from lossmon.monitor import Monitor, MonitorSettings
from lossmon_adapters import BUILTIN

START = 1_700_000_000.0


def write(
    directory: Path, number: int, steps: range, begin: float = 0.0, offset: float = 0.0, tag: bytes = b"val/loss"
) -> Path:
    """Add *steps*, logged one each second from *begin* seconds on, to the event file with a *number*."""
    path = directory / f"events.out.tfevents.{int(START) + number}.host.{number}.0"
    path.parent.mkdir(parents=True, exist_ok=True)
    events = [event(START + begin + at, step, simple(tag, 1 / (1 + step) + offset)) for at, step in enumerate(steps)]
    head = b"" if path.exists() else record(version())
    with path.open("ab") as file:
        file.write(head + b"".join(map(record, events)))
    return path


def read(root: Path) -> dict[str, RunSnapshot]:
    snapshot = Monitor([str(root)], BUILTIN, MonitorSettings(once=True)).read_all()
    return {run.name.text: run for run in snapshot.runs}


def points(runs: dict[str, RunSnapshot]) -> dict[str, list[int]]:
    return {name: [len(curve.x) for curve in run.metrics] for name, run in runs.items()}


WARNING = "2 writers log to this directory at the same time; each is shown as a run"


def test_two_trainings_that_write_to_one_directory_at_the_same_time_are_two_runs(tmp_path: Path) -> None:
    write(tmp_path / "exp", 0, range(30))
    write(tmp_path / "exp", 1, range(30), begin=5.5, offset=0.3)
    runs = read(tmp_path)
    assert points(runs) == {"exp/writer 1": [30], "exp/writer 2": [30]}
    assert [run.warnings for run in runs.values()] == [(WARNING,)] * 2
    assert all("restarted" not in run.assessment.flags for run in runs.values())


def test_a_resumed_training_is_one_run_and_belongs_to_its_own_writer(tmp_path: Path) -> None:
    write(tmp_path / "exp", 0, range(30))
    write(tmp_path / "exp", 1, range(100), begin=5.5, offset=0.3)
    write(tmp_path / "exp", 2, range(20, 60), begin=40)
    assert points(read(tmp_path)) == {"exp/writer 1": [60], "exp/writer 2": [100]}


@pytest.mark.parametrize(
    "second",
    [
        {"steps": range(20, 40), "begin": 40, "offset": 0.1},
        {"steps": range(30), "begin": 0.5},
        {"steps": range(100, 130), "begin": 0.5, "offset": 0.3},
        {"steps": range(30), "begin": 0.5, "offset": 0.3, "tag": b"other"},
        {"steps": range(30), "begin": 28.5, "offset": 0.3},
    ],
    ids=["after a resume", "a copy", "other steps", "other tags", "one began as the other ended"],
)
def test_files_that_may_be_of_one_training_are_one_run(tmp_path: Path, second: dict[str, object]) -> None:
    write(tmp_path / "exp", 0, range(30))
    write(tmp_path / "exp", 1, **second)  # type: ignore[arg-type]
    assert list(read(tmp_path)) == ["exp"]


def test_three_trainings_in_one_directory_are_three_runs(tmp_path: Path) -> None:
    for number in range(3):
        write(tmp_path / "exp", number, range(30), begin=number + 0.5, offset=0.1 * number)
    assert points(read(tmp_path)) == {f"exp/writer {number}": [30] for number in (1, 2, 3)}


def test_many_files_of_one_training_are_compared_quickly(tmp_path: Path) -> None:
    for number in range(500):
        write(tmp_path / "exp", number, range(10 * number, 10 * number + 10), begin=20.0 * number)
    assert points(read(tmp_path)) == {"exp": [5000]}


@pytest.fixture
def watch(tmp_path: Path) -> Iterator[WatchedMonitor]:
    watched = WatchedMonitor(tmp_path)
    yield watched
    watched.monitor.close()


def test_a_second_writer_is_noticed_while_we_watch(tmp_path: Path, watch: WatchedMonitor) -> None:
    write(tmp_path / "exp", 0, range(30))
    assert [run.name.text for run in watch.look().runs] == ["exp"]
    write(tmp_path / "exp", 1, range(2), begin=20, offset=0.3)
    assert [run.name.text for run in watch.look(100).runs] == ["exp"]
    write(tmp_path / "exp", 1, range(2, 20), begin=22, offset=0.3)
    assert [run.name.text for run in watch.look(100).runs] == ["exp/writer 1", "exp/writer 2"]
