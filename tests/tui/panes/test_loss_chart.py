from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tests.support.lines import texts
from tests.support.scripted import EPOCH_SECONDS, START, curve, gpus, run_snapshot, snapshot

from lossmon.core.snapshot import RunSnapshot
from lossmon.gpu import Gpu
from lossmon.tui.box import Box
from lossmon.tui.panes.loss_chart import draw_loss_chart, idle_forms, longest_idle_period
from lossmon.tui.state import State

NAN = float("nan")


def gpu(*idle: range, usual: float = 90.0) -> Gpu:
    """Return a GPU sampled every 10 s from the start of the run, at rest in the samples *idle*."""
    used = [0.0 if any(index in period for period in idle) else usual for index in range(130)]
    return Gpu(0, "H200", history=tuple((START + 10.0 * at, each) for at, each in enumerate(used)))


def test_the_longest_idle_period_is_shown_with_its_epoch() -> None:
    assert idle_forms(gpu(range(20, 28), range(70, 95)), run_snapshot()) == (
        "(epoch 17: idle 4 min)",
        "(e17: idle 4 min)",
    )


@pytest.mark.parametrize(
    "sampled",
    [gpu(), gpu(range(70, 75)), gpu(range(70, 95), usual=20.0), gpu(range(4)), Gpu(0, "H200")],
)
def test_a_short_pause_and_a_gpu_that_is_hardly_used_are_not_noted(sampled: Gpu) -> None:
    assert idle_forms(sampled, run_snapshot()) == ()


def test_a_run_without_losses_or_times_has_no_note() -> None:
    run = run_snapshot()
    assert run.history is not None
    untimed = replace(run, history=replace(run.history, wall_time=run.history.wall_time * NAN))
    assert idle_forms(gpu(range(70, 95)), untimed) == ()
    assert idle_forms(gpu(range(70, 95)), replace(run, history=None)) == ()


def test_what_was_not_measured_is_not_idle() -> None:
    samples = tuple((float(at), NAN if 30 <= at < 200 else 90.0) for at in range(0, 400, 10))
    assert longest_idle_period(samples, 0.0, 10 * EPOCH_SECONDS) is None


def drawn(run: RunSnapshot, width: int = 100, height: int = 20) -> list[str]:
    """Return the lines of the pane within its frame, without its sides."""
    state = State("runs/", gpus=gpus()).with_snapshot(snapshot(run))
    return texts(draw_loss_chart(state, width, height, Box(sides=False)).lines)


@pytest.mark.parametrize(
    ("height", "strips"),
    [(20, ["gap", "risk", "gpu"]), (10, ["gap", "risk", "gpu"]), (9, ["gap", "gpu"]), (7, ["gap", "gpu"]), (6, ["gap"]),
     (5, [])],
)  # fmt: skip
def test_where_lines_are_missing_the_risk_falls_away_first_then_the_gpu_then_the_gap(
    height: int, strips: list[str]
) -> None:
    names = [line[:4].strip() for line in drawn(run_snapshot(), height=height)]
    assert [name for name in names if name in ("gap", "risk", "gpu")] == strips


def test_the_risk_has_its_value_in_percent_on_the_right() -> None:
    (line,) = (line for line in drawn(run_snapshot()) if line.startswith("risk"))
    assert line.rstrip().endswith("█ 99%") or line.rstrip().endswith("  99%")


def test_the_risk_of_a_zoomed_chart_is_that_at_its_right_edge() -> None:
    state = State("runs/").with_snapshot(snapshot(run_snapshot())).with_view(x_range=(1.0, 14.0))
    lines = texts(draw_loss_chart(state, 100, 20, Box(sides=False)).lines)
    assert next(line for line in lines if line.startswith("risk")).rstrip().endswith("50%")


def test_a_run_without_probabilities_or_without_one_that_is_known_has_no_strip_of_them() -> None:
    run = run_snapshot()
    assert run.probabilities is not None
    for none in (None, run.probabilities * NAN, run.probabilities[1:]):
        assert not any(line.startswith("risk") for line in drawn(replace(run, probabilities=none)))


def test_a_restart_is_named_in_the_title_and_marked_on_the_x_axis() -> None:
    run = replace(run_snapshot(), restarts=1, earlier_attempts=(curve("val/loss", np.full(5, 0.6), first=20),))
    lines = drawn(run)
    assert "restarted at epoch 20" in lines[0]
    assert sum("↺e20" in line for line in lines) == 1


def test_a_weak_verdict_has_its_own_sign_in_title_and_marker_and_a_fainter_line() -> None:
    run = run_snapshot()
    weak = replace(run, assessment=replace(run.assessment, is_weak=True))
    assert drawn(run)[0].startswith("─ ● lstm-512")
    assert drawn(weak)[0].startswith("─ ◐ lstm-512")
    assert "╎ e10" in drawn(run)[1]
    assert "┊ ◐ e10" in drawn(weak)[1]
