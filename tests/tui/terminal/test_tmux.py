"""The screen in a real multiplexer, which is detached, attached by a smaller client, and ended."""

from __future__ import annotations

import os
import select
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.support.ptys import live, terminal

pytestmark = pytest.mark.skipif(not shutil.which("tmux"), reason="needs tmux")

_SOON = 10.0


class Tmux:
    """A tmux server of its own."""

    def __init__(self, directory: Path) -> None:
        self.client = ["tmux", "-S", str(directory / "socket"), "-f", "/dev/null"]

    def __call__(self, *command: str) -> str:
        return subprocess.run([*self.client, *command], check=True, capture_output=True, text=True).stdout

    def screen(self) -> str:
        """Return what the pane shows."""
        return self("capture-pane", "-p")

    def pane_process(self) -> int:
        return int(self("display-message", "-p", "#{pane_pid}"))


@pytest.fixture
def tmux(tmp_path: Path) -> Iterator[Tmux]:
    server = Tmux(tmp_path)
    server("new-session", "-d", "-x", "120", "-y", "40", "-c", str(Path.cwd()), *live("1"))
    yield server
    subprocess.run([*server.client, "kill-server"], check=False, capture_output=True)


def until(condition: Callable[[], bool], tmux: Tmux) -> None:
    """Ask, by commands of tmux, until *condition* is true."""
    end = time.monotonic() + _SOON
    while not condition():
        assert time.monotonic() < end, tmux.screen()


def test_a_smaller_client_gets_a_smaller_screen_and_after_a_detach_it_goes_on(tmux: Tmux) -> None:
    until(lambda: "quit" in tmux.screen(), tmux)
    with terminal([*tmux.client, "attach"], size=(70, 20)) as client:
        client.until(lambda: tmux("display-message", "-p", "#{window_width}").strip() == "70", _SOON)
        client.until(lambda: "quit" in tmux.screen() and len(tmux.screen().splitlines()) <= 20, _SOON)
        client.send(b"\x02d")
        client.ends(_SOON)
    tmux("send-keys", "?")
    until(lambda: "help" in tmux.screen().lower(), tmux)


def test_it_ends_with_the_server(tmux: Tmux) -> None:
    until(lambda: "quit" in tmux.screen(), tmux)
    process = os.pidfd_open(tmux.pane_process())
    tmux("kill-server")
    assert select.select([process], [], [], _SOON)[0]
    os.close(process)
