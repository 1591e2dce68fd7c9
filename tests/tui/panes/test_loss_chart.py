from __future__ import annotations

from dataclasses import replace

import pytest
from tests.support.scripted import EPOCH_SECONDS, START, run_snapshot

from lossmon.gpu import Gpu
from lossmon.tui.panes.loss_chart import idle_forms, longest_idle_period

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
