"""Run lossmon in a process of its own, as a user does."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence

TIMEOUT = 60


def run_lossmon(*arguments: str, stdin: str = "", **environ: str) -> subprocess.CompletedProcess[str]:
    """Run lossmon with *arguments*; *environ* is added to the environment."""
    return subprocess.run(
        [sys.executable, "-m", "lossmon", *arguments],
        input=stdin,
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
        env={**os.environ, **environ},
    )


def run_shell(command: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run *command*, in which ``lossmon`` is the program, in bash."""
    return subprocess.run(
        ["bash", "-c", f'lossmon() {{ "{sys.executable}" -m lossmon "$@"; }}; {command}'],
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
        stdin=subprocess.DEVNULL,
        env={**os.environ, **environ},
    )


def run_python(
    code: str, *arguments: str, stdin: str = "", inside: Sequence[str] = ()
) -> subprocess.CompletedProcess[str]:
    """Run *code* in a new interpreter, *inside* a command; *arguments* are its ``sys.argv[1:]``."""
    command = [*inside, sys.executable, "-c", code, *arguments]
    return subprocess.run(command, input=stdin, capture_output=True, text=True, timeout=TIMEOUT)


def is_one_line(error: str) -> bool:
    """Return whether *error* is one printable line from lossmon."""
    return error.startswith("lossmon: ") and error.count("\n") == 1 and error[:-1].isprintable()
