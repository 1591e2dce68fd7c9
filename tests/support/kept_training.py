"""A training that ``lossmon run`` starts: it goes on when the test lets it, and what is known of it can be read."""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.support.command_line import run_lossmon
from tests.support.ptys import lossmon

LAST_LINE = "the last line of the training"
SOON = 12.0
"""Seconds after which a test fails that waits for a process."""


class Training:
    """A program that prints six epochs, and its last line when the test lets it go on."""

    def __init__(self, directory: Path) -> None:
        self.directory, self.work, self.state = directory, directory / "work", directory / "state"
        self.work.mkdir()
        os.mkfifo(directory / "gate")

    @property
    def environ(self) -> dict[str, str]:
        """The environment in which lossmon keeps what it knows of the training in ``state``."""
        return {**os.environ, "XDG_STATE_HOME": str(self.state)}

    def command(self, last: str = LAST_LINE, code: int = 0) -> list[str]:
        epochs = "for i in 1 2 3 4 5 6; do echo epoch $i loss: 0.5$i val_loss: 0.6$i; done"
        return ["sh", "-c", f"{epochs}; read _ <{self.directory}/gate; printf '{last}\\n'; exit {code}"]

    def go_on(self) -> None:
        """Let it print its last line and end."""
        (self.directory / "gate").write_text("go\n")

    @property
    def record(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """What was started, and what is known of it."""
        (path,) = (self.state / "lossmon" / "runs").glob("*.json")
        first, second = path.read_text().splitlines()
        return json.loads(first), json.loads(second)

    @property
    def has_ended(self) -> bool:
        return self.record[1]["ended"] is not None

    @property
    def lines(self) -> list[str]:
        return Path(self.record[0]["log"]).read_text().splitlines()


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + SOON
    while not condition():
        assert time.monotonic() < deadline, "the condition did not become true"
        os.sched_yield()


def run_in(training: Training, *arguments: str, **environ: str) -> Any:
    return run_lossmon("run", "--watch", str(training.work), *arguments, XDG_STATE_HOME=str(training.state), **environ)


def started_in(training: Training, *arguments: str) -> subprocess.Popen[bytes]:
    """Start a training without a terminal, and return lossmon once it has printed the first lines."""
    process = subprocess.Popen(
        [*lossmon("run", "--watch", str(training.work)), *arguments, "--", *training.command()],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        env=training.environ,
    )
    assert process.stdout is not None
    assert process.stdout.read(1) == b"e"
    return process
