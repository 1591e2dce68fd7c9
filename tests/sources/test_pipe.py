"""A pipe is read at once, whoever is slow, and its log is recognised whenever its losses come."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.support.training_logs import keras_output

from lossmon.core.snapshot import RunStatus, Snapshot
from lossmon.monitor import Monitor, MonitorSettings
from lossmon.sources.byte_reader import Chunk
from lossmon.sources.pipe import PipeLocation, PipeReader, ProgramEnd
from lossmon_adapters import BUILTIN

SOON = 10.0
"""Seconds after which a test fails that waits for another thread."""


class Writer:
    """The program at the other end of the pipe."""

    def __init__(self, max_waiting: int = 1 << 20, *, may_block_writer: bool = False) -> None:
        source, self._end = os.pipe()
        self.reader = PipeReader(
            source, max_waiting=max_waiting, may_block_writer=may_block_writer, clock=lambda: 1000.0
        )

    def write(self, data: bytes) -> None:
        """Write, which waits only until the pipe takes it, and then until the reader has it."""
        before, _ = self.reader.version
        view = memoryview(data)
        while view:
            view = view[os.write(self._end, view) :]
        self._until(lambda: self.reader.version[0] == before + len(data))

    def close(self) -> None:
        os.close(self._end)
        self._until(lambda: self.reader.has_ended)

    def _until(self, condition: Callable[[], bool]) -> None:
        for _ in range(int(SOON / 0.001)):
            if condition():
                return
            threading.Event().wait(0.001)
        raise AssertionError("the pipe was not read in time")


@pytest.fixture
def writer() -> Writer:
    return Writer()


def test_bytes_come_in_order_each_of_them_once(writer: Writer) -> None:
    writer.write(b"one two three")
    assert writer.reader.poll(7) == Chunk(data=b"one two", size=13, modified=1000.0, more=True)
    assert writer.reader.poll(100) == Chunk(data=b" three", offset=7, size=13, modified=1000.0)
    assert writer.reader.poll(100) == Chunk(offset=13, size=13, modified=1000.0, changed=False)
    writer.write(b"!")
    writer.close()
    assert writer.reader.poll(100) == Chunk(data=b"!", offset=13, size=14, modified=1000.0, closed=True)


def test_a_writer_that_nobody_polls_is_never_stopped(writer: Writer) -> None:
    for _ in range(100):
        writer.write(b"x" * 99_999 + b"\n")
    assert len(writer.reader.poll(1 << 30).data) <= 1 << 20


def test_a_writer_that_may_wait_loses_nothing_once_its_log_is_read() -> None:
    writer = Writer(1000, may_block_writer=True)
    writer.write(b"first\n")
    read = [writer.reader.poll(100).data]

    def send() -> None:
        for _ in range(50):
            writer.write(b"x" * 999 + b"\n")
        writer.close()

    sender = threading.Thread(target=send)
    sender.start()
    while not (chunk := writer.reader.poll(500)).closed:
        read.append(chunk.data)
    sender.join(SOON)
    read.append(chunk.data)
    assert b"".join(read) == b"first\n" + (b"x" * 999 + b"\n") * 50
    assert not chunk.warnings


def test_a_writer_that_may_wait_does_not_while_its_log_is_not_recognised() -> None:
    writer = Writer(1000, may_block_writer=True)
    for _ in range(100):
        writer.write(b"x" * 99_999 + b"\n")
    writer.close()
    assert writer.reader.has_ended


def test_whole_lines_are_left_out_if_they_come_too_fast_and_it_is_said(writer: Writer) -> None:
    lines = [b"line %d\n" % number for number in range(300_000)]
    writer.write(b"line zero, begi")
    assert writer.reader.poll(4).data == b"line"
    for start in range(0, len(lines), 10_000):
        writer.write(b"".join(lines[start : start + 10_000]))
    chunk = writer.reader.poll(1 << 30)
    first, *others = chunk.data.splitlines(keepends=True)
    assert first == b" zero, begiline 0\n"
    assert set(others) <= set(lines)
    assert others[-1] == lines[-1]
    assert len(chunk.data) <= 1 << 20
    left_out = 15 + len(b"".join(lines)) - 4 - len(chunk.data)
    assert chunk.warnings == (f"{left_out} bytes left out: they came faster than they could be read",)


class Watched:
    """A monitor of a pipe with a clock that the test sets."""

    def __init__(self, writer: Writer, *paths: Path) -> None:
        self.now = 1000.0
        settings = MonitorSettings(poll=1.0, pipe=PipeLocation(writer.reader))
        roots = [str(path) for path in paths]
        self.monitor = Monitor(roots, BUILTIN, settings, clock=lambda: self.now, wall_clock=lambda: self.now)

    def look(self) -> Snapshot:
        last = None
        for _ in range(20):
            self.now += 1
            last = self.monitor.wait_for_snapshot(0) or last
        assert last
        return last


@pytest.fixture
def watch(writer: Writer) -> Iterator[Watched]:
    watched = Watched(writer)
    yield watched
    watched.monitor.close()


def test_losses_are_seen_as_they_come_and_the_end_of_the_pipe_is_that_of_the_run(
    writer: Writer, watch: Watched
) -> None:
    text = keras_output(12).encode()
    writer.write(text[: len(text) // 2])
    (run,) = watch.look().runs
    assert (run.name.text, run.status) == ("stdin.log", RunStatus.RUNNING)
    writer.write(text[len(text) // 2 :])
    writer.close()
    (run,) = watch.look().runs
    assert (run.history and len(run.history.x), run.status) == (12, RunStatus.ENDED)


@pytest.mark.parametrize("before", [b"", b"starting\n", b"warning: x\n" * 40_000])
def test_a_log_is_recognised_however_much_comes_before_the_first_loss(
    writer: Writer, watch: Watched, before: bytes
) -> None:
    writer.write(before or b"\n")
    assert watch.look().runs == ()
    writer.write(keras_output(12).encode())
    (run,) = watch.look().runs
    assert run.history
    assert len(run.history.x) == 12


def test_a_pipe_can_be_read_beside_files(tmp_path: Path, writer: Writer) -> None:
    (tmp_path / "training.log").write_text("epoch,loss,val_loss\n0,1,2\n1,0.5,1\n")
    writer.write(keras_output(12).encode())
    watched = Watched(writer, tmp_path)
    assert [run.name.text for run in watched.look().runs] == [str(tmp_path / "training.log"), "stdin.log"]
    watched.monitor.close()


def test_the_last_lines_are_kept_whether_they_are_a_log_or_not(writer: Writer, watch: Watched) -> None:
    writer.write(b"".join(b"line %d\n" % number for number in range(5000)))
    writer.write(b"\x1b[1mlast\x1b[0m without an end")
    output = watch.look().output
    assert output is not None
    assert len(output.lines) == 2001
    assert output.lines[-2:] == ("line 4999", "last without an end")
    assert output.ended_at is None


def test_a_run_whose_program_printed_a_traceback_has_failed_until_it_goes_on(writer: Writer, watch: Watched) -> None:
    epochs = [f"Epoch {epoch}: loss {1 / epoch:.3f} val_loss {1 / epoch:.3f}\n".encode() for epoch in range(1, 9)]
    writer.write(b"".join(epochs[:6]) + b"Traceback (most recent call last):\n  File x\nValueError: no\n")
    failed = watch.look()
    assert failed.output is not None
    assert (failed.output.failure, failed.runs[0].status) == ("ValueError: no", RunStatus.FAILED)
    writer.write(epochs[6])
    goes_on = watch.look()
    assert goes_on.output is not None
    assert (goes_on.output.failure, goes_on.runs[0].status) == ("", RunStatus.RUNNING)
    writer.write(b"Killed")
    writer.close()
    (run,) = watch.look().runs
    assert run.status is RunStatus.FAILED
    assert "the training failed, as its log says" in run.warnings


class Stream:
    """The output of a program that has ended."""

    def __init__(self, text: bytes, failure: str | None) -> None:
        self._blocks, self._failure = [text, b""], failure

    def read(self) -> bytes:
        return self._blocks.pop(0)

    def modified(self) -> float:
        return 2000.0

    def end(self) -> ProgramEnd:
        return ProgramEnd(3000.0, self._failure)


@pytest.mark.parametrize(
    ("text", "failure", "expected"),
    [
        (b"Traceback (most recent call last):\n  File x\nValueError: no\n", "exit status 1", "ValueError: no"),
        (b"Traceback (most recent call last):\n  File x\nValueError: no\n", "", ""),
        (b"Traceback (most recent call last):\n  File x\nValueError: no\n", None, "ValueError: no"),
        (b"loss: 1\n", "ended by SIGKILL", "ended by SIGKILL"),
        (b"loss: 1\n", "", ""),
    ],
)
def test_how_a_program_ended_is_known_better_by_its_exit_status_than_by_its_output(
    text: bytes, failure: str | None, expected: str
) -> None:
    reader = PipeReader(Stream(text, failure))
    while not reader.has_ended:
        threading.Event().wait(0.001)
    chunk, output = reader.poll(1000), reader.output()
    assert (chunk.data, chunk.modified, chunk.failed) == (text, 2000.0, bool(expected))
    assert (output.ended_at, output.failure) == (3000.0, expected)
