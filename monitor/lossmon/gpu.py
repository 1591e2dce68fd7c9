"""GPU utilisation, sampled beside the logs at its own pace; no GPU is a value, not an error."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class GpuProcess:
    """A process that uses a GPU."""

    pid: int
    command: str
    """Safe to show; empty where it is not known."""
    memory: int | None
    """Bytes."""


@dataclass(frozen=True, slots=True)
class Gpu:
    """One GPU at one moment; None where the device does not say."""

    index: int
    name: str
    utilisation: float | None = None
    """Percent of time in which any kernel ran."""
    memory_used: int | None = None
    """Bytes."""
    memory_total: int | None = None
    """Bytes."""
    temperature: float | None = None
    """Degrees Celsius."""
    power: float | None = None
    """Watts."""
    processes: tuple[GpuProcess, ...] = ()
    trouble: str = ""
    """What is wrong with this device, for instance ``lost``; the others go on."""
    history: tuple[tuple[float, float], ...] = ()
    """Recent samples, oldest first: seconds since 1970, utilisation in percent."""


@dataclass(frozen=True, slots=True)
class GpuSnapshot:
    """All GPUs at one moment."""

    gpus: tuple[Gpu, ...] = ()
    reason: str = ""
    """Why there are none, in words for a person; empty where there are some."""
    taken: float = 0.0
    """Seconds since 1970."""
