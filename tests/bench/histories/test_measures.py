"""The measures of the comparison say what README says of them."""

from __future__ import annotations

from math import inf, isnan
from pathlib import Path

import numpy as np
import pytest
from tests.bench.histories.measures import Case, case_of_labelled, case_of_record, cases_of_simulated, delay, measure
from tests.bench.histories.rows import Labelled
from tests.bench.histories.table import Record

HEALTHY = Case("family 1", [1.0] * 4, [1.0] * 4, overfits=False, is_healthy=True, turn=0)
TURNED = Case("family 1", [1.0] * 4, [1.0] * 4, overfits=True, is_healthy=False, turn=1)
NEAR = Case("family 1", [1.0] * 4, [1.0] * 4, overfits=False, is_healthy=False, turn=1)
ALWAYS, NEVER, LATE = [True] * 4, [False] * 4, [False, False, False, True]


def test_a_rule_that_is_right_has_measures_of_one_and_no_false_alarm() -> None:
    found = measure([HEALTHY, TURNED], [NEVER, LATE])
    assert (found.f1, found.precision, found.recall) == (1, 1, 1)
    assert (found.healthy_at_end, found.healthy_ever, found.early) == (0, 0, 0)
    assert (found.delay, found.changes) == (2, 0.5)


def test_a_report_that_is_withdrawn_is_a_false_alarm_at_some_time_only() -> None:
    found = measure([HEALTHY, TURNED], [[False, True, False, False], ALWAYS])
    assert (found.healthy_at_end, found.healthy_ever) == (0, 1)
    assert (found.changes, found.early, found.precision) == (1.5, 1, 1)


def test_runs_near_to_overfitting_count_for_precision_and_not_as_healthy() -> None:
    found = measure([HEALTHY, NEAR, TURNED], [NEVER, ALWAYS, ALWAYS])
    assert (found.precision, found.recall, found.healthy_ever) == (0.5, 1, 0)


def test_a_turn_that_is_never_reported_is_infinitely_late() -> None:
    assert delay(1, [True, True, False, False]) == inf
    assert measure([HEALTHY, TURNED], [NEVER, NEVER]).delay == inf


def test_a_training_turns_where_its_true_loss_is_lowest() -> None:
    truth = [1.0, 0.8, 0.6, 0.5, 0.5, 0.5, 0.6, 0.7, 0.8, 0.9]
    case = case_of_record(Record(3, "x", [1.0 - 0.05 * at for at in range(10)], truth, truth))
    assert case.overfits
    assert not case.is_healthy
    assert case.turn in (3, 4)
    assert case.regret(9) == pytest.approx(80)


def test_a_labelled_history_turns_where_the_eye_saw_it_though_losses_are_missing() -> None:
    losses = [None, 1.0, 0.9, None, 1.1, 1.2]
    case = case_of_labelled(Labelled("a/b", "overfitting", (4, 2), losses, losses))
    assert case is not None
    assert isnan(case.regret(None))
    assert list(case.validation) == [1.0, 0.9, 1.1, 1.2]
    assert case.turn == 1


def test_a_simulated_history_is_evaluated_every_fourth_epoch_and_turns_where_its_validation_is_lowest(
    tmp_path: Path,
) -> None:
    np.savez(
        tmp_path / "x.npz",
        train=np.ones((2, 36)),
        val=np.repeat([[5, 4, 3, 2, 1, 2, 3, 4, 5], range(9, 0, -1)], 4, axis=1),
        overfit=[True, False],
    )
    turned, healthy = cases_of_simulated(tmp_path / "x.npz")
    assert (turned.overfits, turned.is_healthy, turned.turn) == (True, False, 3)
    assert (healthy.overfits, healthy.is_healthy, healthy.turn) == (False, True, 8)


def test_a_history_without_losses_is_no_case() -> None:
    assert case_of_labelled(Labelled("a/b", "converged", (), [None, 1.0], [1.0, None])) is None
