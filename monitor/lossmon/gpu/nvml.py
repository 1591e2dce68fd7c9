"""A session with the NVIDIA driver: every GPU and MIG instance, each with its own trouble."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from types import ModuleType
from typing import NamedTuple

from lossmon.gpu.device import NOT_FOUND, Device, words
from lossmon.gpu.processes import Known
from lossmon.gpu.types import Gpu, GpuProcess


class _Listing(NamedTuple):
    """The processes of one device, and why they could not be listed."""

    processes: tuple[GpuProcess, ...]
    trouble: str


class Nvml:
    """Open from construction, which may raise NVMLError, to :meth:`close`."""

    def __init__(self, library: ModuleType, look: Callable[[int], Known]) -> None:
        self._library = library
        self._look = look
        self._listings: dict[str, _Listing] = {}
        self._known: dict[int, tuple[str, str]] = {}
        library.nvmlInit()

    def close(self) -> None:
        """End the session, whatever state the driver is in."""
        try:
            self._library.nvmlShutdown()
        except self._library.NVMLError:
            return

    def read(self, list_processes: bool) -> dict[str, Gpu]:
        """Return every device by what identifies it; raise NVMLError if the driver itself fails.

        To list processes holds a lock of the driver for milliseconds: without *list_processes* the last list is given.
        """
        if list_processes:
            self._listings.clear()
        return {
            identity: gpu
            for index in range(self._library.nvmlDeviceGetCount())
            for identity, gpu in self._devices_at(index)
        }

    def _devices_at(self, index: int) -> Iterator[tuple[str, Gpu]]:
        """Yield the GPU *index*, then its MIG instances."""
        try:
            device = Device(self._library, self._library.nvmlDeviceGetHandleByIndex(index))
        except self._library.NVMLError as error:
            identity, name = self._known.get(index, (str(index), "GPU"))
            yield identity, Gpu(index, name, trouble=words(error))
            return
        identity, name = self._recognised(index, device)
        if not device.in_mig_mode():
            yield identity, self._with_processes(identity, device, _whole(index, name, device))
            return
        instances = list(self._instances(index, device))
        if not instances:
            device.trouble = device.trouble or "MIG is on, but it has no instances"
        yield identity, _card(index, name, device)
        yield from instances

    def _recognised(self, index: int, device: Device) -> tuple[str, str]:
        """Return identity and name of the GPU *index*: those it had, if it cannot say any more."""
        identity, name = self._known.get(index, (str(index), "GPU"))
        known = device.text("nvmlDeviceGetUUID") or identity, device.text("nvmlDeviceGetName") or name
        self._known[index] = known
        return known

    def _instances(self, index: int, card: Device) -> Iterator[tuple[str, Gpu]]:
        for number in range(card.ask("nvmlDeviceGetMaxMigDeviceCount") or 0):
            try:
                handle = self._library.nvmlDeviceGetMigDeviceHandleByIndex(card.handle, number)
            except self._library.NVMLError as error:
                if error.value != NOT_FOUND:  # which is how NVML says that this place is free
                    card.trouble = card.trouble or words(error)
                continue
            device = Device(self._library, handle)
            identity = device.text("nvmlDeviceGetUUID") or f"{index}:{number}"
            name = device.text("nvmlDeviceGetName") or "MIG"
            instance = replace(_described(index, name, device), instance=number)
            yield identity, self._with_processes(identity, device, instance)

    def _with_processes(self, identity: str, device: Device, gpu: Gpu) -> Gpu:
        listing = self._listings.get(identity)
        if listing is None:
            lister = Device(self._library, device.handle)
            listing = self._listings[identity] = _Listing(lister.processes(self._look), lister.trouble)
        return replace(gpu, processes=listing.processes, trouble=device.trouble or listing.trouble)


def _described(index: int, name: str, device: Device) -> Gpu:
    """Return what a whole GPU and a MIG instance both have."""
    used, total = device.memory()
    return Gpu(index, name, memory_used=used, memory_total=total)


def _card(index: int, name: str, device: Device) -> Gpu:
    """Return what belongs to a card, divided or not."""
    described = _described(index, name, device)
    temperature, power = device.temperature(), device.power()
    return replace(described, temperature=temperature, power=power, trouble=device.trouble)


def _whole(index: int, name: str, device: Device) -> Gpu:
    return replace(_card(index, name, device), utilisation=device.utilisation())
