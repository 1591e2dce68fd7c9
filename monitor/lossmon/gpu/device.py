"""Asks one device through NVML, one call a field, so that a field that fails takes nothing else with it."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any, TypeAlias

from lossmon.core.text import sanitize
from lossmon.gpu.processes import Known
from lossmon.gpu.types import GpuProcess

Handle: TypeAlias = Any
"""NVML's opaque handle of a device."""

# The numbers are NVML's stable interface (nvmlReturn_t in nvml.h); bindings differ in the names they give them.
NOT_FOUND = 6
NO_DRIVER = 12
_UNSUPPORTED = frozenset({3, 13})  # by this GPU, or by this version of the driver
_WORDS = {
    1: "NVML was shut down by someone else",
    4: "no permission to ask the NVIDIA driver",
    9: "an NVIDIA driver is installed but not loaded",
    10: "the NVIDIA driver did not answer in time",
    NO_DRIVER: "no NVIDIA driver on this machine",
    15: "lost: the driver cannot reach it; a reset or a reboot is needed",
    16: "needs a reset before it can be used again",
    17: "the operating system blocks the NVIDIA driver",
    18: "the NVIDIA driver was updated while the old one runs; a reboot is needed",
    28: "no GPU was found",
    999: "the NVIDIA driver reports an unknown error",
}
_TEMPERATURE_OF_GPU = 0
_MEMORY_V2 = 0x02000028


def words(error: Exception) -> str:
    """Return what an NVMLError means, for a person."""
    return _WORDS.get(getattr(error, "value", 0)) or f"NVML: {sanitize(str(error), 80)}"


class Device:
    """A whole GPU or a MIG instance."""

    def __init__(self, library: ModuleType, handle: Handle) -> None:
        self.handle = handle
        self.trouble = ""
        """The first error that is worth telling; that a field is not supported is none."""
        self._library = library

    def ask(self, function: str, *arguments: object, quiet: bool = False) -> Any:  # noqa: ANN401
        """Return what *function* of NVML says of this device, None if it cannot; *quiet*: that is no trouble."""
        try:
            return getattr(self._library, function)(self.handle, *arguments)
        except self._library.NVMLError as error:
            if not (quiet or self.trouble or error.value in _UNSUPPORTED):
                self.trouble = words(error)
        except UnicodeDecodeError:
            self.trouble = self.trouble or "the driver's text is not readable"
        return None

    def text(self, function: str) -> str:
        """Return a text, which is bytes in some bindings, safe to show; empty if NVML cannot say."""
        answer = self.ask(function)
        return sanitize(answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer or "")

    def memory(self) -> tuple[int | None, int | None]:
        """Return bytes in use and in all: as nvidia-smi does, without what the driver keeps for itself."""
        memory = self.ask("nvmlDeviceGetMemoryInfo", _MEMORY_V2, quiet=True) or self.ask("nvmlDeviceGetMemoryInfo")
        return (int(memory.used), int(memory.total)) if memory else (None, None)

    def temperature(self) -> float | None:
        """Return degrees Celsius."""
        return _number(self.ask("nvmlDeviceGetTemperature", _TEMPERATURE_OF_GPU))

    def power(self) -> float | None:
        """Return watts."""
        milliwatts = _number(self.ask("nvmlDeviceGetPowerUsage"))
        return None if milliwatts is None else milliwatts / 1000

    def utilisation(self) -> float | None:
        """Return the percent of time in which any kernel ran."""
        rates = self.ask("nvmlDeviceGetUtilizationRates")
        return None if rates is None else float(rates.gpu)

    def in_mig_mode(self) -> bool:
        """Say whether it is divided into MIG instances."""
        mode = self.ask("nvmlDeviceGetMigMode", quiet=True)
        return bool(mode and mode[0])

    def processes(self, look: Callable[[int], Known]) -> tuple[GpuProcess, ...]:
        """Return the processes that compute on it, the largest first."""
        memory = {int(one.pid): one.usedGpuMemory for one in self.ask("nvmlDeviceGetComputeRunningProcesses") or ()}
        largest_first = sorted(memory, key=lambda pid: (-(memory[pid] or 0), pid))
        known = {pid: look(pid) for pid in largest_first}
        return tuple(GpuProcess(pid, seen.command, memory[pid], seen.paths) for pid, seen in known.items())


def _number(answer: Any) -> float | None:  # noqa: ANN401
    return None if answer is None else float(answer)
