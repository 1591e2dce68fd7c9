from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from tests.support.scripted import EPOCH_SECONDS, START, four_runs, run_snapshot

from lossmon.core.assessment import Assessment
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
