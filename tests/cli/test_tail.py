from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from tests.support.command_line import is_one_line, run_lossmon, run_python, run_shell
from tests.support.training_logs import keras_csv, keras_output

ROWS = keras_csv([0.95**epoch for epoch in range(6)])
WITH_A_FILE_SIZE_LIMIT = """
import resource, signal, sys
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
from lossmon.cli import main
sys.exit(main())
"""


def test_standard_input_is_followed_to_its_end() -> None:
    result = run_lossmon("tail", "-", "--json", stdin=keras_output(9))
    events = [json.loads(line) for line in result.stdout.splitlines()]
    assert result.returncode == 0
    assert [event["x"] for event in events if event["event"] == "evaluation"] == list(range(1, 10))


def test_standard_input_that_cannot_be_stored_gives_one_error_line() -> None:
    result = run_python(WITH_A_FILE_SIZE_LIMIT, "tail", "-", stdin=keras_output(899))
    assert result.returncode == 2
    assert result.stderr.startswith("lossmon: -: could not be stored completely")
    assert len(result.stderr.splitlines()) == 1


def test_standard_input_that_cannot_be_stored_is_still_read_to_its_end() -> None:
    rows = ROWS.replace("\n", "\\n")
    result = run_shell(
        f'ulimit -f 64; (printf "{rows}"; head -c 3000000 /dev/zero; echo >&2 done) | lossmon tail - --json'
    )
    assert result.returncode == 2
    assert '"x": 5' in result.stdout
    done, error = result.stderr.splitlines(keepends=True)
    assert done == "done\n"
    assert error.startswith("lossmon: -: could not be stored completely: File too large; ")


@pytest.mark.parametrize("command", ["true", "printf 'no loss\\n'", "head -c 100000 /dev/urandom"])
def test_standard_input_without_losses_gives_one_error_line(command: str) -> None:
    result = run_shell(f"{command} | lossmon tail -")
    assert result.returncode == 2
    assert result.stderr.startswith("lossmon: -: no losses found on standard input; ")
    assert is_one_line(result.stderr)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129), (signal.SIGINT, 130)])
def test_after_a_signal_no_copy_of_standard_input_remains(tmp_path: Path, number: signal.Signals, code: int) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "lossmon", "tail", "-", "--json"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "TMPDIR": str(tmp_path)},
    ) as program:
        assert program.stdin is not None
        assert program.stdout is not None
        program.stdin.write(ROWS.encode())
        program.stdin.flush()
        program.stdout.readline()
        assert len(list(tmp_path.iterdir())) == 1
        program.send_signal(number)
        assert program.wait(10) == code
    assert not any(tmp_path.iterdir())
