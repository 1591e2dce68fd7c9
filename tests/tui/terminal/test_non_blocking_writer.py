from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator

import pytest

from lossmon.tui.terminal.non_blocking_writer import NonBlockingWriter

LARGE_FRAME = b"x" * 1_000_000


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    os.set_blocking(reading, False)
    yield reading, writing
    os.close(writing)
    os.close(reading)


def read_all(reading: int) -> int:
    try:
        return len(os.read(reading, 1 << 20))
    except BlockingIOError:
        return 0


async def test_bytes_are_written_at_once_if_the_terminal_takes_them(pipe: tuple[int, int]) -> None:
    writer = NonBlockingWriter(pipe[1], asyncio.get_running_loop(), lambda: None)
    writer.send(b"frame")
    assert writer.is_free
    assert os.read(pipe[0], 99) == b"frame"


async def test_a_terminal_that_nobody_reads_does_not_block(pipe: tuple[int, int]) -> None:
    drained: list[bool] = []
    writer = NonBlockingWriter(pipe[1], asyncio.get_running_loop(), lambda: drained.append(True))
    writer.send(LARGE_FRAME)
    await asyncio.sleep(0)
    assert not writer.is_free
    assert not drained
    writer.drop()


async def test_the_rest_is_written_once_the_terminal_reads_again_and_the_callback_runs(pipe: tuple[int, int]) -> None:
    drained: list[bool] = []
    writer = NonBlockingWriter(pipe[1], asyncio.get_running_loop(), lambda: drained.append(True))
    writer.send(LARGE_FRAME)
    received = 0
    while not drained:
        received += read_all(pipe[0])
        await asyncio.sleep(0)
    assert received + read_all(pipe[0]) == len(LARGE_FRAME)
    assert writer.is_free


async def test_dropped_bytes_are_never_written(pipe: tuple[int, int]) -> None:
    writer = NonBlockingWriter(pipe[1], asyncio.get_running_loop(), lambda: None)
    writer.send(LARGE_FRAME)
    writer.drop()
    received = read_all(pipe[0])
    await asyncio.sleep(0)
    assert writer.is_free
    assert received < len(LARGE_FRAME)
    assert read_all(pipe[0]) == 0


async def test_a_terminal_that_is_gone_is_not_an_error() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    writer = NonBlockingWriter(writing, asyncio.get_running_loop(), lambda: None)
    writer.send(b"frame")
    assert writer.is_free
    os.close(writing)
