from __future__ import annotations

import math

from tests.bench.stopping import Run, lost, patience_stop, summary

TURNS = [1.0, 0.5, 0.4, 0.6, 0.3, 0.7, 0.8]


def run(truth: list[float], stopped: int | None = None) -> Run:
    return Run("keras", "overfits", 0, TURNS, truth, stopped, "overfitting")


def test_patience_stops_after_so_many_evaluations_without_a_new_best() -> None:
    assert patience_stop(TURNS, 1) == 3
    assert patience_stop(TURNS, 2) == 6
    assert patience_stop(TURNS, 3) is None
    assert patience_stop([math.nan] * 4, 3) == 3


def test_what_is_lost_is_the_true_loss_of_the_model_that_is_kept_beside_that_after_going_on() -> None:
    one = run([1.0, 0.6, 0.5, 0.6, 0.4, 0.5, 0.6])
    assert math.isclose(lost(one, 3), 0.25)
    assert lost(one, None) == lost(one, 6) == 0


def test_a_training_overfits_or_diverges_by_its_true_loss() -> None:
    assert run([1.0, 0.5, 0.52]).overfits
    assert run([1.0, 0.5, math.nan]).overfits
    assert not run([1.0, 0.5, 0.51]).overfits


def test_the_table_counts_stops_of_both_kinds() -> None:
    healthy, overfit = run([1.0] * 7), run([1.0, 0.5, 0.4, 0.6, 0.6, 0.7, 0.8], 6)
    rows = summary([healthy, overfit]).splitlines()
    assert rows[2].startswith("| patience 3 | 0 of 1 | 0 of 1 | - |")
    assert rows[-1].startswith("| **lossmon** | 0 of 1 | 1 of 1 | 0 % |")
