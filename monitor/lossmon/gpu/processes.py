"""Name and file paths of a process that uses a GPU, read from ``/proc``."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from lossmon.core.text import sanitize
from lossmon.sources.open_files import may_be_log

_MAX_COMMAND_CHARACTERS = 40
_MAX_COMMAND_LINE_BYTES = 4096
_MAX_OPEN_FILES = 512
"""Open files that are read. Logs are among the first files a process opens; data sets open thousands later."""
_HOST_PID_NAMESPACE = "pid:[4026531836]"
"""The kernel's fixed name of the first PID namespace (PROC_PID_INIT_INO in linux/proc_ns.h)."""

_PYTHON = re.compile(r"python[\d.]*t?")
_PYTHON_FLAGS_WITH_VALUE = ("-X", "-W", "--check-hash-based-pycs")


class ProcessInfo(NamedTuple):
    """What ``/proc`` tells about a process; empty if nothing."""

    command: str = ""
    """Program and script, short and safe to show."""
    paths: tuple[str, ...] = ()
    """Absolute: open files, then arguments as paths, then the working directory. Not to be shown."""


def read_process_info(pid: int, proc: Path = Path("/proc")) -> ProcessInfo:
    """Return command and paths of process *pid*; empty if it has ended or may not be read.

    NVML gives PIDs of the host. In a container the same number may belong to another process, so there a process is
    only named if it has an NVIDIA device open. The command is short, such as ``python train.py``.
    """
    process = proc / str(pid)
    try:
        if not _is_host_namespace(proc) and not _has_nvidia_device_open(process):
            return ProcessInfo()
        with (process / "cmdline").open("rb") as file:
            arguments = file.read(_MAX_COMMAND_LINE_BYTES).rstrip(b"\0").split(b"\0")
    except OSError:
        return ProcessInfo()
    command = short_command([argument.decode("utf-8", "replace") for argument in arguments])
    paths = tuple(dict.fromkeys(_read_paths(process, arguments)))
    return ProcessInfo(sanitize(command, _MAX_COMMAND_CHARACTERS), paths)


def short_command(arguments: list[str]) -> str:
    """Return program and script without folders, flags and other arguments, which may hold secrets.

    >>> short_command(["/usr/bin/python3.11", "-u", "/home/me/train.py", "--token=abc"])
    'python train.py'
    """
    program, *rest = arguments
    if not rest and " " in program:
        # The process has set its own title.
        return program
    program = program.rpartition("/")[2]
    if not _PYTHON.fullmatch(program):
        return program
    return " ".join(["python", *_python_script(iter(rest))])


def _python_script(arguments: Iterator[str]) -> list[str]:
    """Return what Python runs: the script, or ``-m`` with the module, or ``-c`` without the code."""
    for argument in arguments:
        if argument in _PYTHON_FLAGS_WITH_VALUE:
            next(arguments, "")
        elif argument == "-m":
            return [argument, next(arguments, "")]
        elif argument == "-c":
            return [argument]
        elif not argument.startswith("-"):
            return [argument.rpartition("/")[2]]
    return []


def _is_host_namespace(proc: Path) -> bool:
    """Return whether lossmon itself runs in the first PID namespace, so that PIDs of the host are valid."""
    return str((proc / "self/ns/pid").readlink()) == _HOST_PID_NAMESPACE


def _has_nvidia_device_open(process: Path) -> bool:
    return any(str(link.readlink()).startswith("/dev/nvidia") for link in (process / "fd").iterdir())


def _read_paths(process: Path, arguments: list[bytes]) -> Iterator[str]:
    """Yield the paths that a process uses, best evidence of its training first; unreadable ones are left out."""
    with suppress(OSError):
        for link in islice((process / "fd").iterdir(), _MAX_OPEN_FILES):
            with suppress(OSError):
                target = str(link.readlink())
                if may_be_log(target):
                    yield target
    with suppress(OSError):
        working_directory = (process / "cwd").readlink()
        for argument in arguments[1:]:
            yield os.path.normpath(working_directory / os.fsdecode(argument.rpartition(b"=")[2]))
        yield str(working_directory)
