from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tests.support.scripted import run_snapshot

from lossmon.core.snapshot import Curve, RunSnapshot
from lossmon.core.text import Name
from lossmon.presentation.recorded_gpu import is_utilisation, recorded_gpu


def run_with(**curves: list[float]) -> RunSnapshot:
    run = run_snapshot()
    return replace(run, metrics=(*run.metrics, *(curve(tag, values) for tag, values in curves.items())))


def curve(tag: str, values: list[float], start: float = 100.0) -> Curve:
    x = np.arange(float(len(values)))
    return Curve(Name.of(tag), "step", x, start + x, np.array(values), len(values))


@pytest.mark.parametrize(
    "tag",
    [
        "system/gpu_0_utilization_percentage",
        "system/gpu/0/utilization_percent",
        "system.gpu.3.gpu",
        "sys.gpu.0.gpu_utilization",
        ":monitor:gpu/gpu_0_utilization",
        "device_id: 0/utilization.gpu (%)",
        "GPU Util",
        "gpu0/usage",
    ],
)
def test_names_of_trackers_for_the_utilisation_are_known(tag: str) -> None:
    assert is_utilisation(tag)


@pytest.mark.parametrize(
    "tag",
    ["gpu_mem_usage", "system.gpu.0.temp", "gpu_0_power_usage_watts", "loss", "cpu_util", "val/gpuloss", "gpu_hours"],
)
def test_what_else_is_measured_of_a_gpu_is_no_utilisation(tag: str) -> None:
    assert not is_utilisation(tag)


def test_the_busiest_gpu_of_a_log_is_shown_and_called_recorded() -> None:
    gpu = recorded_gpu(run_with(gpu_0_util=[1.0, 2.0, 3.0], gpu_1_util=[90.0, 95.0, 93.0]))
    assert gpu is not None
    assert (gpu.name, gpu.utilisation, gpu.history[0]) == ("recorded", 93.0, (100.0, 90.0))


def test_a_share_is_shown_in_percent_unless_the_name_says_that_it_is() -> None:
    share, percent = recorded_gpu(run_with(gpu_util=[0.5, 0.9])), recorded_gpu(run_with(gpu_util_percent=[0.5, 0.9]))
    assert share is not None
    assert percent is not None
    assert (share.utilisation, percent.utilisation) == (90.0, 0.9)


def test_a_log_without_a_gpu_or_without_times_has_none() -> None:
    run = run_snapshot()
    assert recorded_gpu(run) is None
    untimed = replace(run, metrics=(curve("gpu_util", [50.0, 60.0], start=float("nan")),))
    assert recorded_gpu(untimed) is None
    assert recorded_gpu(replace(run, metrics=(curve("gpu_util", [float("nan")]),))) is None
