"""Run a program with a time limit: it and all that it started are killed when the time is over."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Sequence
from contextlib import suppress

from lossmon.alerts.channel import DeliveryError

_DEATH_SECONDS = 1.0


def run_limited(argv: Sequence[str], data: bytes, seconds: float) -> int:
    """Run *argv* with *data* on its standard input, and return its exit status; its output is thrown away.

    Raises DeliveryError if it cannot be started or takes longer than *seconds*.
    """
    try:
        process = subprocess.Popen(  # noqa: S603 - the user gave the command
            argv,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except (OSError, ValueError) as error:
        reason = (error.strerror if isinstance(error, OSError) else "") or "invalid command"
        raise DeliveryError(f"{argv[0]}: {reason[:1].lower()}{reason[1:]}") from None
    try:
        process.communicate(data, timeout=seconds)
    except subprocess.TimeoutExpired:
        _kill(process)
        raise DeliveryError(f"{argv[0]} took longer than {seconds:g} s and was killed") from None
    return process.returncode


def _kill(process: subprocess.Popen[bytes]) -> None:
    """Kill a program and its group, and wait a moment: it may hang in the kernel."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    if process.stdin is not None:
        with suppress(OSError):
            process.stdin.close()
    with suppress(subprocess.TimeoutExpired):
        process.wait(_DEATH_SECONDS)
