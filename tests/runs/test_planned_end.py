"""How long a run will be, and when its evaluations arrived, if the log has no times."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from tests.support.watched_monitor import WatchedMonitor

from lossmon.core.points import Axis
from lossmon.core.snapshot import Curve, EvaluationHistory, RunSnapshot, RunStatus
from lossmon.core.text import Name
from lossmon.runs.planned_end import planned_x

BEGAN = 1_700_000_000.0


class Output:
    """The captured output of a training with an epoch every 40 seconds, watched from its first epoch on."""

    def __init__(self, root: Path, line: str) -> None:
        self.watch = WatchedMonitor(root)
        self._path = root / "train.log"
        self._line = line
        for epoch in (1, 2, 3):
            self.write(epoch)

    def write(self, *epochs: int) -> RunSnapshot:
        """Write some epochs at once, when the last of them ends."""
        text = "".join(self._line.format(epoch=epoch, loss=1 / epoch) for epoch in epochs)
        return self.print(text, 40.0 * epochs[-1])

    def print(self, text: str, seconds: float) -> RunSnapshot:
        """Print *text* this long after the training began."""
        with self._path.open("a") as file:
            file.write(text)
        os.utime(self._path, (BEGAN + seconds, BEGAN + seconds))
        return self.at(seconds)

    def at(self, seconds: float) -> RunSnapshot:
        """Look this long after the training began."""
        self.watch.wall_clock.now = BEGAN + seconds
        self.watch.clock.now = max(self.watch.clock.now, BEGAN + seconds)
        return self.watch.run("train.log")


@pytest.fixture
def output(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Output]:
    made = Output(tmp_path, getattr(request, "param", "Epoch {epoch}/6 loss: {loss} val_loss: {loss}\n"))
    yield made
    made.watch.monitor.close()


def walls(run: RunSnapshot) -> list[float]:
    assert run.history is not None
    return [float(wall) - BEGAN for wall in run.history.wall_time]


def test_the_last_epoch_of_a_run_is_read_from_its_output(output: Output) -> None:
    assert output.write(4).planned_end == 6


@pytest.mark.parametrize("output", ["iter {epoch}/6: loss {loss}\n"], indirect=True)
def test_the_last_step_of_a_run_is_read_from_its_output(output: Output) -> None:
    assert output.write(4).planned_end == 6


@pytest.mark.parametrize("output", ["Epoch {epoch}/2 loss: {loss}\n"], indirect=True)
def test_a_planned_end_that_the_run_has_passed_is_ignored(output: Output) -> None:
    assert output.write(4).planned_end is None


def test_evaluations_that_arrive_one_by_one_get_the_time_of_their_arrival(output: Output) -> None:
    output.write(4)
    np.testing.assert_equal(walls(output.write(5, 6)), [np.nan, 80, 120, 160, np.nan, 240])


def test_evaluations_that_were_there_at_the_start_have_no_time(output: Output) -> None:
    np.testing.assert_equal(walls(output.at(120))[0], np.nan)


def test_times_before_a_restart_are_not_those_of_the_epochs_after_it(output: Output) -> None:
    output.write(4)
    output.write(5)
    run = output.print("Epoch 2/6 loss: 3 val_loss: 3\n", 300)
    np.testing.assert_equal(walls(run), [np.nan, 300])


def test_a_run_that_reached_its_end_has_finished_and_is_not_stalled(output: Output) -> None:
    assert [output.write(epoch).status for epoch in (4, 5, 6)] == [RunStatus.RUNNING] * 3
    assert output.at(270).status is RunStatus.ENDED
    assert output.at(100_000).status is RunStatus.ENDED


def test_a_run_that_falls_silent_before_its_end_is_stalled(output: Output) -> None:
    output.write(4)
    output.write(5)
    assert output.at(100_000).status is RunStatus.STALLED


@pytest.mark.parametrize("output", ["Epoch {epoch} loss: {loss}\n"], indirect=True)
def test_a_run_with_long_epochs_and_no_times_in_its_log_is_live_between_two_of_them(output: Output) -> None:
    for epoch in (50, 100, 150):
        output.write(epoch)
    assert output.at(40.0 * 150 + 2500).status is RunStatus.RUNNING


def epoch_scalar(steps: list[float], epochs: list[float]) -> Curve:
    values = np.array(epochs)
    return Curve(Name.of("train/epoch"), "step", np.array(steps), np.full(len(steps), np.nan), values, len(steps))


@pytest.mark.parametrize(
    ("stated", "steps", "epochs", "planned"),
    [
        ([{"epoch": 4.0}], [50, 500], [0.2, 2.0], 1000),
        ([{"epoch": 4.0}, {"step": 900.0, "epoch": 4.0}], [50, 500], [0.2, 2.0], 900),
        ([{"epoch": 10.0}], [49, 99, 149], [0, 1, 2], 549),
        ([{"epoch": 4.0}], [500], [2.0], None),
        ([{"epoch": 1.0}], [50, 500], [0.2, 2.0], None),
        ([{}], [50, 500], [0.2, 2.0], None),
    ],
)
def test_a_run_that_counts_steps_ends_at_the_step_of_its_last_epoch(
    stated: list[dict[Axis, float]], steps: list[float], epochs: list[float], planned: float | None
) -> None:
    x = np.array([100.0, 400.0])
    history = EvaluationHistory("step", x, x, x, x)
    assert planned_x(history, stated, None, [epoch_scalar(steps, epochs)]) == planned


def test_the_planned_end_may_come_from_another_log_of_the_same_training(output: Output, tmp_path: Path) -> None:
    rows = [f"{epoch},{1 / (epoch + 1)},{1 / (epoch + 1)}\n" for epoch in range(3)]
    (tmp_path / "log.csv").write_text("epoch,loss,val_loss\n" + "".join(rows))
    output.watch.look()
    (run,) = output.watch.look().runs
    assert (run.format, run.planned_end) == ("keras-csv", 5)


def test_a_copy_without_a_planned_end_does_not_remove_it(output: Output, tmp_path: Path) -> None:
    losses = [1 / epoch for epoch in (1, 2, 3)]
    rows = [f"{epoch},{loss},{loss}\n" for epoch, loss in enumerate(losses)]
    (tmp_path / "log.csv").write_text("epoch,loss,val_loss\n" + "".join(rows))
    lines = [f"Epoch {epoch} loss: {loss} val_loss: {loss}\n" for epoch, loss in enumerate(losses, 1)]
    (tmp_path / "train2.log").write_text("".join(lines))
    output.watch.look()
    (run,) = output.watch.look().runs
    assert run.planned_end == 5


@pytest.mark.parametrize(
    ("last", "status"),
    [("Early stopping\n", RunStatus.ENDED), ("Killed\n", RunStatus.FAILED), ("", RunStatus.STALLED)],
)
def test_how_a_silent_run_ended_may_be_said_by_another_log_of_the_same_training(
    tmp_path: Path, last: str, status: RunStatus
) -> None:
    text, table, watch = tmp_path / "train.log", tmp_path / "log.csv", WatchedMonitor(tmp_path)
    table.write_text("epoch,loss,val_loss\n")
    for epoch in range(1, 8):
        with text.open("a") as output, table.open("a") as rows:
            output.write(f"Epoch {epoch}: loss: {1 / epoch} val_loss: {1 / epoch}\n")
            rows.write(f"{epoch},{1 / epoch},{1 / epoch}\n")
        watch.look()
    with text.open("a") as output:
        output.write(last)
    watch.look()
    watch.look(100_000.0)
    (run,) = watch.look().runs
    watch.monitor.close()
    assert (run.format, run.status) == ("keras-csv", status)
