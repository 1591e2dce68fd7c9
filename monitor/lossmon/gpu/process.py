"""What a process that uses a GPU is called."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from lossmon.text import safe

_LONGEST = 40
_READ = 4096
_HOST_PIDS = "pid:[4026531836]"
"""The kernel's fixed name of the first PID namespace (PROC_PID_INIT_INO in linux/proc_ns.h)."""

_PYTHON = re.compile(r"python[\d.]*t?")
_FLAGS_WITH_VALUE = ("-X", "-W", "--check-hash-based-pycs")


def command_of(pid: int, proc: Path = Path("/proc")) -> str:
    """Return the command of process *pid*, short and safe to show; empty where it is not known.

    NVML gives the PIDs of the host. In a container the same number may be another process, whose name would be a lie;
    there a command is given only if that process really holds an NVIDIA device open.
    """
    try:
        if not _sees_host_pids(proc) and not _holds_nvidia_device(proc / str(pid)):
            return ""
        with (proc / str(pid) / "cmdline").open("rb") as file:
            raw = file.read(_READ)
    except OSError:
        return ""
    return safe(shortened(raw.decode("utf-8", "replace").rstrip("\0").split("\0")), _LONGEST)


def shortened(arguments: list[str]) -> str:
    """Return program and script without their folders, flags and arguments, which may hold secrets.

    ``/usr/bin/python3.11 -u /home/me/train.py --token=…`` becomes ``python train.py``.
    """
    program, *rest = arguments
    if not rest and " " in program:
        return program  # a process that set its own title
    program = program.rpartition("/")[2]
    if not _PYTHON.fullmatch(program):
        return program
    return " ".join(["python", *_script(iter(rest))])


def _script(arguments: Iterator[str]) -> list[str]:
    """Return what Python runs: a script, a module after ``-m``, or ``-c`` without the code."""
    for argument in arguments:
        if argument in _FLAGS_WITH_VALUE:
            next(arguments, "")
        elif argument == "-m":
            return [argument, next(arguments, "")]
        elif argument == "-c":
            return [argument]
        elif not argument.startswith("-"):
            return [argument.rpartition("/")[2]]
    return []


def _sees_host_pids(proc: Path) -> bool:
    return str((proc / "self/ns/pid").readlink()) == _HOST_PIDS


def _holds_nvidia_device(process: Path) -> bool:
    return any(str(link.readlink()).startswith("/dev/nvidia") for link in (process / "fd").iterdir())
