from __future__ import annotations

import numpy as np

from lossmon.core.points import Axis
from lossmon.core.snapshot import Curve
from lossmon.core.text import Name
from lossmon.runs import align
from lossmon.runs.alignment import is_of_earlier_attempt


def curve(x: list[float], value: list[float], axis: Axis = "step", wall: list[float] | None = None) -> Curve:
    walls = np.array(wall if wall is not None else [np.nan] * len(x))
    return Curve(Name.of("loss"), axis, np.array(x, dtype=float), walls, np.array(value, dtype=float), len(x))


def trains(train: Curve, val: Curve) -> list[float]:
    history = align(train, val)
    assert history is not None
    assert history.train is not None
    return [float(loss) for loss in history.train]


def test_values_of_one_epoch_are_paired() -> None:
    assert trains(curve([0, 1, 2], [3, 2, 1]), curve([0, 1, 2], [4, 4, 4])) == [3, 2, 1]


def test_losses_that_were_logged_together_are_not_copied() -> None:
    train, val = curve([1, 2, 4], [0.9, np.nan, np.inf]), curve([1, 2, 4], [1.9, 1.8, 1.7])
    history = align(train, val)
    assert history
    assert (history.x is val.x, history.train is train.value, history.val is val.value) == (True, True, True)
    assert (history.train_points, history.evaluations_before_train) == (None, 0)


def test_two_losses_of_one_step_are_paired_only_where_the_step_is_logged_once() -> None:
    assert trains(curve([1, 2, 2, 3], [1.0, 2.0, 4.0, 5.0]), curve([1, 2, 2, 3], [0.0] * 4)) == [1.0, 3.0, 4.0, 5.0]


def test_train_per_step_is_averaged_between_evaluations() -> None:
    assert trains(curve([1, 2, 3, 4, 5, 6], [6, 4, 3, 1, 8, 2]), curve([2, 4, 6], [1, 1, 1])) == [5, 2, 5]


def test_the_number_of_averaged_train_losses_comes_with_each_evaluation() -> None:
    history = align(curve([1, 2, 3, 4, 5], [6, 4, 3, 1, 8]), curve([3, 5, 7], [1, 1, 1]))
    assert history is not None
    assert history.train_points is not None
    assert history.train_points.tolist() == [3, 2, 0]


def test_where_nothing_new_was_logged_the_last_train_loss_holds() -> None:
    assert trains(curve([1, 2], [6, 4]), curve([1, 2, 3, 4], [1, 1, 1, 1])) == [6, 4, 4, 4]


def test_an_evaluation_before_the_first_train_loss_has_none() -> None:
    history = align(curve([5, 10], [2, 1]), curve([0, 5, 10], [3, 3, 3]))
    assert history is not None
    assert history.train is not None
    assert np.isnan(history.train[0])
    assert history.evaluations_before_train == 1
    assert history.train[1:].tolist() == [2, 1]


def test_a_loss_that_is_not_finite_is_not_averaged_away() -> None:
    assert np.isnan(trains(curve([1, 2, 3], [1, np.nan, 1]), curve([3], [1]))[0])
    assert trains(curve([1, 2, 3], [1, np.inf, 1]), curve([3], [1])) == [np.inf]


def test_without_validation_the_train_points_are_the_evaluations() -> None:
    history = align(curve([0, 1], [2, 1]), None)
    assert history is not None
    assert history.val is None
    assert history.x.tolist() == [0, 1]


def test_without_train_the_history_has_validation_alone() -> None:
    history = align(None, curve([0, 1], [2, 1]))
    assert history is not None
    assert history.train is None


def test_without_points_there_is_no_history() -> None:
    assert align(None, None) is None
    assert align(curve([], []), curve([], [])) is None


def test_epochs_beside_steps_are_aligned_by_wall_time() -> None:
    train = curve([10, 20, 30, 40], [4, 3, 2, 1], wall=[1, 2, 3, 4])
    assert trains(train, curve([1, 2], [9, 9], axis="epoch", wall=[2.5, 4.5])) == [3.5, 1.5]


def test_a_validation_that_counts_epochs_as_steps_is_noticed_by_its_times() -> None:
    train = curve([10, 20, 30, 40], [4, 3, 2, 1], wall=[1, 2, 3, 4])
    assert trains(train, curve([1, 2], [9, 9], wall=[2.5, 4.5])) == [3.5, 1.5]


def test_validation_of_the_attempt_before_a_restart_is_not_beside_the_new_train_loss() -> None:
    old = curve([100, 200], [0.5, 0.4], wall=[10, 20])
    assert is_of_earlier_attempt(old, curve([1, 2], [2.3, 2.2], wall=[30, 31]))
    assert not is_of_earlier_attempt(old, curve([1, 150], [2.3, 0.4], wall=[1, 15]))
    assert not is_of_earlier_attempt(curve([0], [2.3], wall=[1]), curve([1, 2], [2.3, 2.2], wall=[2, 3]))
    assert not is_of_earlier_attempt(curve([100], [0.5]), curve([1, 2], [2.3, 2.2]))
