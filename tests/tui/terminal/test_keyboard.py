from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable
from typing import cast
from unittest import mock

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from textual import events
from textual.message import Message

from lossmon.tui.terminal.keyboard import Keyboard

SEQUENCES = (
    b"\x1b[A",
    b"\x1b[<0;5;7M",
    b"\x1b[200~",
    b"\x1b[201~",
    b"\x1b]0;",
    b"\x1bOP",
    b"\x1b[[A",
    b"\x1b[1;5",
    b"\x07",
)


class ManualLoop:
    """A loop whose time passes when the test says so."""

    def __init__(self) -> None:
        self.read: Callable[[], None] = lambda: None
        self._timers: list[tuple[float, Callable[[], None]]] = []

    def add_reader(self, fd: int, read: Callable[[], None]) -> None:
        self.read = read

    def call_later(self, seconds: float, call: Callable[[], None]) -> asyncio.Handle:
        self._timers.append((seconds, call))
        return mock.Mock()

    def run_timers(self) -> float:
        """Let all timers run out, and return after how many seconds the last one did."""
        passed = 0.0
        while self._timers:
            seconds, call = self._timers.pop(0)
            passed += seconds
            call()
        return passed


class Recorder:
    """A keyboard, and the messages that it delivered."""

    def __init__(self, fd: int = -1, loop: ManualLoop | None = None) -> None:
        self.messages: list[Message] = []
        self.hangups = 0
        running = asyncio.get_running_loop() if loop is None else cast(asyncio.AbstractEventLoop, loop)
        self.keyboard = Keyboard(running, fd, self.messages.append, self._hang_up)

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
        return recorder.typed(b"\x03j")

    assert asyncio.run(type_all())[-2:] == ["ctrl+c", "j"]


async def test_a_resize_report_with_pixels_does_not_move_clicks() -> None:
    recorder = Recorder()
    for report in (b"\x1b[48;36;120;720;1200t", b"\x1b[48;36;120;0;0t", b"\x1b[48;0;0;0;0t"):
        assert recorder.typed(report) == []
        assert recorder.typed(b"\x1b[<0;5;10M") == ["MouseDown"]
        (click,) = recorder.messages
        assert isinstance(click, events.MouseDown)
        assert (click.x, click.y) == (4, 9)


@pytest.mark.parametrize("unfinished", [b"\x1b[200~hello", b"\x1b]0;title", b"\x1b[1;", b"\x1bP", b"\x1b[200~\x1b[201"])
async def test_ctrl_c_is_a_key_whatever_has_no_end(unfinished: bytes) -> None:
    recorder = Recorder()
    recorder.typed(unfinished)
    assert recorder.typed(b"\x03q") == ["ctrl+c", "q"]


@pytest.mark.parametrize("data", [b"\x1b[200~a\x1b[Aq\x1b[201~j", b"\x1b]11;rgb:0/q\x1b\\\x1bOPk\x1bj\x1b[[A\xc3\xa9q"])
async def test_keys_are_the_same_wherever_the_bytes_are_cut(data: bytes) -> None:
    whole = Recorder().typed(data)
    assert len(whole) > 1
    for cut in range(1, len(data)):
        recorder = Recorder()
        assert recorder.typed(data[:cut]) + recorder.typed(data[cut:]) == whole


@given(
    st.lists(st.sampled_from([*SEQUENCES, b"q", b"~", b";", b"\x1b", b"\\", b"1", b" "]), max_size=30),
    st.integers(0, 99),
)
def test_any_sequences_give_the_same_keys_wherever_they_are_cut(pieces: list[bytes], cut: int) -> None:
    async def type_all(*parts: bytes) -> list[str]:
        recorder = Recorder()
        return [key for part in parts for key in recorder.typed(part)]

    data = b"".join(pieces)
    assert asyncio.run(type_all(data[:cut], data[cut:])) == asyncio.run(type_all(data))


async def test_a_sequence_of_any_length_is_ignored_as_a_whole() -> None:
    recorder = Recorder()
    assert recorder.typed(b"\x1b[" + b"1;" * 100 + b"qj") == ["j"]
    recorder.typed(b"\x1b[")
    for _ in range(1000):
        assert recorder.typed(b"1" * 100) == []
    assert recorder.typed(b"qj") == ["j"]


async def test_a_paste_of_ten_megabytes_is_read_soon_and_kept_only_at_its_start() -> None:
    recorder = Recorder()
    start = time.process_time()
    recorder.typed(b"\x1b[200~")
    for _ in range(10_000):
        recorder.typed(b"q" * 1000)
    assert recorder.typed(b"\x1b[201~j") == ["Paste", "j"]
    assert time.process_time() - start < 1.0
    (paste, _) = recorder.messages
    assert isinstance(paste, events.Paste)
    assert paste.text == "q" * 1000


async def test_a_flood_of_keys_was_not_typed() -> None:
    assert Recorder().typed(b"q" * 4000) == []


async def test_a_programming_error_behind_a_key_is_not_hidden() -> None:
    def fail(message: Message) -> None:
        raise ValueError(message)

    keyboard = Keyboard(asyncio.get_running_loop(), -1, fail, lambda: None)
    with pytest.raises(ValueError, match="Key"):
        keyboard.feed(b"q")


@pytest.mark.parametrize("unfinished", [b"\x1b[200~hello", b"\x1b]0;title", b"\x1b[1;"])
async def test_what_has_no_end_is_given_up_after_a_second(unfinished: bytes) -> None:
    reading, writing = os.pipe()
    loop = ManualLoop()
    recorder = Recorder(reading, loop)
    recorder.keyboard.start()
    os.write(writing, unfinished)
    loop.read()
    assert loop.run_timers() == pytest.approx(1.0)
    os.write(writing, b"q")
    loop.read()
    assert recorder.keys == ["q"]
    os.close(reading)
    os.close(writing)


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
