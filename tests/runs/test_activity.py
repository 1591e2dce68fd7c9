"""The status of a run that is watched while it is written, silent, or left by its process."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from tests.support.watched_monitor import WatchedMonitor

from lossmon.core.snapshot import RunSnapshot, RunStatus
from lossmon.runs.rhythm import Rhythm, SeenWrites, logged_rhythm

BEGAN = 1_700_000_000.0


class Training:
    """A log without times, written and watched as the test says."""

    def __init__(self, root: Path) -> None:
        self.watch = WatchedMonitor(root)
        self.path = root / "train.log"
        self.path.write_text("Epoch 1: loss 1.0 val_loss 1.0\n")
        self._epochs, self._modified = 1, 0.0
        self.set_modified(BEGAN)
        self.watch.wall_clock.now = BEGAN

    def set_modified(self, seconds: float) -> None:
        os.utime(self.path, (seconds, seconds))

    def write(self, after: float = 1.0, *, modified: float | None = None) -> RunSnapshot:
        """Write an epoch *after* so many seconds, and look."""
        self.wait(after)
        self._epochs += 1
        with self.path.open("a") as file:
            file.write(f"Epoch {self._epochs}: loss {1 / self._epochs} val_loss {1 / self._epochs}\n")
        self.set_modified(self.watch.wall_clock.now if modified is None else modified)
        return self._look(2.0)

    def print(self, text: str) -> RunStatus:
        """Print a text, and look."""
        with self.path.open("a") as file:
            file.write(text)
        return self._look(2.0).status

    def wait(self, seconds: float) -> RunStatus:
        """Look after so many seconds of silence."""
        return self._look(seconds).status

    def _look(self, seconds: float) -> RunSnapshot:
        self.watch.wall_clock.now += seconds
        (run,) = self.watch.look(seconds).runs
        return run


@pytest.fixture
def training(tmp_path: Path) -> Iterator[Training]:
    made = Training(tmp_path)
    made.watch.look(1.0)
    yield made
    made.watch.monitor.close()


def test_a_run_that_was_written_each_second_and_is_not_any_more_is_quiet_within_half_a_minute(
    training: Training,
) -> None:
    assert {training.write().status for _ in range(12)} == {RunStatus.RUNNING}
    assert (training.wait(10.0), training.wait(14.0)) == (RunStatus.RUNNING, RunStatus.QUIET)
    assert training.write().status is RunStatus.RUNNING


def test_pauses_that_come_again_and_again_mean_nothing(training: Training) -> None:
    for _ in range(3):
        for _ in range(10):
            training.write()
        training.write(after=60.0)
    assert training.wait(80.0) is RunStatus.RUNNING
    assert training.wait(80.0) is RunStatus.QUIET


def test_a_single_long_pause_is_no_rhythm(training: Training) -> None:
    for _ in range(10):
        training.write()
    training.write(after=400.0)
    for _ in range(10):
        training.write()
    assert training.wait(60.0) is RunStatus.QUIET


def test_a_file_whose_time_is_far_in_the_future_is_not_running_before_it_grows(tmp_path: Path) -> None:
    training = Training(tmp_path)
    training.set_modified(BEGAN + 2.4e9)
    (before,) = training.watch.look(1.0).runs
    after = training.write(modified=BEGAN + 2.4e9)
    training.watch.monitor.close()
    assert (before.status, before.last_write) == (RunStatus.ENDED, None)
    assert after.status is RunStatus.RUNNING
    assert after.last_write == pytest.approx(training.watch.wall_clock.now, abs=2)


def test_a_log_whose_times_are_years_old_runs_while_it_grows_and_is_silent_since_it_was_seen_to(
    tmp_path: Path,
) -> None:
    log, watch = tmp_path / "metrics.jsonl", WatchedMonitor(tmp_path)
    watch.wall_clock.now = BEGAN

    def write(epoch: int) -> RunSnapshot:
        with log.open("a") as file:
            file.write(f'{{"epoch": {epoch}, "loss": {1 / epoch}, "val_loss": 1.0, "timestamp": {1e9 + epoch}}}\n')
        watch.wall_clock.now += 1.0
        (run,) = watch.look(1.0).runs
        return run

    runs = [write(epoch) for epoch in range(1, 15)]
    watch.look(700.0)
    (silent,) = watch.look(700.0).runs
    watch.monitor.close()
    assert runs[0].history is not None
    assert runs[0].history.wall_time[0] < 1.1e9
    assert {run.status for run in runs[1:]} == {RunStatus.RUNNING}
    assert silent.status is RunStatus.STALLED
    assert silent.last_write == pytest.approx(BEGAN + 14, abs=2)


def test_a_run_whose_log_says_that_it_is_over_has_ended_until_it_goes_on(training: Training) -> None:
    training.write()
    assert training.print("Early stopping triggered\nTest loss: 0.5\n") is RunStatus.ENDED
    assert training.wait(200.0) is RunStatus.ENDED
    assert training.write().status is RunStatus.RUNNING


def test_a_run_whose_log_ends_in_a_traceback_has_failed(training: Training) -> None:
    training.write()
    assert training.print("Traceback (most recent call last):\n  File x\nValueError: no\n") is RunStatus.FAILED


needs_proc = pytest.mark.skipif(not Path("/proc/self/fdinfo").is_dir(), reason="this system has no /proc")


@pytest.fixture
def open_log(training: Training) -> Iterator[Callable[[], None]]:
    """A process that holds the log open; the value of the fixture kills it."""
    code = f"import sys; log = open({str(training.path)!r}, 'a'); print(flush=True); sys.stdin.read()"
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()

        def kill() -> None:
            process.kill()
            process.wait()

        yield kill
        process.kill()


@needs_proc
def test_a_run_whose_process_was_killed_has_ended(training: Training, open_log: Callable[[], None]) -> None:
    for _ in range(20):
        training.write()
    assert training.wait(60.0) is RunStatus.QUIET
    open_log()
    assert training.wait(60.0) is RunStatus.ENDED


@needs_proc
def test_a_silent_run_whose_process_runs_is_stalled_and_has_not_ended(
    training: Training, open_log: Callable[[], None]
) -> None:
    for _ in range(20):
        training.write()
    assert training.wait(3000.0) is RunStatus.STALLED


@needs_proc
def test_an_old_log_that_a_process_holds_open_has_not_ended(training: Training, open_log: Callable[[], None]) -> None:
    assert training.wait(3000.0) is RunStatus.QUIET


def test_an_old_log_that_no_process_holds_open_has_ended(training: Training) -> None:
    assert training.wait(3000.0) is RunStatus.ENDED


def test_the_rhythm_in_a_log_is_that_of_its_evaluations_with_the_pauses_between_all_points() -> None:
    epochs = np.arange(0.0, 1560.0, 130.0)
    steps = np.array([start + step for start in epochs for step in range(100)], float)
    assert logged_rhythm(epochs, [steps]) == Rhythm(130.0, 31.0)


def test_times_that_are_unknown_or_go_back_say_nothing() -> None:
    assert logged_rhythm(np.array([np.nan, 5.0, 1.0, np.nan, np.inf])) == Rhythm()
    assert logged_rhythm(None) == Rhythm()


def test_a_few_writes_are_no_rhythm() -> None:
    writes = SeenWrites()
    for _ in range(7):
        writes.add(1.0)
    assert writes.rhythm is None
    writes.add(9.0)
    assert writes.rhythm == Rhythm(1.0, 1.0, is_seen=True)
