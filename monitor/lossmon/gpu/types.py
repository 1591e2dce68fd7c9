"""The state of the GPUs at one moment, as frozen and picklable values, and the history of their utilisation."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

RECENT_SAMPLES = 240
"""Newest samples of a GPU that are kept as they were measured."""
MAX_MEANS = 1000
"""Means over older samples that are kept at most."""


@dataclass(frozen=True, slots=True)
class GpuProcess:
    """A process that uses a GPU."""

    pid: int
    command: str
    """Program and script, safe to show; empty where unknown."""
    memory: int | None
    """Bytes of GPU memory."""
    paths: tuple[str, ...] = ()
    """Absolute paths that the process uses, best evidence of the run that it trains first. Not to be shown."""


@dataclass(frozen=True, slots=True)
class Gpu:
    """One GPU, or one MIG instance of a GPU; a field is None where the device does not report it."""

    index: int
    name: str
    utilisation: float | None = None
    """Percent of time in which any kernel ran; None for MIG, where the driver does not measure it."""
    memory_used: int | None = None
    """Bytes."""
    memory_total: int | None = None
    """Bytes."""
    temperature: float | None = None
    """Degrees Celsius."""
    power: float | None = None
    """Watts."""
    processes: tuple[GpuProcess, ...] = ()
    """Processes that compute on it, the one with most memory first."""
    error: str = ""
    """What is wrong with this device; empty if nothing is."""
    history: tuple[tuple[float, float], ...] = ()
    """Seconds since 1970 and utilisation in percent, oldest first; old entries are means over several samples."""
    instance: int | None = None
    """Number of the MIG instance within the GPU *index*; None for a whole GPU."""


@dataclass(frozen=True, slots=True)
class GpuSnapshot:
    """All GPUs at one moment."""

    gpus: tuple[Gpu, ...] = ()
    reason: str = ""
    """Why there are no GPUs, or why none of them answers; empty otherwise."""
    taken_at: float = 0.0
    """Seconds since 1970."""
    has_driver: bool = True
    """False on a machine without a GPU driver, where no GPUs are expected."""


class UtilisationHistory:
    """Utilisation of one GPU in bounded memory: the newest samples, and means over equal numbers of older samples.

    When *max_means* means are stored, neighbours are merged and each later mean covers twice as many samples. So
    at least *max_means* / 2 means always cover the old samples evenly, more than a chart has columns.
    """

    def __init__(self, recent_samples: int = RECENT_SAMPLES, max_means: int = MAX_MEANS) -> None:
        self._recent: deque[tuple[float, float]] = deque()
        self._means: list[tuple[float, float]] = []
        self._not_averaged: list[tuple[float, float]] = []
        self._samples_per_mean = 1
        self._recent_samples = recent_samples
        self._max_means = max_means

    def add(self, time: float, percent: float) -> None:
        """Append the sample measured at *time*, in seconds since 1970."""
        self._recent.append((time, percent))
        if len(self._recent) > self._recent_samples:
            self._not_averaged.append(self._recent.popleft())
        if len(self._not_averaged) == self._samples_per_mean:
            self._means.append(_mean(self._not_averaged))
            self._not_averaged.clear()
        if len(self._means) == self._max_means:
            self._means = [_mean(self._means[at : at + 2]) for at in range(0, self._max_means, 2)]
            self._samples_per_mean *= 2

    def points(self) -> tuple[tuple[float, float], ...]:
        """Return time and utilisation of all means and samples, oldest first.

        >>> history = UtilisationHistory()
        >>> history.add(1.7e9, 93.0)
        >>> history.points()
        ((1700000000.0, 93.0),)
        """
        partial_mean = [_mean(self._not_averaged)] if self._not_averaged else []
        return (*self._means, *partial_mean, *self._recent)


def _mean(samples: list[tuple[float, float]]) -> tuple[float, float]:
    """Return the time of the first sample and the mean utilisation."""
    return samples[0][0], sum(percent for _, percent in samples) / len(samples)
