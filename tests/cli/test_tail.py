from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from tests.support.command_line import is_one_line, run_lossmon, run_shell
from tests.support.ptys import lossmon, terminal
from tests.support.training_logs import keras_csv, keras_output

from lossmon.core.text import cell_width

ROWS = keras_csv([0.95**epoch for epoch in range(6)])


def test_standard_input_is_followed_to_its_end() -> None:
    result = run_lossmon("tail", "-", "--json", stdin=keras_output(9))
    events = [json.loads(line) for line in result.stdout.splitlines()]
    assert result.returncode == 0
    assert [event["x"] for event in events if event["event"] == "evaluation"] == list(range(1, 10))


def test_standard_input_needs_no_room_on_disk() -> None:
    rows = ROWS.replace("\n", "\\n")
    result = run_shell(
        f'ulimit -f 0; (printf "{rows}"; head -c 3000000 /dev/zero; echo >&2 done) | TMPDIR=/none lossmon tail - --json'
    )
    assert (result.returncode, result.stderr) == (0, "done\n")
    assert '"x": 5' in result.stdout


@pytest.mark.parametrize("command", ["true", "printf 'no loss\\n'", "head -c 100000 /dev/urandom"])
def test_standard_input_without_losses_gives_one_error_line(command: str) -> None:
    result = run_shell(f"{command} | lossmon tail -")
    assert result.returncode == 2
    assert result.stderr.startswith("lossmon: -: no losses found on standard input; ")
    assert is_one_line(result.stderr)


@pytest.mark.parametrize(
    ("number", "code"),
    [(signal.SIGTERM, -signal.SIGTERM), (signal.SIGHUP, -signal.SIGHUP), (signal.SIGINT, 130)],
)
def test_a_signal_ends_it_and_no_copy_of_standard_input_was_made(
    tmp_path: Path, number: signal.Signals, code: int
) -> None:
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
        assert not any(tmp_path.iterdir())
        program.send_signal(number)
        assert program.wait(10) == code


@pytest.mark.parametrize("lines_read", [0, 1])
def test_it_ends_when_nobody_reads_it_any_more_also_without_news(log: Path, lines_read: int) -> None:
    with subprocess.Popen([sys.executable, "-m", "lossmon", "tail", str(log)], stdout=subprocess.PIPE) as program:
        assert program.stdout is not None
        for _ in range(lines_read):
            program.stdout.readline()
        program.stdout.close()
        assert program.wait(10) == 0


def test_a_tag_that_no_run_has_is_said_and_it_goes_on(log: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "lossmon", "tail", str(log), "--val", "val_los"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as program:
        assert program.stderr is not None
        assert program.stderr.readline() == "lossmon: --val val_los: no tag matches; there are val_loss, loss\n"
        program.terminate()


def test_on_a_terminal_texts_line_up_behind_names_also_behind_wide_ones(tmp_path: Path) -> None:
    for decay, name in ((0.95, "cnn"), (0.9, "模型-1")):
        (tmp_path / f"{name}.csv").write_text(keras_csv([decay**epoch for epoch in range(8)]))
    with terminal(lossmon("tail", str(tmp_path))) as shown:
        shown.until(lambda: shown.output.count(b"validation loss") >= 2)
        shown.process.send_signal(signal.SIGINT)
        shown.ends()
    lines = [line for line in shown.output.decode().splitlines() if "epoch" in line]
    assert {cell_width(line[: line.index("epoch")]) for line in lines} == {len("xxxx-1.csv: ")}
