"""What lossmon does to its surroundings, and what these may do to it: other files, other programs, scarce resources."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from tests.support.command_line import is_one_line, run_lossmon, run_python, run_shell
from tests.support.ptys import terminal
from tests.support.training_logs import keras_csv

from lossmon.monitor import Monitor, MonitorSettings
from lossmon_adapters import BUILTIN

AUDITED = """
import sys
seen, root = [], sys.argv[-1]
def audit(name, args):
    if name == "open" and root in str(args[0]) and (args[2] or 0) & 3 or name.startswith(("socket.", "subprocess.")):
        seen.append((name, args))
    if name in ("os.remove", "os.rename", "os.mkdir", "os.utime", "os.chmod", "os.truncate") and root in str(args[0]):
        seen.append((name, args))
sys.addaudithook(audit)
from lossmon.cli import main
code = main(sys.argv[1:])
sys.stderr.write(repr(seen))
raise SystemExit(code)
"""
"""Runs a command; prints each network call, each program started and each change below the last argument."""
AUDITED_SCREEN = """
import os, sys
report, root = os.open(sys.argv.pop(1), os.O_CREAT | os.O_WRONLY | os.O_APPEND), sys.argv[-1]
def audit(name, args):
    is_write = name == "open" and (args[2] or 0) & 3 or name in ("os.remove", "os.rename", "os.mkdir", "os.utime")
    is_sent = name in ("socket.connect", "socket.bind", "socket.sendto", "socket.getaddrinfo")
    if is_write and root in str(args[0]) or is_sent or name in ("subprocess.Popen", "os.exec", "os.posix_spawn"):
        os.write(report, repr((name, args)).encode())
sys.addaudithook(audit)
from lossmon.cli import main
raise SystemExit(main(sys.argv[1:]))
"""
"""Runs the screen, in two processes, and writes the same to the file named first."""
CODE_OF_OTHERS = "raise SystemExit('code of the watched directory was run')"


def everything_below(root: Path) -> dict[str, tuple[int, int, bytes]]:
    """Return for each file its inode, the time of its last change and its content."""
    files = (path for path in root.rglob("*") if path.is_file())
    return {str(file): (file.stat().st_ino, file.stat().st_mtime_ns, file.read_bytes()) for file in files}


@pytest.mark.parametrize("command", [["check"], ["check", "--json"], ["status"], ["doctor", "--no-gpu"]])
def test_nothing_watched_is_changed_no_program_started_and_nothing_sent(runs: Path, command: list[str]) -> None:
    before = everything_below(runs)
    result = run_python(AUDITED, *command, str(runs))
    assert (result.returncode, result.stderr) == (0, "[]")
    assert everything_below(runs) == before


def test_the_screen_changes_nothing_watched_starts_no_program_and_sends_nothing(
    runs: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    before, report = everything_below(runs), tmp_path_factory.mktemp("elsewhere") / "report"
    with terminal([sys.executable, "-c", AUDITED_SCREEN, str(report), "watch", "--no-gpu", str(runs)]) as shown:
        shown.shows("quit")
        shown.send(b"im?q")
        assert shown.ends() == 0
    assert report.read_text() == ""
    assert everything_below(runs) == before


def test_two_monitors_of_one_directory_do_not_know_of_each_other(runs: Path) -> None:
    before = everything_below(runs)
    first, second = (Monitor([str(runs)], BUILTIN, MonitorSettings(once=True)) for _ in range(2))
    seen = first.read_all().runs
    first.close()
    assert [run.name for run in second.read_all().runs] == [run.name for run in seen]
    second.close()
    assert everything_below(runs) == before


@pytest.mark.parametrize("name", ["lossmon.toml", ".lossmon", ".env", "sitecustomize.py", "usercustomize.py"])
def test_settings_and_code_in_the_watched_directory_have_no_effect(runs: Path, name: str) -> None:
    expected = run_lossmon("check", str(runs)).stdout
    (runs / name).write_text(CODE_OF_OTHERS)
    result = run_shell(f"cd {runs} && lossmon check {runs}")
    assert (result.returncode, result.stderr) == (0, "")
    assert "overfitting" in result.stdout
    assert result.stdout.splitlines()[:4] == expected.splitlines()[:4]


def test_more_runs_than_descriptors_are_all_read(tmp_path: Path) -> None:
    for number in range(120):
        (tmp_path / str(number)).mkdir()
        (tmp_path / str(number) / "training.log").write_text(keras_csv([0.9**epoch + number for epoch in range(6)]))
    result = run_shell(f"ulimit -n 32; lossmon check {tmp_path} --fail-on overfitting | tail -1")
    assert (result.stderr, result.stdout.split(" · ")[0]) == ("", "120 runs")


@pytest.mark.parametrize("megabytes", [60, 400])
def test_with_little_memory_it_works_or_says_so_in_one_line(log: Path, megabytes: int) -> None:
    result = run_shell(f"ulimit -v {megabytes * 1024}; export OPENBLAS_NUM_THREADS=1; lossmon check {log}")
    assert result.returncode == 0 or is_one_line(result.stderr)


@pytest.mark.parametrize("zone", ["", "no/such zone", "\x1b[2J", "UTC+25", ":/dev/zero", "Europe/Berlin"])
def test_the_time_zone_changes_no_verdict(log: Path, zone: str) -> None:
    os.utime(log, (1.7e9, 1.7e9))
    here, there = (run_lossmon("check", str(log), "--json", TZ=one) for one in ("UTC", zone))
    assert (there.returncode, there.stderr) == (0, "")
    assert '"verdict"' in there.stdout
    assert there.stdout.count("\n") == here.stdout.count("\n")


@pytest.mark.parametrize("command", ["report {log}", "report", "run --watch {log} --log {log} -- true", "check"])
def test_a_current_directory_that_was_removed_is_said_in_one_line(command: str, tmp_path: Path) -> None:
    log = tmp_path / "log.csv"
    log.write_text("epoch,loss\n1,0.5\n")
    result = run_shell(f"mkdir {tmp_path}/gone; cd {tmp_path}/gone; rmdir ../gone; lossmon {command.format(log=log)}")
    assert result.returncode == 2
    assert is_one_line(result.stderr)
    assert "the current directory no longer exists" in result.stderr
