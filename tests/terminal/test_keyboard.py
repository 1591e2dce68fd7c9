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


class Desk:
    """A keyboard, and what it delivered."""

    def __init__(self, fd: int = -1) -> None:
        self.got: list[Message] = []
        self.gone = 0
        self.keyboard = Keyboard(asyncio.get_running_loop(), fd, self.got.append, self._leave)

    def _leave(self) -> None:
        self.gone += 1

    def typed(self, data: bytes) -> list[str]:
        self.got.clear()
        self.keyboard.take(data)
        return [one.key if isinstance(one, events.Key) else type(one).__name__ for one in self.got]


async def test_keys_and_clicks_arrive() -> None:
    desk = Desk()
    assert desk.typed(b"jq\x1b[A\x03") == ["j", "q", "up", "ctrl+c"]
    assert desk.typed(b"\x1b[<0;5;7M\x1b[<0;5;7m") == ["MouseDown", "MouseUp"]
    assert desk.typed(b"\x1b[200~rm -rf q\x1b[201~j") == ["Paste", "j"]


async def test_a_character_in_two_reads_is_one_key() -> None:
    desk = Desk()
    assert desk.typed("é".encode()[:1]) == []
    assert desk.typed("é".encode()[1:]) == ["é"]


@pytest.mark.parametrize(
    "answer", [b"\x1b[48;99999;99999;0;0t", b"\x1b[?2026;2$y", b"\x1b[?2048;1$y", b"\x1b[9;9R", b"\x1b[I", b"\x1b[O"]
)
async def test_an_answer_nobody_asked_for_changes_nothing(answer: bytes) -> None:
    desk = Desk()
    assert desk.typed(answer) == []
    assert desk.typed(b"j") == ["j"]


@given(st.binary(max_size=200))
@example(b"\xff\x80")
@example(b"\x1b[99999999u")
@example(b"\x1b[<999999999999999999;1;1M")
def test_whatever_comes_in_a_key_after_it_still_works(noise: bytes) -> None:
    async def play() -> list[str]:
        desk = Desk()
        desk.typed(noise)
        # Ends what the noise may have begun: a character, a sequence, a paste.
        desk.typed(b"  \x1b[201~" + b"~" * 40)
        return desk.typed(b"j")

    assert asyncio.run(play())[-1:] == ["j"]


async def test_a_flood_is_read_in_linear_time() -> None:
    desk = Desk()
    start = time.process_time()
    for _ in range(100):
        desk.typed(b"\x1bP" + b"x" * 1022)
    assert time.process_time() - start < 5.0


async def test_the_end_of_the_terminal_is_told_once() -> None:
    reading, writing = os.pipe()
    os.set_blocking(reading, False)
    desk = Desk(reading)
    desk.keyboard.start()
    os.write(writing, b"j")
    os.close(writing)
    while not desk.gone:
        await asyncio.sleep(0)
    assert [one.key for one in desk.got if isinstance(one, events.Key)] == ["j"]
    assert desk.gone == 1
    os.close(reading)


async def test_a_lone_escape_becomes_a_key_without_another_one_being_pressed() -> None:
    reading, writing = os.pipe()
    os.set_blocking(reading, False)
    desk = Desk(reading)
    desk.keyboard.start()
    os.write(writing, b"\x1b")
    while not desk.got:
        await asyncio.sleep(0.001)
    assert [one.key for one in desk.got if isinstance(one, events.Key)] == ["escape"]
    desk.keyboard.stop()
    os.close(reading)
    os.close(writing)
