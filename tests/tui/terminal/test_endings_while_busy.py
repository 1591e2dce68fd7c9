"""The screen ends at once, and leaves the terminal as it was, whatever lossmon is doing."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.support.ptys import Terminal, lossmon, terminal
from tests.support.training_logs import write_two_runs

SOON = 3.0
"""Seconds within which the screen must end, on a machine with other work."""
HANG_UP = 128 + signal.SIGHUP

ENDINGS: dict[str, tuple[Callable[[Terminal], object], int]] = {
    "q": (lambda shown: shown.send(b"q"), 0),
    "ctrl-c": (lambda shown: shown.send(b"\x03"), 0),
    "SIGHUP": (lambda shown: os.kill(shown.pid, signal.SIGHUP), HANG_UP),
}


@pytest.fixture(scope="module")
def many_directories(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("many")
    for number in range(5000):
        (root / f"{number % 50}" / f"{number}").mkdir(parents=True)
    write_two_runs(root)
    return root


@pytest.mark.parametrize("how", ENDINGS)
def test_during_the_first_scan_of_thousands_of_directories(many_directories: Path, how: str) -> None:
    end, code = ENDINGS[how]
    with terminal(lossmon("watch", str(many_directories))) as shown:
        shown.shows("quit")
        end(shown)
        assert shown.ends(SOON) == code
        assert shown.is_as_before()


@pytest.mark.parametrize("how", ["ctrl-c", "SIGHUP"])
def test_within_a_paste_of_megabytes(tmp_path: Path, how: str) -> None:
    end, code = ENDINGS[how]
    with terminal(lossmon("watch", str(write_two_runs(tmp_path)))) as shown:
        shown.shows("quit")
        shown.send(b"\x1b[200~")
        os.set_blocking(shown.master, False)
        for _ in range(40):
            _takes(shown, lambda shown: shown.send(b"x" * 25_000)) or shown.read(0.01)
        shown.until(lambda: _takes(shown, end))
        assert shown.ends(SOON) == code
        assert shown.is_as_before()


def _takes(shown: Terminal, send: Callable[[Terminal], object]) -> bool:
    """Return whether the terminal had room for what *send* sends."""
    try:
        send(shown)
    except BlockingIOError:
        return False
    return True


@pytest.mark.parametrize("how", ENDINGS)
def test_while_the_program_that_it_reads_from_prints_nothing(tmp_path: Path, how: str) -> None:
    end, code = ENDINGS[how]
    os.mkfifo(tmp_path / "output")
    writer = os.open(tmp_path / "output", os.O_RDWR)
    with terminal(["sh", "-c", 'exec "$@" <"$0"', str(tmp_path / "output"), *lossmon("watch", "-")]) as shown:
        shown.shows("quit")
        end(shown)
        shown.until(lambda: b"\x1b[?1049l" in shown.output, SOON)
        os.close(writer)
        assert shown.ends(SOON) == code
        assert shown.is_as_before()
