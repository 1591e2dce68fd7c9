"""The thread that samples GPUs at its own pace, so that a driver that hangs stalls nothing else."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from types import ModuleType

from lossmon.gpu.probe import Probe
from lossmon.gpu.types import Gpu, GpuSnapshot

_PATIENCE = 5
_PATIENCE_TO_CLOSE = 0.1


class GpuSampler:
    """Samples from construction until :meth:`close`; any thread may ask it, and none of its methods waits for NVML.

    *library* is pynvml or a module like it, imported when None; *interval* is in seconds; *clock* gives seconds since
    1970, *monotonic* seconds that never go back.
    """

    def __init__(
        self,
        library: ModuleType | None = None,
        interval: float = 2.0,
        clock: Callable[[], float] = time.time,
        *,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._clock = clock
        self._monotonic = monotonic
        self._changed = threading.Condition()
        self._closing = threading.Event()
        self._ended = False
        self._newest: GpuSnapshot | None = None
        self._handed_out: GpuSnapshot | None = None
        self._overdue_told = ""
        self._asked_at: float | None = None
        self._probe = Probe(library, interval, clock, monotonic)
        self._thread = threading.Thread(target=self._run, name="gpu", daemon=True)
        self._thread.start()

    def latest(self) -> GpuSnapshot | None:
        """Return the newest snapshot, None before the first; once NVML hangs, one that says so."""
        return self._overdue() or self._newest

    def wait_for_snapshot(self, timeout: float) -> GpuSnapshot | None:
        """Return a snapshot newer than the last one handed out, or None if there is none within *timeout* seconds."""
        with self._changed:
            self._changed.wait_for(self._has_news, timeout)
            if self._ended and not self._closing.is_set():
                raise RuntimeError("the GPU thread died of an error; its traceback went to stderr")
            if self._newest is not self._handed_out:
                self._handed_out, self._overdue_told = self._newest, ""
                return self._newest
        overdue = self._overdue()
        if overdue is None or overdue.reason == self._overdue_told:
            return None
        self._overdue_told = overdue.reason
        return overdue

    def close(self) -> None:
        """Stop sampling; a thread that hangs in the driver is left behind."""
        self._closing.set()
        with self._changed:
            self._changed.notify_all()
        self._thread.join(_PATIENCE_TO_CLOSE)

    def _has_news(self) -> bool:
        return self._newest is not self._handed_out or self._ended or self._closing.is_set()

    def _run(self) -> None:
        try:
            while not self._closing.is_set():
                self._asked_at = self._monotonic()
                snapshot = self._probe.sample()
                self._asked_at = None
                self._publish(snapshot)
                self._closing.wait(self._probe.pause)
            self._probe.close()
        finally:
            with self._changed:
                self._ended = True
                self._changed.notify_all()

    def _publish(self, snapshot: GpuSnapshot) -> None:
        """Make *snapshot* the newest, unless it only repeats why there is nothing to see."""
        newest = self._newest
        if newest and not snapshot.gpus and not newest.gpus and newest.reason == snapshot.reason:
            return
        with self._changed:
            self._newest = snapshot
            self._changed.notify_all()

    def _overdue(self) -> GpuSnapshot | None:
        """Return what to show while NVML hangs: the GPUs there were, none of their old numbers."""
        asked_at = self._asked_at
        silent = 0.0 if asked_at is None else self._monotonic() - asked_at
        if silent < _PATIENCE:
            return None
        gpus = tuple(_unanswered(gpu) for gpu in self._newest.gpus) if self._newest else ()
        return GpuSnapshot(gpus, f"NVML has not answered for {_spoken(silent)}", self._clock())


def _unanswered(gpu: Gpu) -> Gpu:
    return Gpu(
        gpu.index,
        gpu.name,
        memory_total=gpu.memory_total,
        trouble="not answering",
        history=gpu.history,
        instance=gpu.instance,
    )


def _spoken(seconds: float) -> str:
    """Return a duration coarse enough that it does not change at every look."""
    return f"{int(seconds) // 5 * 5} s" if seconds < 60 else f"{int(seconds) // 60} min"
