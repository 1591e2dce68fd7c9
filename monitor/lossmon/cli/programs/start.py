"""Start a training under a keeper."""

from __future__ import annotations

import os
import signal
import socket
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from lossmon.cli.programs import pty_keeper
from lossmon.cli.programs.pty_keeper import KEEPER_FILES, LENGTH, SCRIPT
from lossmon.cli.programs.record import Program, Record, create, short_name
from lossmon.cli.relay import open_log
from lossmon.core.atomic_write import open_private
from lossmon.core.errors import LossmonError

_APPEND = os.O_WRONLY | os.O_APPEND | os.O_CREAT
NOT_FOUND, NOT_EXECUTABLE = 127, 126
"""The exit codes of shells for commands that cannot be started."""
_OWN_SIZE = ("COLUMNS", "LINES")
"""Variables that would tell the training the size of our terminal instead of its own."""
_MAX_ANSWER = 1000
_PYTHON_IGNORES = {signal.SIGPIPE, getattr(signal, "SIGXFSZ", signal.SIGPIPE)}
"""The signals that Python itself ignores, unlike the program that started it."""


class NotStartedError(LossmonError):
    """A command that cannot be started."""

    def __init__(self, message: str, code: int) -> None:
        super().__init__(message)
        self.code = code
        """The exit code that shells use for it."""


class Started(NamedTuple):
    """A training that was started."""

    record: Record
    channel: socket.socket
    """Leads to its keeper."""

    def send(self, number: int) -> bool:
        """Pass signal *number* on; return False if the training has ended."""
        if self.record.state().has_ended:
            return False
        try:
            return self.channel.send(bytes([number]), socket.MSG_DONTWAIT) == 1
        except OSError:
            return False


class Size(NamedTuple):
    """The size of the terminal of a training, in characters."""

    columns: int = 120
    lines: int = 40


def start(command: Sequence[str], watched: Sequence[str], log: str | None, size: Size) -> Started:
    """Start *command*, with its output added to the file *log*, or in a new file of its own.

    Raises NotStartedError if there is no such command, LossmonError if there is no place for the output.
    """
    executable = find_executable(command[0])
    opened = open_log(log) if log is not None else None
    program = Program(
        command=tuple(command),
        directory=str(Path.cwd()),
        log=str(Path(log).absolute()) if log is not None else "",
        log_start=os.fstat(opened).st_size if opened is not None else 0,
        watched=tuple(str(Path(path).absolute()) for path in watched),
        started=time.time(),
        host=socket.gethostname(),
    )
    try:
        name = f"{short_name(command)}-{time.strftime('%Y%m%d-%H%M%S')}"
        record, kept = create(name, program)
        output = opened if opened is not None else open_private(Path(record.program.log), _APPEND | os.O_EXCL)
    except OSError as error:
        raise LossmonError(
            f"{error.filename or 'state directory'}: {error.strerror}; "
            "set XDG_STATE_HOME to a directory with free space"
        ) from None
    return _start_keeper(record, executable, command, (output, kept), size)


def _start_keeper(
    record: Record, executable: str, command: Sequence[str], files: tuple[int, int], size: Size
) -> Started:
    """Start the keeper with the *files* for the output and the record, which are closed here, and the training."""
    ours, theirs = socket.socketpair()
    script = os.open(pty_keeper.__file__, os.O_RDONLY)
    try:
        _spawn((script, *files, theirs.fileno()))
    finally:
        theirs.close()
        for descriptor in (script, *files):
            os.close(descriptor)
    _request(ours, executable, command, size)
    started = Started(record, ours)
    _require_started(started, command[0])
    return started


def _spawn(descriptors: Sequence[int]) -> None:
    """Start an interpreter with *descriptors* as its ``KEEPER_FILES``; it forks, and its parent ends at once."""
    # The numbers that it expects may be in use here: first to higher ones, then to their places.
    spare = range(max(*descriptors, *KEEPER_FILES) + 1, os.sysconf("SC_OPEN_MAX"))
    nowhere = os.open(os.devnull, os.O_RDONLY)
    actions: list[tuple[int, ...]] = [(os.POSIX_SPAWN_DUP2, nowhere, 0)] if os.isatty(0) else []
    actions += [(os.POSIX_SPAWN_DUP2, old, high) for old, high in zip(descriptors, spare, strict=False)]
    actions += [(os.POSIX_SPAWN_DUP2, high, place) for high, place in zip(spare, KEEPER_FILES, strict=False)]
    actions += [(os.POSIX_SPAWN_CLOSE, high) for high in spare[: len(descriptors)]]
    interpreter = getattr(sys, "_base_executable", "") or sys.executable
    environment = {name: value for name, value in os.environ.items() if name not in _OWN_SIZE}
    try:
        arguments = [interpreter, "-I", "-S", f"/dev/fd/{SCRIPT}"]
        os.waitpid(os.posix_spawn(interpreter, arguments, environment, file_actions=actions), 0)
    except OSError as error:
        raise LossmonError(f"{interpreter}: {error.strerror}; the training cannot be started") from None
    finally:
        os.close(nowhere)


def _request(channel: socket.socket, executable: str, command: Sequence[str], size: Size) -> None:
    ignored = [int(number) for number in signal.valid_signals() - _PYTHON_IGNORES if _is_ignored(number)]
    fields = [str(size.columns), str(size.lines), " ".join(map(str, ignored)), executable, *command]
    request = b"\0".join(map(os.fsencode, fields))
    try:
        channel.sendall(LENGTH.pack(len(request)) + request)
    except OSError:
        return  # the answer is missing, too


def _answer(channel: socket.socket) -> bytes:
    """Return the first line that comes, and leave what comes behind it. Raises OSError."""
    line = b""
    while len(line) < _MAX_ANSWER and (data := channel.recv(1)) not in (b"", b"\n"):
        line += data
    return line


def _is_ignored(number: int) -> bool:
    return signal.getsignal(number) == signal.SIG_IGN


def _require_started(started: Started, command: str) -> None:
    """Wait for the answer of the keeper; raises an error, and removes the files, if there is nothing to keep."""
    try:
        word, _, number = _answer(started.channel).partition(b" ")
    except OSError:
        word, number = b"", b""
    if word == b"started":
        return
    record = started.record
    record.path.unlink(missing_ok=True)
    log = Path(record.program.log)
    if log.parent == record.path.parent and log.stat().st_size == 0:
        log.unlink()
    if word != b"error":
        raise LossmonError("the process that keeps the training has failed; the training was not started")
    reason = os.strerror(int(number))
    raise NotStartedError(f"{command}: {reason[:1].lower()}{reason[1:]}; does it begin with #!/…?", NOT_EXECUTABLE)


def find_executable(command: str) -> str:
    """Return the path of *command*, which is looked for as a shell does. Raises NotStartedError."""
    directories = [""] if "/" in command else os.get_exec_path()
    paths = [os.path.join(directory, command) for directory in directories]  # noqa: PTH118 - may be relative
    existing = [path for path in paths if Path(path).exists()] if command else []
    for path in existing:
        if Path(path).is_file() and os.access(path, os.X_OK):
            return path
    if not existing:
        raise NotStartedError(f"{command or repr(command)}: command not found", NOT_FOUND)
    reason = "is a directory" if Path(existing[0]).is_dir() else "permission denied"
    raise NotStartedError(f"{command}: {reason}; a script needs chmod +x, or an interpreter before it", NOT_EXECUTABLE)
