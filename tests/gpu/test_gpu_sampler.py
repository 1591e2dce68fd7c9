"""The sampling thread hands out what is new, says when the driver hangs, and never waits for it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType

import pytest
from tests.support.scripted_nvml import GIB, Card, Nvml, Seconds

from lossmon.gpu import GpuSampler, GpuSnapshot


@contextmanager
def sampling(library: ModuleType, monotonic: Seconds | None = None) -> Iterator[GpuSampler]:
    sampler = GpuSampler(library, interval=0.0, clock=Seconds(1.0), monotonic=monotonic or Seconds())
    try:
        yield sampler
    finally:
        sampler.close()


class Hanging(Nvml):
    """Answers *answers* times, then blocks until released."""

    def __init__(self, answers: int) -> None:
        super().__init__(Card(processes=[(1, GIB)]))
        self.left = answers
        self.entered = threading.Event()
        self.released = threading.Event()

    def nvmlDeviceGetCount(self) -> int:  # noqa: N802
        if not self.left and not self.released.is_set():
            self.entered.set()
            self.released.wait(30)
        self.left = max(0, self.left - 1)
        return super().nvmlDeviceGetCount()


def test_next_hands_out_each_snapshot_once() -> None:
    library = Hanging(answers=1)
    with sampling(library) as sampler:
        snapshot = sampler.wait_for_snapshot(10)
        assert snapshot is not None
        assert snapshot.gpus[0].utilisation == 93.0
        assert sampler.latest() is snapshot
        assert library.entered.wait(10)
        assert sampler.wait_for_snapshot(0) is None
        library.released.set()
        newer = sampler.wait_for_snapshot(10)
        assert newer is not None
        assert newer is not snapshot


def test_a_driver_that_hangs_is_told_with_its_seconds_and_stalls_nothing() -> None:
    library, now = Hanging(answers=1), Seconds()
    with sampling(library, now) as sampler:
        assert sampler.wait_for_snapshot(10) is not None
        assert library.entered.wait(10)
        told = []
        for now.now in (1, 4.9, 5, 7, 10, 61, 100, 120):
            snapshot = sampler.wait_for_snapshot(0)
            told.append(snapshot and snapshot.reason)
        said = "NVML has not answered for"
        assert told == [None, None, f"{said} 5 s", None, f"{said} 10 s", f"{said} 1 min", None, f"{said} 2 min"]
        latest = sampler.latest()
        assert latest is not None
        (gpu,) = latest.gpus
        assert (gpu.name, gpu.trouble, gpu.utilisation) == ("NVIDIA H200", "not answering", None)
        assert (gpu.memory_used, gpu.processes, len(gpu.history)) == (None, (), 1)
        library.released.set()
        again = sampler.wait_for_snapshot(10)
        assert again is not None
        assert (again.reason, again.gpus[0].utilisation) == ("", 93.0)


def test_a_driver_that_never_answers_is_told_too() -> None:
    library, now = Hanging(answers=0), Seconds()
    with sampling(library, now) as sampler:
        assert library.entered.wait(10)
        assert (sampler.latest(), sampler.wait_for_snapshot(0)) == (None, None)
        now.now = 12
        assert sampler.wait_for_snapshot(0) == GpuSnapshot(reason="NVML has not answered for 10 s", taken=1.0)
        library.released.set()


def test_closing_does_not_wait_for_a_driver_that_hangs() -> None:
    library = Hanging(answers=0)
    sampler = GpuSampler(library)
    assert library.entered.wait(10)
    sampler.close()
    assert not library.closed.is_set()
    assert sampler.wait_for_snapshot(10) is None
    library.released.set()


def test_closing_ends_the_session() -> None:
    library = Nvml(Card())
    with sampling(library) as sampler:
        assert sampler.wait_for_snapshot(10) is not None
    assert library.closed.wait(10)


def test_a_sampler_that_rests_is_not_a_driver_that_hangs() -> None:
    now = Seconds()
    sampler = GpuSampler(Nvml(Card()), interval=1000.0, monotonic=now)
    first = sampler.wait_for_snapshot(10)
    now.now = 600
    assert sampler.wait_for_snapshot(0) is None
    assert sampler.latest() is first
    sampler.close()


class Counting(Nvml):
    """Sets *often* at the fifth sample after it was cleared."""

    def __init__(self) -> None:
        super().__init__()
        self.samples = 0
        self.often = threading.Event()

    def nvmlDeviceGetCount(self) -> int:  # noqa: N802
        self.samples = 0 if self.often.is_set() else self.samples + 1
        if self.samples == 5:
            self.often.set()
        return super().nvmlDeviceGetCount()


def test_the_same_reason_is_told_once() -> None:
    library = Counting()
    with sampling(library) as sampler:
        first = sampler.wait_for_snapshot(10)
        library.often.clear()
        assert library.often.wait(10)
        assert sampler.latest() is first
        assert sampler.wait_for_snapshot(0) is None
        library.cards.append(Card())
        second = sampler.wait_for_snapshot(10)
    assert first is not None
    assert second is not None
    assert (first.reason, second.reason) == ("the NVIDIA driver sees no GPU", "")


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_programming_error_on_the_thread_is_loud() -> None:
    library = Nvml(Card())
    library.nvmlDeviceGetCount = lambda: 1 // 0  # type: ignore[method-assign]
    with sampling(library) as sampler, pytest.raises(RuntimeError, match="GPU thread died"):
        sampler.wait_for_snapshot(10)
