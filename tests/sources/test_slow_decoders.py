"""A decoder that is slow gets few bytes at a time, and one that is far too slow gets no more."""

from __future__ import annotations

import os
from collections.abc import Iterator
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest
from tests.support import slow_source
from tests.support.slow_format import SlowFormat
from tests.support.training_logs import IMPROVING, keras_csv
from tests.support.watched_monitor import WatchedMonitor

from lossmon.core.errors import READING_STOPPED
from lossmon.sources.byte_source import ByteSource
from lossmon.sources.local_file import LocalFileReader
from lossmon.sources.location import LocalLocation
from lossmon.sources.pipe import PipeReader
from lossmon.sources.plugins import GROUP, Plugins
from lossmon.sources.protocol import Budget, Update
from lossmon.sources.time_allowance import FIRST_PIECE, MIN_PIECE
from lossmon_adapters import BUILTIN

MEGABYTE = 1 << 20
BUDGET = Budget()


def seconds_per_megabyte(seconds: float) -> SlowFormat:
    """Return a format whose decoders take *seconds* for each megabyte."""
    return SlowFormat(lambda data: seconds * len(data) / MEGABYTE)


def is_hostile(data: bytes) -> float:
    """Return the seconds for *data*: a minute if it holds the word "hostile"."""
    return 60.0 if b"hostile" in data else 0.0


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "log.slow"
    path.write_bytes(b"x" * 32 * MEGABYTE)
    return path


def opened(path: Path, slow: SlowFormat) -> ByteSource:
    return ByteSource(LocalFileReader(str(path)), slow, clock=slow.clock)


def poll_all(source: ByteSource) -> list[Update]:
    """Poll until there is nothing more."""
    updates = [source.poll(BUDGET)]
    while updates[-1].more:
        updates.append(source.poll(BUDGET))
    return updates


def updates_until_end(source: ByteSource, reader: PipeReader) -> Iterator[Update]:
    """Poll until the pipe has ended."""
    has_ended = False
    while not has_ended:
        has_ended = reader.has_ended
        yield source.poll(BUDGET)


def test_one_poll_takes_about_as_long_as_its_budget_however_slow_the_decoder_is(path: Path) -> None:
    slow = seconds_per_megabyte(2.0)
    source = opened(path, slow)
    for _ in range(50):
        before = slow.now
        assert source.poll(BUDGET).more
        assert slow.now - before < 2 * BUDGET.seconds


def test_a_fast_decoder_gets_as_many_bytes_as_a_poll_may_read(path: Path) -> None:
    slow = seconds_per_megabyte(0.001)
    assert poll_all(opened(path, slow))[-1].warnings == []
    assert (slow.sizes[0], max(slow.sizes), sum(slow.sizes)) == (FIRST_PIECE, BUDGET.bytes, 32 * MEGABYTE)


def test_a_decoder_that_is_far_too_slow_is_stopped_and_says_so(path: Path) -> None:
    slow = seconds_per_megabyte(100.0)
    updates = poll_all(opened(path, slow))
    (warning,) = updates[-1].warnings
    assert warning.startswith(READING_STOPPED)
    assert "s of CPU time" in warning
    assert slow.now < 10.0
    assert min(slow.sizes) == MIN_PIECE
    assert (updates[-1].progress, updates[-1].error) == (None, "")


def test_after_one_call_that_takes_a_minute_nothing_more_is_decoded(path: Path) -> None:
    slow = SlowFormat(is_hostile)
    path.write_bytes(b"x" * FIRST_PIECE + b"hostile" + b"x" * 32 * MEGABYTE)
    source = opened(path, slow)
    (warning,) = poll_all(source)[-1].warnings
    assert "60.0 s" in warning
    calls = len(slow.sizes)
    with path.open("ab") as log:
        log.write(b"hostile")
    assert [*source.poll(BUDGET).scalars, *source.last_line(), *source.finish().scalars] == []
    assert len(slow.sizes) == calls


def test_a_log_that_is_written_anew_is_decoded_again(path: Path) -> None:
    slow = SlowFormat(is_hostile)
    path.write_bytes(b"hostile")
    source = opened(path, slow)
    assert source.poll(BUDGET).warnings
    path.write_bytes(b"harmless again")
    update = source.poll(BUDGET)
    assert len(update.scalars) == 1
    assert update.reset == {""}
    assert not update.warnings


def test_lines_that_come_one_by_one_may_each_take_a_few_milliseconds(path: Path) -> None:
    slow = SlowFormat(lambda data: 0.004)
    path.write_bytes(b"")
    source = opened(path, slow)
    for _ in range(5000):
        with path.open("ab") as log:
            log.write(b"x")
        assert source.poll(BUDGET).warnings == []


def test_a_document_that_is_decoded_at_its_end_may_take_seconds(path: Path) -> None:
    slow = SlowFormat(lambda data: 8.0 if data.endswith(b"}") else 0.0)
    with path.open("ab") as log:
        log.write(b"}")
    assert poll_all(opened(path, slow))[-1].warnings == []


def test_what_writes_to_a_pipe_is_read_on_although_it_is_not_decoded() -> None:
    descriptor, writer = os.pipe()
    slow = SlowFormat(lambda data: 60.0)
    reader = PipeReader(descriptor, max_waiting=1000, may_block_writer=True)
    source = ByteSource(reader, slow, clock=slow.clock)
    for _ in range(100):
        os.write(writer, b"x" * 1000)
        source.poll(BUDGET)
    os.close(writer)
    states = [info.state for update in updates_until_end(source, reader) for info in update.runs.values()]
    assert (len(slow.sizes), reader.offset, states[-1]) == (1, 100_000, "finished")


@pytest.mark.parametrize(("seconds", "polls"), [(0.5, 100), (3.0, 3)])
def test_a_source_of_a_plugin_may_overrun_its_budget_but_not_for_long(
    path: Path, monkeypatch: pytest.MonkeyPatch, seconds: float, polls: int
) -> None:
    monkeypatch.setattr("time.thread_time", slow_source.clock)
    monkeypatch.setattr(slow_source, "SECONDS", [seconds])
    (factory,) = Plugins([EntryPoint("slow", "tests.support.slow_source:SlowFactory", GROUP)]).factories
    source = factory.open(LocalLocation(str(path), path.name, "file", os.listdir))
    updates = [source.poll(BUDGET) for _ in range(100)]
    assert sum(bool(update.size) for update in updates) == polls
    stopped = [update.error for update in updates if update.error]
    assert all(error.startswith(f"{READING_STOPPED}: plug-in slow: one poll took 3.0 s") for error in stopped)


def test_the_other_logs_are_shown_and_the_run_says_what_happened(
    tmp_path: Path, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def take_time(data: bytes) -> float:
        seconds = 100.0 * len(data) / MEGABYTE
        watched.clock.now += seconds
        return seconds

    slow = SlowFormat(take_time)
    monkeypatch.setattr("time.thread_time", slow.clock)
    (tmp_path / "other.csv").write_text(keras_csv(IMPROVING))
    watched = WatchedMonitor(tmp_path, formats=(*BUILTIN, slow))
    first = watched.monitor.wait_for_snapshot(1)
    assert first is not None
    assert slow.now < 2.0
    assert [run.format for run in first.runs if run.history] == ["keras-csv"]
    snapshot = watched.look()
    (stopped,) = (run for run in snapshot.runs if run.format == "slow")
    assert stopped.warnings[0].startswith(READING_STOPPED)
