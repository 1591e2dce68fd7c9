from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from tests.support.scripted import EPOCH_SECONDS, START, curve, four_runs, run_snapshot

from lossmon.core.assessment import Assessment
from lossmon.core.points import Floats, Unit
from lossmon.core.snapshot import EvaluationHistory, RunSnapshot, RunStatus
from lossmon.core.verdict import Verdict
from lossmon.presentation import run_text


def by_step(seconds: float) -> RunSnapshot:
    x = np.arange(0.0, 2000.0, 100.0)
    history = EvaluationHistory("step", x, START + seconds * x, np.exp(-x / 500), None)
    return replace(run_snapshot(), history=history)


def test_every_verdict_has_its_own_one_cell_sign() -> None:
    signs = {run_text.glyph(run_snapshot(verdict=verdict)) for verdict in Verdict}
    assert len(signs) == len(Verdict)
    assert all(len(sign) == 1 for sign in signs)


def test_only_overfitting_and_divergence_have_a_turning_point() -> None:
    marks = {view.name.text: run_text.onset_mark(view) for view in four_runs()}
    assert marks == {"lstm-512": "e10", "rnn": "e22", "cnn-a": "", "lstm-128": ""}


@pytest.mark.parametrize(("unit", "mark"), [(None, "s1203"), ("round", "r1203"), ("evaluation", "#1203")])
def test_a_short_position_says_what_it_counts(unit: Unit | None, mark: str) -> None:
    run = by_step(1.0)
    assert run.history is not None
    assert run_text.short_position(replace(run, history=replace(run.history, unit=unit)), 1203.0) == mark


def test_speed_and_time_left_come_from_the_times_of_the_last_evaluations() -> None:
    assert run_text.speed_text(run_snapshot()) == "42 s/epoch"
    assert run_text.time_left(run_snapshot()) == "13 min left"
    assert run_text.speed_text(by_step(0.25)) == "4 steps/s"
    assert run_text.speed_text(by_step(2.0)) == "2.0 s/step"


@pytest.mark.parametrize("status", [RunStatus.ENDED, RunStatus.FAILED, RunStatus.STALLED, RunStatus.GONE])
def test_a_run_that_has_stopped_has_no_time_left(status: RunStatus) -> None:
    assert run_text.time_left(run_snapshot(status=status)) == ""


def test_without_times_there_is_no_speed() -> None:
    view = run_snapshot()
    assert view.history is not None
    timeless = replace(view, history=replace(view.history, wall_time=np.full(31, np.nan)), last_write=None)
    assert (run_text.speed_text(timeless), run_text.time_left(timeless), run_text.last_activity(timeless, START)) == (
        "",
        "",
        "running",
    )


def test_times_that_go_back_give_no_speed() -> None:
    view = run_snapshot()
    assert view.history is not None
    assert (
        run_text.speed_text(replace(view, history=replace(view.history, wall_time=view.history.wall_time[::-1].copy())))
        == ""
    )


@pytest.mark.parametrize(
    ("status", "text"),
    [
        (RunStatus.RUNNING, "last point 22:35:02"),
        (RunStatus.QUIET, "quiet since 22:35:02"),
        (RunStatus.STALLED, "stalled since 22:35:02"),
        (RunStatus.ENDED, "ended 22:35:02"),
        (RunStatus.FAILED, "failed 22:35:02"),
        (RunStatus.GONE, "gone"),
    ],
)
def test_the_last_activity_is_a_time_of_day(status: RunStatus, text: str) -> None:
    assert run_text.last_activity(run_snapshot(status=status), START + EPOCH_SECONDS * 31) == text


def test_an_activity_on_another_day_has_its_date() -> None:
    assert run_text.last_activity(run_snapshot(), START + 10 * 86400) == "last point 2023-11-14 22:35"


@pytest.mark.parametrize(
    ("gap", "slope", "forms"),
    [
        (None, None, ()),
        (0.72, 0.031, ("0.72 ▲ 0.031/epoch", "0.72 ▲", "0.72")),
        (0.72, -0.031, ("0.72 ▼ 0.031/epoch", "0.72 ▼", "0.72")),
        (0.72, None, ("0.72",)),
        (float("nan"), 0.1, ("NaN",)),
    ],
)
def test_the_gap_has_a_long_a_short_and_a_bare_form(
    gap: float | None, slope: float | None, forms: tuple[str, ...]
) -> None:
    view = replace(run_snapshot(), assessment=Assessment(gap=gap, gap_slope=slope))
    assert run_text.gap_texts(view) == forms


@pytest.mark.parametrize(
    ("gaps", "is_steady"),
    [
        (np.full(16, 0.72), True),
        (0.72 + np.linspace(0, 6e-17, 16), True),
        (0.72 + np.tile([0.01, -0.01], 8) + np.linspace(0, 0.002, 16), True),
        (0.72 + np.tile([0.01, -0.01], 8) + np.linspace(0, 0.2, 16), False),
        (np.concatenate([np.linspace(0, 5, 30), np.full(16, 5.0)]), True),
        (np.array([0.1, 0.2]), False),
        (np.array([0.0, 1e308, -1e308, 1e308]), True),
    ],
)
def test_a_slope_of_the_gap_within_its_noise_is_called_steady(gaps: Floats, is_steady: bool) -> None:
    history = EvaluationHistory("epoch", np.arange(float(len(gaps))), np.full(len(gaps), np.nan), 0 * gaps, gaps)
    view = replace(run_snapshot(), history=history, assessment=Assessment(gap=0.72, gap_slope=4e-18))
    long, short, _ = run_text.gap_texts(view)
    assert (long, short) == (("0.72 ▬ steady", "0.72 ▬") if is_steady else ("0.72 ▲ 4e-18/epoch", "0.72 ▲"))


@pytest.mark.parametrize(
    ("train", "val", "forms"),
    [
        (0.2, math.nan, ("unknown: val is NaN", "unknown", "?")),
        (math.inf, 0.3, ("unknown: train is Inf", "unknown", "?")),
        (0.2, 0.3, ()),
    ],
)
def test_a_gap_that_is_unknown_says_which_loss_is_not_finite(train: float, val: float, forms: tuple[str, ...]) -> None:
    history = EvaluationHistory(
        "epoch", np.arange(2.0), np.full(2, np.nan), np.array([0.5, train]), np.array([0.6, val])
    )
    assert run_text.gap_texts(replace(run_snapshot(), history=history, assessment=Assessment())) == forms


def test_without_a_verdict_the_text_says_why() -> None:
    assert run_text.verdict_text(run_snapshot(verdict=Verdict.WARMING_UP, catching_up=0.999)) == "reading 99 %"
    assert run_text.verdict_text(replace(run_snapshot(), history=None)) == "no loss found"


def test_a_resumed_training_names_where_it_began_again_and_a_new_fit_which_it_is() -> None:
    run = run_snapshot()
    assert run_text.restart_text(run) == ""
    resumed = replace(run, earlier_attempts=(curve("val/loss", np.ones(6), first=14),), restarts=1)
    assert run_text.restart_text(resumed) == "restarted at epoch 14"
    fit_again = replace(run, earlier_attempts=(curve("val/loss", np.ones(6)),), restarts=2)
    assert run_text.restart_text(fit_again) == "third fit of this log"
    assert run_text.restart_text(replace(fit_again, restarts=11)) == "12th fit of this log"


def test_where_only_the_losses_tell_of_a_restart_its_place_is_not_guessed() -> None:
    run = run_snapshot()
    flagged = replace(run, assessment=replace(run.assessment, flags=("restarted",)))
    assert run_text.restart_text(flagged) == "restarted"
