"""GPU utilisation that a training logged itself, for the chart on a machine without that GPU."""

from __future__ import annotations

import re
from typing import TypeAlias

import numpy as np

from lossmon.core.snapshot import Curve, RunSnapshot
from lossmon.gpu import Gpu

RECORDED, SIMULATED = "recorded", "simulated"
"""What the GPU of a log is called; the demo, which has none to record, simulates one."""
_WORDS = re.compile(r"[a-z]+|%")
_UTILISATION_WORDS = frozenset({"util", "utilization", "utilisation", "usage", "load", "busy"})
_OTHER_WORDS = ("mem", "power", "temp", "alloc", "clock", "enc", "dec", "fan", "pcie", "vram")
"""Beginnings of the words for what else is measured of a GPU."""

_Samples: TypeAlias = tuple[tuple[float, float], ...]


def is_utilisation(tag: str) -> bool:
    """Return whether *tag* is the utilisation of a GPU, by the names that trackers and people use.

    >>> [is_utilisation(tag) for tag in ("system/gpu_0_utilization_percentage", "system.gpu.0.gpu", "gpu_util")]
    [True, True, True]
    >>> [is_utilisation(tag) for tag in ("system/gpu_0_memory_usage_percentage", "system.gpu.0.powerPercent", "loss")]
    [False, False, False]
    """
    words = _WORDS.findall(tag.lower())
    if "gpu" not in words or any(word.startswith(_OTHER_WORDS) for word in words):
        return False
    return words[-1] == "gpu" or not _UTILISATION_WORDS.isdisjoint(words)


def recorded_gpu(run: RunSnapshot) -> Gpu | None:
    """Return the GPU whose utilisation *run* logged, the busiest of several; None if it logged none with times."""
    by_tag = {curve.tag.text: _samples(curve) for curve in run.metrics if is_utilisation(curve.tag.text)}
    tag = max((tag for tag in by_tag if by_tag[tag]), key=lambda tag: _mean(by_tag[tag]), default=None)
    if tag is None:
        return None
    name = SIMULATED if SIMULATED in tag else RECORDED
    return Gpu(0, name, by_tag[tag][-1][1], history=by_tag[tag])


def _samples(curve: Curve) -> _Samples:
    """Return (seconds since 1970, percent) of each sample that has a time, sorted by time."""
    known = np.isfinite(curve.wall_time) & np.isfinite(curve.value)
    times, used = curve.wall_time[known], curve.value[known]
    is_share = (
        len(used) > 0
        and used.max() <= 1.0
        and not {"percent", "percentage", "%"}.intersection(_WORDS.findall(curve.tag.text.lower()))
    )
    order = np.argsort(times, kind="stable")
    return tuple(zip(times[order].tolist(), (used[order] * (100.0 if is_share else 1.0)).tolist(), strict=True))


def _mean(samples: _Samples) -> float:
    return sum(percent for _, percent in samples) / len(samples)
