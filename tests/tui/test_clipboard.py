from __future__ import annotations

import base64
import re
import shutil
import subprocess
import time
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.ptys import live, terminal
from tests.support.screen import app_of, rows, shown
from tests.support.scripted import run_snapshot, snapshot

from lossmon.core.assessment import Advice
from lossmon.core.verdict import Verdict
from lossmon.tui.clipboard import clipboard_sequence, text_to_copy
from lossmon.tui.settings import Page
from lossmon.tui.state import State


@pytest.fixture(autouse=True)
def outside_tmux(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TMUX", raising=False)


async def test_y_copies_one_piece_of_advice_after_the_other_and_says_which() -> None:
    async with shown(snapshot(run_snapshot())) as pilot:
        for do in ("keep the epoch-10 checkpoint", "dropout 0.2-0.5", "fewer units", "keep the epoch-10 checkpoint"):
            await pilot.press("y")
            assert app_of(pilot).state.notice.startswith(f"sent to the clipboard: {do}, because ")
        assert "sent to the clipboard" in rows(pilot)[-1]


async def test_while_the_cursor_is_shown_y_copies_the_values_there() -> None:
    async with shown(snapshot(run_snapshot())) as pilot:
        await pilot.press("left", "y")
        text = app_of(pilot).state.notice
        assert re.fullmatch(r"sent to the clipboard: lstm-512: epoch 31 +train 0\.\d+ +val 0\.\d+", text)


@pytest.mark.parametrize(
    ("state", "text"),
    [
        (State("").with_snapshot(snapshot(run_snapshot("cnn", Verdict.LEARNING))), "cnn: learning · epoch 31/50"),
        (State("").with_snapshot(snapshot(run_snapshot())).with_view(page=Page.HELP), ""),
        (State(""), ""),
    ],
)
def test_without_advice_the_verdict_is_copied_and_on_other_pages_nothing(state: State, text: str) -> None:
    assert text_to_copy(state, "") == text


@given(st.text())
def test_what_is_copied_is_one_short_line_without_control_characters(text: str) -> None:
    advice = (Advice(text, 200 * text),)
    copied = text_to_copy(State("").with_snapshot(snapshot(replace(run_snapshot(), advice=advice))), "")
    assert len(copied) <= 2000
    assert copied.isprintable()
    assert len(clipboard_sequence(copied, {})) < 20_000


def test_the_clipboard_gets_the_text_and_the_screen_stays_as_it_was() -> None:
    with terminal(live("0"), TMUX="") as screen:
        screen.shows("quit")
        screen.send(b"y")
        screen.until(lambda: b"\x07" in screen.output)
        found = re.search(rb"\x1b\]52;c;([A-Za-z0-9+/=]+)\x07", screen.output)
        assert found
        assert base64.b64decode(found[1]).startswith(b"keep the epoch-10 checkpoint, because")
        screen.send(b"q")
        assert screen.ends() == 0
        assert screen.is_as_before()


@pytest.mark.skipif(not shutil.which("tmux"), reason="needs tmux")
def test_inside_tmux_its_buffer_gets_the_text(tmp_path: Path) -> None:
    client = ["tmux", "-S", str(tmp_path / "socket"), "-f", "/dev/null"]

    def tmux(*command: str) -> str:
        return subprocess.run([*client, *command], check=False, capture_output=True, text=True).stdout

    def until(text: str, *command: str) -> None:
        end = time.monotonic() + 10
        while text not in tmux(*command):
            assert time.monotonic() < end, tmux("capture-pane", "-p")

    tmux("new-session", "-d", "-x", "120", "-y", "40", "-c", str(Path.cwd()), *live("0"))
    try:
        until("quit", "capture-pane", "-p")
        tmux("send-keys", "y")
        until("keep the epoch-10 checkpoint", "show-buffer")
    finally:
        tmux("kill-server")


def test_where_tmux_takes_no_buffer_the_sequence_is_wrapped_so_that_it_passes_it_on() -> None:
    wrapped = clipboard_sequence("loss", {"TMUX": "/tmp/tmux-0/default,1,0"})
    assert wrapped == "\x1bPtmux;\x1b\x1b]52;c;bG9zcw==\x07\x1b\\"
