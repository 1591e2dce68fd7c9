"""Logs whose writer never gave a step: all points of a loss are at one x."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import ArrayLike
from tests.support.decoding import event, record, simple, version
from tests.support.watched_monitor import WatchedMonitor

from lossmon.core.points import Floats
from lossmon.core.snapshot import Curve, RunSnapshot
from lossmon.core.text import Name
from lossmon.core.verdict import Verdict
from lossmon.runs.unmoving import count_points

EPOCHS = np.arange(40.0)
TRAIN, VAL = 0.08 + 1.9 * np.exp(-EPOCHS / 9), 0.34 + 1.7 * np.exp(-EPOCHS / 4.5) + np.clip(EPOCHS - 15, 0, None) * 0.03


def event_file(*, train_step: int = 0) -> bytes:
    """Return 40 epochs, each with five train losses and a validation loss at step 0; *train_step* is that of train."""
    events = [version()]
    for epoch, (train, val) in enumerate(zip(TRAIN, VAL, strict=True)):
        for batch in range(5):
            at = 5 * epoch + batch
            events.append(event(1000.0 + at, train_step * at, simple(b"loss/train", train)))
        events.append(event(1004.5 + 5 * epoch, 0, simple(b"loss/val", val)))
    return b"".join(map(record, events))


def run_of(root: Path, data: bytes) -> RunSnapshot:
    (root / "run").mkdir()
    (root / "run" / "events.out.tfevents.1.host").write_bytes(data)
    watch = WatchedMonitor(root)
    try:
        return watch.run("run")
    finally:
        watch.monitor.close()
        shutil.rmtree(root / "run")


def test_evaluations_without_a_step_are_counted_and_judged(tmp_path: Path) -> None:
    run = run_of(tmp_path, event_file())
    assert run.assessment.verdict is Verdict.OVERFITTING
    assert run.history is not None
    assert run.history.x.tolist() == list(range(40))
    assert run.history.label(run.assessment.onset or 0).startswith("evaluation 1")
    assert run.warnings == ("a loss has the same step at all of its points: they are counted as written",)


def test_evaluations_get_the_steps_of_a_train_loss_that_was_logged_at_the_time(tmp_path: Path) -> None:
    run = run_of(tmp_path, event_file(train_step=10))
    assert run.history is not None
    assert run.history.x.tolist() == [50.0 * epoch + 40 for epoch in range(40)]
    assert run.unit == "step"


def curve(x: Floats, wall: ArrayLike) -> Curve:
    return Curve(Name.of("loss"), "step", x, np.asarray(wall, np.float64), np.zeros(len(x)), len(x))


def unknown(count: int) -> Floats:
    return np.full(count, np.nan)


@pytest.mark.parametrize(("train_points", "x"), [(3, [0, 1, 2]), (5, [0, 0.5, 1, 1.5, 2]), (2, [0, 2])])
def test_without_times_train_is_spread_over_the_evaluations(train_points: int, x: list[float]) -> None:
    train = curve(10 * np.arange(float(train_points)), unknown(train_points))
    counted, vals = count_points(train, {"val": curve(np.zeros(3), unknown(3))})
    assert counted is not None
    assert counted.x.tolist() == x
    assert vals["val"] is not None
    assert vals["val"].x.tolist() == [0, 1, 2]


def test_two_points_at_one_step_may_be_a_repetition_and_stay() -> None:
    val = curve(np.array([5.0, 5.0]), unknown(2))
    assert count_points(None, {"val": val}) == (None, {"val": val})


steps = st.lists(st.sampled_from([0.0, 0.0, 0.0, 7.0]), max_size=9).map(sorted)
walls = st.sampled_from([np.nan, 1.0, 2.0])


@given(steps, steps, walls, walls)
def test_whatever_is_logged_no_point_is_lost_and_x_never_falls(
    train_x: list[float], val_x: list[float], train_wall: float, val_wall: float
) -> None:
    train = curve(np.array(train_x), train_wall * np.arange(len(train_x)))
    val = curve(np.array(val_x), val_wall * np.arange(len(val_x)))
    counted, vals = count_points(train, {"val": val})
    for before, after in ((train, counted), (val, vals["val"])):
        assert after is not None
        assert len(after.x) == len(before.x)
        assert (np.diff(after.x) >= 0).all()
