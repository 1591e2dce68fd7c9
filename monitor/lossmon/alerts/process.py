"""Run a program with a time limit: it and all that it started are killed when the time is over."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Sequence
from contextlib import suppress

from lossmon.alerts.channel import DeliveryError

_DEATH_SECONDS = 1.0


class LimitedProcess:
    """Runs one program at a time."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._process: subprocess.Popen[bytes] | None = None

    def run(self, argv: Sequence[str], data: bytes) -> int:
        """Run *argv* with *data* on its standard input, and return its exit status; its output is thrown away.

        Raises DeliveryError if it cannot be started or takes too long.
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
        self._process = process
        try:
            process.communicate(data, timeout=self._seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            _forget(process)
            raise DeliveryError(f"{argv[0]} took longer than {self._seconds:g} s and was killed") from None
        finally:
            self._process = None
        return process.returncode

    def kill(self) -> None:
        """Kill the program and its group, if one runs; may be called from another thread."""
        process = self._process
        if process is not None and process.returncode is None:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)


def _forget(process: subprocess.Popen[bytes]) -> None:
    """Close what leads to a program that was killed, and wait a moment: it may hang in the kernel."""
    if process.stdin is not None:
        with suppress(OSError):
            process.stdin.close()
    with suppress(subprocess.TimeoutExpired):
        process.wait(_DEATH_SECONDS)
