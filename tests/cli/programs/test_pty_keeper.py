"""Whatever happens to the file for the output, the training is never stopped by it."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

from lossmon.cli.programs import pty_keeper
from lossmon.cli.programs.pty_keeper import KEEPER_FILES, LENGTH, STATE_BYTES

SOON = 30.0


def keep(command: list[str], log: int, record: Path) -> socket.socket:
    """Start *command* under a keeper that writes its output to the descriptor *log*; return the way to the keeper."""
    record.write_text("{}\n" + " " * (STATE_BYTES - 1) + "\n")
    ours, theirs = socket.socketpair()
    ours.settimeout(SOON)
    script = os.open(pty_keeper.__file__, os.O_RDONLY)
    files = [os.dup2(one, 100 + index) for index, one in enumerate((script, log, os.open(record, os.O_RDWR)))]
    files.append(os.dup2(theirs.fileno(), 103))
    theirs.close()

    def place() -> None:
        for one, where in zip(files, KEEPER_FILES, strict=True):
            os.dup2(one, where)

    arguments = [sys.executable, "-I", "-S", f"/dev/fd/{KEEPER_FILES[0]}"]
    subprocess.run(arguments, preexec_fn=place, close_fds=False, check=True, stdin=subprocess.DEVNULL)
    for one in files:
        os.close(one)
    request = "\0".join(["80", "24", "", command[0], *command]).encode()
    ours.sendall(LENGTH.pack(len(request)) + request)
    assert ours.recv(100).startswith(b"started ")
    return ours


def state(record: Path) -> dict[str, object]:
    found: dict[str, object] = json.loads(record.read_bytes()[-STATE_BYTES:])
    return found


def test_a_file_system_that_hangs_does_not_stop_the_training_and_what_is_missing_is_said(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    os.mkfifo(tmp_path / "done")
    flood = (
        f"head -c 30000000 /dev/zero | tr '\\0' x | fold -w 100; echo done >{tmp_path}/done; read _ <{tmp_path}/done"
    )
    record = tmp_path / "record"
    with keep(["/bin/sh", "-c", flood], writing, record):
        os.close(writing)
        assert (tmp_path / "done").read_text() == "done\n"
        (tmp_path / "done").write_text("end\n")
        with os.fdopen(reading, "rb") as output:
            written = output.read()
    assert b"bytes of the output are missing here: the disk was too slow" in written
    assert len(written) < 10_000_000
    assert state(record)["status"] == 0
