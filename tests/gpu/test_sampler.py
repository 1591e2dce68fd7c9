"""The sampling thread publishes each snapshot once, reports a driver that hangs, and never waits for it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType

import pytest
from tests.support.scripted_nvml import GIB, Card, ManualClock, ScriptedNvml

from lossmon.gpu import GpuSampler, GpuSnapshot


@contextmanager
def sampling(library: ModuleType, monotonic: ManualClock | None = None) -> Iterator[GpuSampler]:
    sampler = GpuSampler(library, interval=0.0, clock=ManualClock(1.0), monotonic=monotonic or ManualClock())
    try:
        yield sampler
    finally:
        sampler.close()


class HangingNvml(ScriptedNvml):
    """Answers *answers* times, then blocks until a test sets ``released``."""

    def __init__(self, answers: int) -> None:
        super().__init__(Card(processes=[(1, GIB)]))
        self.answers_left = answers
        self.entered = threading.Event()
        self.released = threading.Event()

    def nvmlDeviceGetCount(self) -> int:  # noqa: N802
        if not self.answers_left and not self.released.is_set():
            self.entered.set()
            self.released.wait(30)
        self.answers_left = max(0, self.answers_left - 1)
        return super().nvmlDeviceGetCount()


def test_each_snapshot_is_returned_once() -> None:
    library = HangingNvml(answers=1)
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


def test_a_hanging_driver_is_reported_with_its_duration_and_blocks_no_call() -> None:
    library, now = HangingNvml(answers=1), ManualClock()
    with sampling(library, now) as sampler:
        assert sampler.wait_for_snapshot(10) is not None
        assert library.entered.wait(10)
        reasons = []
        for now.now in (1, 4.9, 5, 7, 10, 61, 100, 120):
            snapshot = sampler.wait_for_snapshot(0)
            reasons.append(snapshot and snapshot.reason)
        text = "NVML has not answered for"
        assert reasons == [None, None, f"{text} 5 s", None, f"{text} 10 s", f"{text} 1 min", None, f"{text} 2 min"]
        latest = sampler.latest()
        assert latest is not None
        (gpu,) = latest.gpus
        assert (gpu.name, gpu.error, gpu.utilisation) == ("NVIDIA H200", "not answering", None)
        assert (gpu.memory_used, gpu.processes, len(gpu.history)) == (None, (), 1)
        library.released.set()
        again = sampler.wait_for_snapshot(10)
        assert again is not None
        assert (again.reason, again.gpus[0].utilisation) == ("", 93.0)


def test_a_driver_that_never_answered_is_reported_too() -> None:
    library, now = HangingNvml(answers=0), ManualClock()
    with sampling(library, now) as sampler:
        assert library.entered.wait(10)
        assert (sampler.latest(), sampler.wait_for_snapshot(0)) == (None, None)
        now.now = 12
        assert sampler.wait_for_snapshot(0) == GpuSnapshot(reason="NVML has not answered for 10 s", taken_at=1.0)
        library.released.set()


def test_closing_does_not_wait_for_a_hanging_driver() -> None:
    library = HangingNvml(answers=0)
    sampler = GpuSampler(library)
    assert library.entered.wait(10)
    sampler.close()
    assert not library.closed.is_set()
    assert sampler.wait_for_snapshot(10) is None
    library.released.set()


def test_closing_ends_the_session_with_the_driver() -> None:
    library = ScriptedNvml(Card())
    with sampling(library) as sampler:
        assert sampler.wait_for_snapshot(10) is not None
    assert library.closed.wait(10)


def test_a_pause_between_samples_is_not_reported_as_hanging() -> None:
    now = ManualClock()
    sampler = GpuSampler(ScriptedNvml(Card()), interval=1000.0, monotonic=now)
    first = sampler.wait_for_snapshot(10)
    now.now = 600
    assert sampler.wait_for_snapshot(0) is None
    assert sampler.latest() is first
    sampler.close()


class CountingNvml(ScriptedNvml):
    """Sets ``sampled_five_times`` at the fifth sample after a test cleared it."""

    def __init__(self) -> None:
        super().__init__()
        self.samples = 0
        self.sampled_five_times = threading.Event()

    def nvmlDeviceGetCount(self) -> int:  # noqa: N802
        self.samples = 0 if self.sampled_five_times.is_set() else self.samples + 1
        if self.samples == 5:
            self.sampled_five_times.set()
        return super().nvmlDeviceGetCount()


def test_a_reason_that_repeats_is_returned_once() -> None:
    library = CountingNvml()
    with sampling(library) as sampler:
        first = sampler.wait_for_snapshot(10)
        library.sampled_five_times.clear()
        assert library.sampled_five_times.wait(10)
        assert sampler.latest() is first
        assert sampler.wait_for_snapshot(0) is None
        library.cards.append(Card())
        second = sampler.wait_for_snapshot(10)
    assert first is not None
    assert second is not None
    assert (first.reason, second.reason) == ("the NVIDIA driver sees no GPU", "")


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_an_unexpected_error_on_the_thread_is_raised() -> None:
    library = ScriptedNvml(Card())
    library.nvmlDeviceGetCount = lambda: 1 // 0  # type: ignore[method-assign]
    with sampling(library) as sampler, pytest.raises(RuntimeError, match="GPU sampling stopped"):
        sampler.wait_for_snapshot(10)
