"""Samples the GPUs at an interval, on a thread of its own because a call of the driver may never return."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from types import ModuleType

from lossmon.gpu.nvml import NvmlSession, error_text, is_driver_missing
from lossmon.gpu.processes import ProcessInfo, read_process_info
from lossmon.gpu.types import Gpu, GpuSnapshot, UtilisationHistory

INTERVAL = 2.0
"""Seconds between two samples."""
_MIN_RETRY_SECONDS = 1.0
_MAX_RETRY_SECONDS = 60.0
"""Longest pause between two attempts to reach a driver or a device that fails."""
_PROCESS_LIST_SECONDS = 5.0
"""Interval between two listings of processes, which hold a lock of the driver."""
_HANG_SECONDS = 5
"""Time without an answer of the driver after which it is reported as hanging; also the step of that message."""
_CLOSE_SECONDS = 0.1
"""Longest wait for the thread to end."""


class GpuProbe:
    """Takes one sample of all GPUs for each call, and opens NVML again after it failed. Calls block if the driver does.

    *library* is pynvml or a module with its functions, imported when None. *interval* is in seconds. *clock* gives
    seconds since 1970, *monotonic* seconds that never go back.
    """

    def __init__(
        self,
        library: ModuleType | None,
        interval: float,
        clock: Callable[[], float],
        monotonic: Callable[[], float],
        read_process: Callable[[int], ProcessInfo] = read_process_info,
    ) -> None:
        self.pause = interval
        """Seconds to wait until the next sample; grows while NVML fails."""
        self._library = library
        self._interval = interval
        self._clock = clock
        self._monotonic = monotonic
        self._read_process = read_process
        self._session: NvmlSession | None = None
        self._histories: dict[str, UtilisationHistory] = {}
        self._processes_listed_at = float("-inf")
        self._reopen_after = interval
        self._device_error_since: float | None = None

    def sample(self) -> GpuSnapshot:
        """Read all GPUs. If the driver fails, the snapshot gives the reason, and the next call tries again."""
        library = self._library = self._library or _import_pynvml()
        if library is None:
            return self._failure("the Python package nvidia-ml-py is not installed")
        try:
            session = self._session = self._session or NvmlSession(library, self._read_process)
            gpus_by_uuid = session.read_gpus(self._should_list_processes())
        except library.NVMLError as error:
            self.close()
            return self._failure(error_text(error), driver=not is_driver_missing(error))
        self.pause = self._interval
        self._reopen_after_device_error(any(gpu.error for gpu in gpus_by_uuid.values()))
        now = self._clock()
        gpus = tuple(self._with_history(uuid, gpu, now) for uuid, gpu in gpus_by_uuid.items())
        return GpuSnapshot(gpus, "" if gpus else "the NVIDIA driver sees no GPU", now)

    def close(self) -> None:
        """End the session with the driver, if there is one."""
        session, self._session = self._session, None
        if session is not None:
            session.close()

    def _failure(self, reason: str, *, driver: bool = True) -> GpuSnapshot:
        """Double the pause and return a snapshot without GPUs."""
        self.pause = min(2 * max(self.pause, _MIN_RETRY_SECONDS), _MAX_RETRY_SECONDS)
        return GpuSnapshot(reason=reason, taken_at=self._clock(), has_driver=driver)

    def _should_list_processes(self) -> bool:
        now = self._monotonic()
        is_due = now - self._processes_listed_at >= _PROCESS_LIST_SECONDS
        if is_due:
            self._processes_listed_at = now
        return is_due

    def _reopen_after_device_error(self, has_error: bool) -> None:
        """Close the session at growing intervals while a device fails: only a new session notices a reset."""
        now = self._monotonic()
        if not has_error:
            self._device_error_since, self._reopen_after = None, self._interval
        elif self._device_error_since is None:
            self._device_error_since = now
        elif now - self._device_error_since >= self._reopen_after:
            self.close()
            self._device_error_since = now
            self._reopen_after = min(2 * self._reopen_after, _MAX_RETRY_SECONDS)

    def _with_history(self, uuid: str, gpu: Gpu, now: float) -> Gpu:
        history = self._histories.setdefault(uuid, UtilisationHistory())
        if gpu.utilisation is not None:
            history.add(now, gpu.utilisation)
        return replace(gpu, history=history.points())


def _import_pynvml() -> ModuleType | None:
    try:
        return import_module("pynvml")
    except ImportError:
        return None


class GpuSampler:
    """Samples from construction until :meth:`close`. Its methods may be called on any thread and never wait for NVML.

    The arguments are those of ``GpuProbe``.
    """

    def __init__(
        self,
        library: ModuleType | None = None,
        interval: float = INTERVAL,
        clock: Callable[[], float] = time.time,
        *,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._clock = clock
        self._monotonic = monotonic
        self._changed = threading.Condition()
        self._closing = threading.Event()
        self._has_ended = False
        self._newest: GpuSnapshot | None = None
        self._last_returned: GpuSnapshot | None = None
        self._last_hang_reason = ""
        self._call_started: float | None = None
        self._probe = GpuProbe(library, interval, clock, monotonic)
        self._thread = threading.Thread(target=self._run, name="gpu", daemon=True)
        self._thread.start()

    def latest(self) -> GpuSnapshot | None:
        """Return the newest snapshot, None before the first; while NVML hangs, a snapshot that reports it."""
        return self._hang_snapshot() or self._newest

    def wait_for_snapshot(self, timeout: float) -> GpuSnapshot | None:
        """Return a snapshot newer than the last one returned, or None if none arrives within *timeout* seconds.

        Raises ``RuntimeError`` if the sampling thread ended with an error.
        """
        with self._changed:
            self._changed.wait_for(self._has_news, timeout)
            if self._has_ended and not self._closing.is_set():
                raise RuntimeError("GPU sampling stopped after an internal error; its traceback is on standard error")
            if self._newest is not self._last_returned:
                self._last_returned, self._last_hang_reason = self._newest, ""
                return self._newest
        hang = self._hang_snapshot()
        if hang is None or hang.reason == self._last_hang_reason:
            return None
        self._last_hang_reason = hang.reason
        return hang

    def close(self) -> None:
        """Stop sampling; a thread that hangs in the driver is abandoned."""
        self._closing.set()
        with self._changed:
            self._changed.notify_all()
        self._thread.join(_CLOSE_SECONDS)

    def _has_news(self) -> bool:
        return self._newest is not self._last_returned or self._has_ended or self._closing.is_set()

    def _run(self) -> None:
        """Sample until closed; the body of the thread."""
        try:
            while not self._closing.is_set():
                self._call_started = self._monotonic()
                snapshot = self._probe.sample()
                self._call_started = None
                self._publish(snapshot)
                self._closing.wait(self._probe.pause)
            self._probe.close()
        finally:
            with self._changed:
                self._has_ended = True
                self._changed.notify_all()

    def _publish(self, snapshot: GpuSnapshot) -> None:
        """Make *snapshot* the newest, unless it only repeats the reason why there are no GPUs."""
        newest = self._newest
        if newest and not snapshot.gpus and not newest.gpus and newest.reason == snapshot.reason:
            return
        with self._changed:
            self._newest = snapshot
            self._changed.notify_all()

    def _hang_snapshot(self) -> GpuSnapshot | None:
        """Return the known GPUs without measurements if NVML hangs, else None."""
        started = self._call_started
        waited = 0.0 if started is None else self._monotonic() - started
        if waited < _HANG_SECONDS:
            return None
        gpus = tuple(_without_measurements(gpu) for gpu in self._newest.gpus) if self._newest else ()
        return GpuSnapshot(gpus, f"NVML has not answered for {_rounded_duration(waited)}", self._clock())


def _without_measurements(gpu: Gpu) -> Gpu:
    return Gpu(
        gpu.index,
        gpu.name,
        memory_total=gpu.memory_total,
        error="not answering",
        history=gpu.history,
        instance=gpu.instance,
    )


def _rounded_duration(seconds: float) -> str:
    """Return a duration in steps of 5 seconds, from one minute on of 1 minute, so that the message seldom changes.

    >>> _rounded_duration(14.0)
    '10 s'
    """
    if seconds < 60:
        return f"{int(seconds) // _HANG_SECONDS * _HANG_SECONDS} s"
    return f"{int(seconds) // 60} min"
