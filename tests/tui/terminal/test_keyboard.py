from __future__ import annotations

import asyncio
import os
import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from textual import events
from textual.message import Message

from lossmon.tui.terminal.keyboard import Keyboard


class Recorder:
    """A keyboard, and the messages that it delivered."""

    def __init__(self, fd: int = -1) -> None:
        self.messages: list[Message] = []
        self.hangups = 0
        self.keyboard = Keyboard(asyncio.get_running_loop(), fd, self.messages.append, self._hang_up)

    def _hang_up(self) -> None:
        self.hangups += 1

    @property
    def keys(self) -> list[str]:
        return [one.key for one in self.messages if isinstance(one, events.Key)]

    def typed(self, data: bytes) -> list[str]:
        self.messages.clear()
        self.keyboard.feed(data)
        return [one.key if isinstance(one, events.Key) else type(one).__name__ for one in self.messages]


async def test_keys_and_clicks_arrive() -> None:
    recorder = Recorder()
    assert recorder.typed(b"jq\x1b[A\x03") == ["j", "q", "up", "ctrl+c"]
    assert recorder.typed(b"\x1b[<0;5;7M\x1b[<0;5;7m") == ["MouseDown", "MouseUp"]
    assert recorder.typed(b"\x1b[200~rm -rf q\x1b[201~j") == ["Paste", "j"]


async def test_a_character_in_two_reads_is_one_key() -> None:
    recorder = Recorder()
    assert recorder.typed("é".encode()[:1]) == []
    assert recorder.typed("é".encode()[1:]) == ["é"]


@pytest.mark.parametrize(
    "answer", [b"\x1b[48;99999;99999;0;0t", b"\x1b[?2026;2$y", b"\x1b[?2048;1$y", b"\x1b[9;9R", b"\x1b[I", b"\x1b[O"]
)
async def test_an_answer_of_the_terminal_that_nothing_asked_for_is_ignored(answer: bytes) -> None:
    recorder = Recorder()
    assert recorder.typed(answer) == []
    assert recorder.typed(b"j") == ["j"]


@given(st.binary(max_size=200))
@example(b"\xff\x80")
@example(b"\x1b[99999999u")
@example(b"\x1b[<999999999999999999;1;1M")
def test_a_key_still_works_after_any_bytes(noise: bytes) -> None:
    async def type_all() -> list[str]:
        recorder = Recorder()
        recorder.typed(noise)
        # Complete what the noise may have started: a character, a sequence, a paste.
        recorder.typed(b"  \x1b[201~" + b"~" * 40)
        return recorder.typed(b"j")

    assert asyncio.run(type_all())[-1:] == ["j"]


async def test_a_flood_is_read_in_linear_time() -> None:
    recorder = Recorder()
    start = time.process_time()
    for _ in range(100):
        recorder.typed(b"\x1bP" + b"x" * 1022)
    assert time.process_time() - start < 5.0


async def test_a_hangup_is_reported_once() -> None:
    reading, writing = os.pipe()
    os.set_blocking(reading, False)
    recorder = Recorder(reading)
    recorder.keyboard.start()
    os.write(writing, b"j")
    os.close(writing)
    while not recorder.hangups:
        await asyncio.sleep(0)
    assert recorder.keys == ["j"]
    assert recorder.hangups == 1
    os.close(reading)


async def test_a_lone_escape_byte_becomes_the_escape_key_without_another_key() -> None:
    reading, writing = os.pipe()
    os.set_blocking(reading, False)
    recorder = Recorder(reading)
    recorder.keyboard.start()
    os.write(writing, b"\x1b")
    while not recorder.messages:
        await asyncio.sleep(0.001)
    assert recorder.keys == ["escape"]
    recorder.keyboard.stop()
    os.close(reading)
    os.close(writing)
