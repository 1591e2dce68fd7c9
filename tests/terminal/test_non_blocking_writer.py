from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator

import pytest

from lossmon.tui.terminal.outlet import NonBlockingWriter

MUCH = b"x" * 1_000_000


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    os.set_blocking(reading, False)
    yield reading, writing
    os.close(writing)
    os.close(reading)


def emptied(reading: int) -> int:
    try:
        return len(os.read(reading, 1 << 20))
    except BlockingIOError:
        return 0


async def test_what_the_terminal_takes_at_once_is_written_at_once(pipe: tuple[int, int]) -> None:
    outlet = NonBlockingWriter(pipe[1], asyncio.get_running_loop(), lambda: None)
    outlet.send(b"frame")
    assert outlet.free
    assert os.read(pipe[0], 99) == b"frame"


async def test_a_terminal_nobody_reads_from_stops_nobody(pipe: tuple[int, int]) -> None:
    drained: list[bool] = []
    outlet = NonBlockingWriter(pipe[1], asyncio.get_running_loop(), lambda: drained.append(True))
    outlet.send(MUCH)
    await asyncio.sleep(0)
    assert not outlet.free
    assert not drained
    outlet.drop()


async def test_once_read_the_rest_follows_in_order_and_it_is_told(pipe: tuple[int, int]) -> None:
    drained: list[bool] = []
    outlet = NonBlockingWriter(pipe[1], asyncio.get_running_loop(), lambda: drained.append(True))
    outlet.send(MUCH)
    came = 0
    while not drained:
        came += emptied(pipe[0])
        await asyncio.sleep(0)
    assert came + emptied(pipe[0]) == len(MUCH)
    assert outlet.free


async def test_what_is_dropped_is_never_sent(pipe: tuple[int, int]) -> None:
    outlet = NonBlockingWriter(pipe[1], asyncio.get_running_loop(), lambda: None)
    outlet.send(MUCH)
    outlet.drop()
    took = emptied(pipe[0])
    await asyncio.sleep(0)
    assert outlet.free
    assert took < len(MUCH)
    assert emptied(pipe[0]) == 0


async def test_a_terminal_that_has_gone_is_no_error() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    outlet = NonBlockingWriter(writing, asyncio.get_running_loop(), lambda: None)
    outlet.send(b"frame")
    assert outlet.free
    os.close(writing)
