"""The record of a training that was started: a file that says what it is, and how it ended.

Its first line says what was started. Its second line is what the keeper says of it, written again in place; as long as
the keeper lives it holds a lock on the file, so that a keeper that was killed is noticed.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
import signal
import socket
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from lossmon.cli.programs.pty_keeper import STATE_BYTES
from lossmon.core.atomic_write import make_private_directory, open_private
from lossmon.core.own_files import UnusableFileError, read_own_file

SUFFIX = ".json"
_MAX_BYTES = 4 << 20
"""Bytes of a record; the longest command line that Linux takes has 2 MiB."""
_MAX_RECORDS = 500
"""Records that are read, the newest ones."""
_MAX_STEM = 40
_SCRIPT_ENDINGS = (".py", ".sh", ".ipynb")
_NEW = os.O_RDWR | os.O_CREAT | os.O_EXCL


class Program(NamedTuple):
    """What was started, and where its output is."""

    command: tuple[str, ...]
    directory: str
    """Where it was started."""
    log: str
    """The file with its output, as an absolute path."""
    log_start: int
    """Bytes that the file had before."""
    watched: tuple[str, ...]
    """Where it writes its other logs, as absolute paths."""
    started: float
    """Seconds since 1970."""
    host: str


class ProgramState(NamedTuple):
    """What is known of a program that was started."""

    pid: int = 0
    """0 if it was not started yet."""
    ended: float | None = None
    """Seconds since 1970; None while it runs, and if nobody knows when it ended."""
    status: int | None = None
    """Its exit status, or -N if signal N ended it."""
    problem: str = ""
    """Why its output cannot be written at the moment."""
    is_kept: bool = True
    """Whether the keeper lives, as far as can be told."""
    unwritten: int = 0
    """Bytes of its output that the file did not take."""

    @property
    def has_ended(self) -> bool:
        """Whether nothing is to be expected any more."""
        return self.ended is not None or not self.is_kept

    @property
    def failure(self) -> str | None:
        """How it failed, as its exit status says; empty if it did not, None if nobody knows.

        >>> ProgramState(ended=1.0, status=2).failure, ProgramState(ended=1.0, status=-9).failure
        ('exit status 2', 'ended by SIGKILL')
        """
        if self.status is None:
            return None
        if self.status < 0:
            return f"ended by {_signal_name(-self.status)}"
        return f"exit status {self.status}" if self.status else ""


class Record:
    """The file of one program."""

    def __init__(self, path: Path, program: Program) -> None:
        self.path, self.program = path, program

    def state(self) -> ProgramState:
        """Return what is known now; nothing if the record is gone or damaged."""
        try:
            descriptor = os.open(self.path, os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            return ProgramState(is_kept=False)
        try:
            is_kept = self.program.host != socket.gethostname() or _is_locked(descriptor)
            # After that: a keeper writes how the program ended before it ends itself.
            return self._parse(os.pread(descriptor, STATE_BYTES, _state_start(descriptor)), is_kept=is_kept)
        except OSError:
            return ProgramState()
        finally:
            os.close(descriptor)

    @staticmethod
    def _parse(text: bytes, *, is_kept: bool) -> ProgramState:
        try:
            state = json.loads(text)
            first = state["pid"], state["ended"], state["status"], state["problem"]
            return ProgramState(*first, is_kept, state.get("unwritten", 0))
        except (ValueError, TypeError, KeyError, RecursionError):
            return ProgramState(is_kept=is_kept)


def records_directory() -> Path:
    """Return the directory of the records, and of the output for which the user names no file."""
    import platformdirs

    return platformdirs.user_state_path("lossmon") / "runs"


def create(name: str, program: Program) -> tuple[Record, int]:
    """Write the record of *program*; return it with a locked descriptor for the keeper. Raises OSError.

    Without a log, the output goes to a new file beside the record.
    """
    directory = records_directory()
    make_private_directory(directory)
    path, descriptor = _create_file(directory, name)
    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    program = program if program.log else program._replace(log=str(path.with_suffix(".log")))
    state = json.dumps(ProgramState()._asdict()).ljust(STATE_BYTES - 1)
    os.write(descriptor, f"{json.dumps(program._asdict())}\n{state}\n".encode())
    return Record(path, program), descriptor


def _create_file(directory: Path, name: str) -> tuple[Path, int]:
    for number in range(1, 1000):
        path = directory / f"{name}{f'-{number}' * (number > 1)}{SUFFIX}"
        try:
            return path, open_private(path, _NEW)
        except FileExistsError:
            continue
    raise FileExistsError(f"{directory}: too many records called {name}")


def records() -> list[Record]:
    """Return the newest records of this user, the newest first."""
    try:
        paths = sorted(records_directory().glob(f"*{SUFFIX}"), key=_modified, reverse=True)
    except OSError:
        return []
    return [record for path in paths[:_MAX_RECORDS] if (record := _read(path))]


def _read(path: Path) -> Record | None:
    try:
        fields = json.loads(read_own_file(path, _MAX_BYTES).partition(b"\n")[0])
        program = Program(**fields)
        command, watched = tuple(map(str, program.command)), tuple(map(str, program.watched))
        return Record(path, program._replace(command=command, watched=watched, started=float(program.started)))
    except (OSError, UnusableFileError, ValueError, TypeError, RecursionError):
        return None


def _modified(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0


def _state_start(descriptor: int) -> int:
    return max(0, os.fstat(descriptor).st_size - STATE_BYTES)


def _is_locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return True
    return False


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def without_directories(command: Sequence[str]) -> list[str]:
    """Return *command* with the program and its script, if it has one, named without their directories.

    >>> without_directories(["/opt/venv/bin/python", "-u", "src/train.py", "data/a.py"])
    ['python', '-u', 'train.py', 'data/a.py']
    """
    script = next((at for at, word in enumerate(command) if at and word.endswith(_SCRIPT_ENDINGS)), 0)
    return [
        Path(word).name if at in (0, script) and word and " " not in word else word for at, word in enumerate(command)
    ]


def short_name(command: Sequence[str]) -> str:
    """Return a name for a command that can be part of a file name: that of the script, module or program.

    >>> short_name(["torchrun", "--nproc", "2", "src/train.py", "--lr", "1"]), short_name(["python", "-m", "a.fit"])
    ('train', 'fit')
    """
    script = next((word for word in command if word.endswith(_SCRIPT_ENDINGS)), "")
    if not script and "-m" in command[:-1]:
        script = command[command.index("-m") + 1].rpartition(".")[2]
    name = Path(script or command[0]).stem
    return re.sub(r"[^\w.-]+", "_", name, flags=re.ASCII).strip("._-")[:_MAX_STEM] or "program"
