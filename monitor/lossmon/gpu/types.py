"""What is known of the GPUs at one moment: frozen, picklable values."""

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
    paths: tuple[str, ...] = ()
    """Absolute paths it has to do with, the most telling first, by which it can be told what it trains; not to show."""


@dataclass(frozen=True, slots=True)
class Gpu:
    """One GPU, or one MIG instance of it, at one moment; None where the device does not say."""

    index: int
    name: str
    utilisation: float | None = None
    """Percent of time in which any kernel ran; None also on MIG, where the driver does not measure it."""
    memory_used: int | None = None
    """Bytes."""
    memory_total: int | None = None
    """Bytes."""
    temperature: float | None = None
    """Degrees Celsius."""
    power: float | None = None
    """Watts."""
    processes: tuple[GpuProcess, ...] = ()
    """Those that compute, the largest first."""
    trouble: str = ""
    """What is wrong with this device, for instance ``lost``; the others go on."""
    history: tuple[tuple[float, float], ...] = ()
    """Samples, oldest first: seconds since 1970, utilisation in percent; older ones are means over longer times."""
    instance: int | None = None
    """Number of the MIG instance on the GPU *index*; None for a whole GPU."""


@dataclass(frozen=True, slots=True)
class GpuSnapshot:
    """All GPUs at one moment."""

    gpus: tuple[Gpu, ...] = ()
    reason: str = ""
    """Why there are none, or why none of them answers, in words for a person; empty while they do."""
    taken: float = 0.0
    """Seconds since 1970."""
    driver: bool = True
    """Whether the machine has a driver that GPUs could be seen by; where it has none, nobody misses them."""
