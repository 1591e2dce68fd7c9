"""GPUs and MIG instances, read through NVIDIA's library NVML; an error of one device does not affect the others."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from types import ModuleType
from typing import Any, NamedTuple, TypeAlias

from lossmon.core.text import sanitize
from lossmon.gpu.processes import ProcessInfo
from lossmon.gpu.types import Gpu, GpuProcess

DeviceHandle: TypeAlias = Any
"""NVML's opaque handle of a device."""

# Error codes are nvmlReturn_t in nvml.h, which is stable; Python bindings differ in the names they give them.
_NOT_FOUND = 6
_UNSUPPORTED = frozenset({3, 13})
"""The GPU, or this version of the driver, lacks the function."""
_LIBRARY_NOT_FOUND = 12
_ERROR_TEXTS = {
    1: "NVML was shut down",
    4: "no permission to use the NVIDIA driver",
    9: "an NVIDIA driver is installed but not loaded",
    10: "the NVIDIA driver did not answer in time",
    _LIBRARY_NOT_FOUND: "no NVIDIA driver on this machine",
    15: "the driver lost contact with it; reset it or reboot",
    16: "needs a reset",
    17: "the operating system blocks the NVIDIA driver",
    18: "the NVIDIA driver was updated but the old one is still loaded; reboot",
    28: "no GPU was found",
    999: "the NVIDIA driver reports an unknown error",
}
_MAX_ERROR_CHARACTERS = 80
"""Longest text of an error that has no entry in ``_ERROR_TEXTS``."""

_SENSOR_OF_GPU = 0
"""NVML_TEMPERATURE_GPU in nvml.h."""
_MEMORY_INFO_V2 = 0x02000028
"""nvmlMemory_v2 in nvml.h: version 2 of a structure of 40 bytes."""


def error_text(error: Exception) -> str:
    """Return the meaning of an ``NVMLError`` in plain words.

    >>> from pynvml import NVMLError
    >>> error_text(NVMLError(9))
    'an NVIDIA driver is installed but not loaded'
    """
    return _ERROR_TEXTS.get(_error_code(error)) or f"NVML: {sanitize(str(error), _MAX_ERROR_CHARACTERS)}"


def is_driver_missing(error: Exception) -> bool:
    """Return whether an ``NVMLError`` means that the machine has no NVIDIA driver."""
    return _error_code(error) == _LIBRARY_NOT_FOUND


def _error_code(error: Exception) -> int:
    return getattr(error, "value", 0)


class NvmlDevice:
    """A whole GPU or a MIG instance, read with one call for each field, so that one failing field costs only itself."""

    def __init__(self, library: ModuleType, handle: DeviceHandle) -> None:
        self.handle = handle
        self.error = ""
        """The first error that a call returned; unsupported fields do not count."""
        self._library = library

    def query(self, function: str, *arguments: object, quiet: bool = False) -> Any:  # noqa: ANN401
        """Return the result of an NVML function for this device, or None if it fails.

        A failure is stored in ``error`` unless *quiet* is set.
        """
        try:
            return getattr(self._library, function)(self.handle, *arguments)
        except self._library.NVMLError as error:
            if not (quiet or self.error or error.value in _UNSUPPORTED):
                self.error = error_text(error)
        except UnicodeDecodeError:
            self.error = self.error or "the driver's text is not readable"
        return None

    def query_text(self, function: str) -> str:
        """Return the text that an NVML function gives, safe to show; empty if it fails."""
        answer = self.query(function)
        # Old bindings return bytes.
        return sanitize(answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer or "")

    def memory(self) -> tuple[int | None, int | None]:
        """Return used and total bytes; as in nvidia-smi, memory reserved by the driver does not count as used."""
        memory = self.query("nvmlDeviceGetMemoryInfo", _MEMORY_INFO_V2, quiet=True)
        memory = memory or self.query("nvmlDeviceGetMemoryInfo")
        return (int(memory.used), int(memory.total)) if memory else (None, None)

    def temperature(self) -> float | None:
        """Return degrees Celsius."""
        return _as_float(self.query("nvmlDeviceGetTemperature", _SENSOR_OF_GPU))

    def power(self) -> float | None:
        """Return watts."""
        milliwatts = _as_float(self.query("nvmlDeviceGetPowerUsage"))
        return None if milliwatts is None else milliwatts / 1000

    def utilisation(self) -> float | None:
        """Return the percentage of time in which any kernel ran."""
        rates = self.query("nvmlDeviceGetUtilizationRates")
        return None if rates is None else float(rates.gpu)

    def is_in_mig_mode(self) -> bool:
        """Return whether the GPU is divided into MIG instances."""
        mode = self.query("nvmlDeviceGetMigMode", quiet=True)
        return bool(mode and mode[0])

    def processes(self, read_process: Callable[[int], ProcessInfo]) -> tuple[GpuProcess, ...]:
        """Return the processes that compute on the device, the one with most memory first."""
        running = self.query("nvmlDeviceGetComputeRunningProcesses") or ()
        memory = {int(process.pid): process.usedGpuMemory for process in running}
        largest_first = sorted(memory, key=lambda pid: (-(memory[pid] or 0), pid))
        infos = {pid: read_process(pid) for pid in largest_first}
        return tuple(GpuProcess(pid, info.command, memory[pid], info.paths) for pid, info in infos.items())


def _as_float(answer: Any) -> float | None:  # noqa: ANN401
    return None if answer is None else float(answer)


class _ProcessList(NamedTuple):
    """The processes of one device, or the reason why they cannot be listed."""

    processes: tuple[GpuProcess, ...]
    error: str


class NvmlSession:
    """A session with the driver, open until :meth:`close`; the constructor may raise ``NVMLError``."""

    def __init__(self, library: ModuleType, read_process: Callable[[int], ProcessInfo]) -> None:
        self._library = library
        self._read_process = read_process
        self._process_lists: dict[str, _ProcessList] = {}
        self._identities: dict[int, tuple[str, str]] = {}
        """UUID and name of each GPU as last read."""
        library.nvmlInit()

    def close(self) -> None:
        """End the session; errors are ignored."""
        try:
            self._library.nvmlShutdown()
        except self._library.NVMLError:
            return

    def read_gpus(self, list_processes: bool) -> dict[str, Gpu]:
        """Return all GPUs and MIG instances by UUID. Raises ``NVMLError`` if the driver itself fails.

        Listing processes holds a lock of the driver for milliseconds. Without *list_processes* the previous lists are
        used.
        """
        if list_processes:
            self._process_lists.clear()
        return {uuid: gpu for index in range(self._library.nvmlDeviceGetCount()) for uuid, gpu in self._read_gpu(index)}

    def _read_gpu(self, index: int) -> Iterator[tuple[str, Gpu]]:
        """Yield the GPU *index*, then its MIG instances."""
        try:
            device = NvmlDevice(self._library, self._library.nvmlDeviceGetHandleByIndex(index))
        except self._library.NVMLError as error:
            uuid, name = self._last_identity(index)
            yield uuid, Gpu(index, name, error=error_text(error))
            return
        uuid, name = self._read_identity(index, device)
        if not device.is_in_mig_mode():
            yield uuid, self._with_processes(uuid, device, _read_undivided(index, name, device))
            return
        instances = list(self._read_instances(index, device))
        if not instances:
            device.error = device.error or "MIG is on, but it has no instances"
        yield uuid, _read_card(index, name, device)
        yield from instances

    def _last_identity(self, index: int) -> tuple[str, str]:
        return self._identities.get(index, (str(index), "GPU"))

    def _read_identity(self, index: int, device: NvmlDevice) -> tuple[str, str]:
        """Return UUID and name of the GPU *index*, the previous ones if it does not answer."""
        uuid, name = self._last_identity(index)
        identity = device.query_text("nvmlDeviceGetUUID") or uuid, device.query_text("nvmlDeviceGetName") or name
        self._identities[index] = identity
        return identity

    def _read_instances(self, index: int, card: NvmlDevice) -> Iterator[tuple[str, Gpu]]:
        """Yield the MIG instances of the GPU *index*."""
        for number in range(card.query("nvmlDeviceGetMaxMigDeviceCount") or 0):
            try:
                handle = self._library.nvmlDeviceGetMigDeviceHandleByIndex(card.handle, number)
            except self._library.NVMLError as error:
                # "Not found" is NVML's answer for a number that no instance has.
                if error.value != _NOT_FOUND:
                    card.error = card.error or error_text(error)
                continue
            device = NvmlDevice(self._library, handle)
            uuid = device.query_text("nvmlDeviceGetUUID") or f"{index}:{number}"
            name = device.query_text("nvmlDeviceGetName") or "MIG"
            instance = replace(_read_memory(index, name, device), instance=number)
            yield uuid, self._with_processes(uuid, device, instance)

    def _with_processes(self, uuid: str, device: NvmlDevice, gpu: Gpu) -> Gpu:
        """Return *gpu* with the processes on *device*, listed if no list of this round exists."""
        listed = self._process_lists.get(uuid)
        if listed is None:
            # A device object of its own, so that an error in listing stays with the list until the next listing.
            lister = NvmlDevice(self._library, device.handle)
            listed = self._process_lists[uuid] = _ProcessList(lister.processes(self._read_process), lister.error)
        return replace(gpu, processes=listed.processes, error=device.error or listed.error)


def _read_memory(index: int, name: str, device: NvmlDevice) -> Gpu:
    """Return what a whole GPU and a MIG instance both report."""
    used, total = device.memory()
    return Gpu(index, name, memory_used=used, memory_total=total)


def _read_card(index: int, name: str, device: NvmlDevice) -> Gpu:
    """Return what a GPU reports with and without MIG."""
    gpu = _read_memory(index, name, device)
    temperature, power = device.temperature(), device.power()
    return replace(gpu, temperature=temperature, power=power, error=device.error)


def _read_undivided(index: int, name: str, device: NvmlDevice) -> Gpu:
    """Return what a GPU without MIG reports."""
    return replace(_read_card(index, name, device), utilisation=device.utilisation())
