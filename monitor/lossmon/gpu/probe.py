"""Samples all GPUs, opening NVML when that works and again after it failed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from types import ModuleType

from lossmon.gpu.device import NO_DRIVER, words
from lossmon.gpu.history import Utilisation
from lossmon.gpu.nvml import Nvml
from lossmon.gpu.processes import Known, known
from lossmon.gpu.types import Gpu, GpuSnapshot

_LONGEST_PAUSE = 60.0
_PROCESSES_EVERY = 5.0


class Probe:
    """One sample a call; it blocks for as long as the driver does, so it belongs on a thread of its own."""

    def __init__(
        self,
        library: ModuleType | None,
        interval: float,
        clock: Callable[[], float],
        monotonic: Callable[[], float],
        look: Callable[[int], Known] = known,
    ) -> None:
        self.pause = interval
        """Seconds to wait until the next sample: the interval, longer while NVML keeps failing."""
        self._library = library
        self._interval = interval
        self._clock = clock
        self._monotonic = monotonic
        self._look = look
        self._session: Nvml | None = None
        self._histories: dict[str, Utilisation] = {}
        self._listed = float("-inf")
        self._patience = interval
        self._in_trouble_since: float | None = None

    def sample(self) -> GpuSnapshot:
        """Ask every GPU; a driver that fails is a reason in the snapshot, and is tried again later."""
        library = self._library = self._library or _pynvml()
        if library is None:
            return self._failed("the Python package nvidia-ml-py is not installed")
        try:
            session = self._session = self._session or Nvml(library, self._look)
            devices = session.read(self._processes_are_due())
        except library.NVMLError as error:
            self.close()
            return self._failed(words(error), driver=getattr(error, "value", 0) != NO_DRIVER)
        self.pause = self._interval
        self._reopen_if_in_trouble(any(gpu.trouble for gpu in devices.values()))
        now = self._clock()
        gpus = tuple(self._with_history(identity, gpu, now) for identity, gpu in devices.items())
        return GpuSnapshot(gpus, "" if gpus else "the NVIDIA driver sees no GPU", now)

    def close(self) -> None:
        """End the session with the driver, if there is one."""
        session, self._session = self._session, None
        if session is not None:
            session.close()

    def _failed(self, reason: str, *, driver: bool = True) -> GpuSnapshot:
        self.pause = min(2 * max(self.pause, 1.0), _LONGEST_PAUSE)
        return GpuSnapshot(reason=reason, taken=self._clock(), driver=driver)

    def _processes_are_due(self) -> bool:
        now = self._monotonic()
        due = now - self._listed >= _PROCESSES_EVERY
        if due:
            self._listed = now
        return due

    def _reopen_if_in_trouble(self, trouble: bool) -> None:
        """Close the session now and then while a device is in trouble: only a new one sees that it was reset."""
        now = self._monotonic()
        if not trouble:
            self._in_trouble_since, self._patience = None, self._interval
        elif self._in_trouble_since is None:
            self._in_trouble_since = now
        elif now - self._in_trouble_since >= self._patience:
            self.close()
            self._in_trouble_since, self._patience = now, min(2 * self._patience, _LONGEST_PAUSE)

    def _with_history(self, identity: str, gpu: Gpu, now: float) -> Gpu:
        history = self._histories.setdefault(identity, Utilisation())
        if gpu.utilisation is not None:
            history.add(now, gpu.utilisation)
        return replace(gpu, history=history.points())


def _pynvml() -> ModuleType | None:
    try:
        return import_module("pynvml")
    except ImportError:
        return None
