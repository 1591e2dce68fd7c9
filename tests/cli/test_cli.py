from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from lossmon.cli import main
from lossmon.cli import parser as arguments
from lossmon.core.verdict import Verdict

VAL = [1.0 * 0.7**i + 0.3 + 0.03 * max(0, i - 9) for i in range(30)]


_KEEPS_LITTLE = """
import resource, signal, sys
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
from lossmon.cli import main
sys.exit(main())
"""


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    for name, losses in (("lstm", VAL), ("cnn", [1.0 * 0.9**i + 0.1 for i in range(30)])):
        (tmp_path / name).mkdir()
        rows = [f"{i},{0.85**i},{loss}" for i, loss in enumerate(losses)]
        (tmp_path / name / "training.log").write_text("\n".join(["epoch,loss,val_loss", *rows, ""]))
    return tmp_path


def lossmon(*arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "lossmon", *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        stdin=subprocess.DEVNULL,
        env={**os.environ, **environ},
    )


def test_check_prints_one_document(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(runs), "--json"]) == 0
    found = {run["run"]: run["verdict"] for run in json.loads(capsys.readouterr().out)["runs"]}
    assert found["lstm"] == "overfitting"
    assert found["cnn"] != "overfitting"


def test_check_prints_a_table_for_people(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(runs)]) == 0
    assert "lstm" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("verdicts", "code"), [("overfitting", 1), ("diverged,unstable", 0), ("diverged,overfitting", 1)]
)
def test_check_fails_on_the_verdicts_it_is_told(runs: Path, verdicts: str, code: int) -> None:
    assert main(["check", str(runs), "--fail-on", verdicts]) == code


def test_a_path_that_does_not_exist_is_said_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    for command in ("check", "watch", "tail", "doctor"):
        assert main([command, "nowhere/at/all"]) == 2
        error = capsys.readouterr().err
        assert error.startswith("lossmon: nowhere/at/all: no such file or directory; ")
        assert error.count("\n") == 1


def test_a_directory_without_logs_is_nothing_readable(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(tmp_path)]) == 2
    assert "holds no training log" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [["check", "--fail-on", "overfiting"], ["watch", "--poll", "soon"], ["nothing"], ["demo", "--speed", "-1"]],
)
def test_a_command_line_that_makes_no_sense_exits_with_2_and_one_line(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stop:
        main(arguments)
    assert stop.value.code == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_without_a_terminal_the_screen_is_refused_in_one_line_without_escapes(runs: Path) -> None:
    done = lossmon("watch", str(runs))
    assert done.returncode == 2
    assert "lossmon tail" in done.stderr
    assert "\x1b" not in done.stdout + done.stderr


def test_help_teaches_and_costs_nothing_to_import() -> None:
    done = lossmon("--help")
    assert done.returncode == 0
    for command in ("watch", "check", "tail", "demo", "doctor"):
        assert command in done.stdout


@pytest.mark.parametrize(
    "command", [["--help"], ["check", "{runs}"], ["check", "{runs}", "--json"], ["doctor", "{runs}"]]
)
def test_nothing_but_the_screen_imports_textual_or_rich(runs: Path, command: list[str]) -> None:
    code = (
        "import sys; from lossmon.cli import main\n"
        "try: main(sys.argv[1:])\n"
        "except SystemExit: pass\n"
        "assert not {'textual', 'rich', 'tensorboard'} & sys.modules.keys()"
    )
    arguments = [part.format(runs=runs) for part in command]
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr


def test_one_look_watches_nothing(runs: Path) -> None:
    code = "import sys; from lossmon.cli import main; main(sys.argv[1:]); assert 'watchdog' not in sys.modules"
    subprocess.run([sys.executable, "-c", code, "check", str(runs)], check=True, timeout=60)


def test_help_imports_not_even_numpy() -> None:
    code = (
        "import sys; from lossmon.cli.parser import parser; parser().format_help(); assert 'numpy' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def test_a_reader_that_goes_away_is_no_error(runs: Path) -> None:
    done = subprocess.run(
        f"{sys.executable} -m lossmon check {runs} --json | head -1",
        shell=True,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.stderr == ""


def test_the_configuration_file_gives_defaults_and_the_command_line_wins(
    runs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "lossmon.toml"
    config.write_text('val = "loss"\n')
    assert main(["check", str(runs), "--json", "--config", str(config)]) == 0
    assert {run["val"]["tag"] for run in json.loads(capsys.readouterr().out)["runs"]} == {"loss"}
    assert main(["check", str(runs), "--json", "--config", str(config), "--val", "val_loss"]) == 0
    assert {run["val"]["tag"] for run in json.loads(capsys.readouterr().out)["runs"]} == {"val_loss"}


@pytest.mark.parametrize(
    "text", ["nonsense = 1", "poll = 'often'", "poll = -1", "poll = nan", "poll = true", "x = 'sideways'", "= broken"]
)
def test_a_wrong_configuration_is_said_in_one_line(
    runs: Path, tmp_path: Path, text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "lossmon.toml"
    config.write_text(text)
    assert main(["check", str(runs), "--config", str(config)]) == 2
    assert capsys.readouterr().err.startswith(f"lossmon: {config}: ")


def test_doctor_says_which_tags_were_chosen_and_what_was_not_read(
    runs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (runs / "model.pt").write_bytes(b"\x80\x02" * 4000)
    assert main(["doctor", str(runs), "--no-gpu"]) == 0
    said = capsys.readouterr().out
    assert "val:   val_loss (30 points, by epoch)" in said
    assert "model.pt: not a training log" in said


def test_a_completion_script_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["completion", "bash"]) == 0
    assert "lossmon" in capsys.readouterr().out


def test_the_version_is_the_one_installed(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main(["--version"])
    assert stop.value.code == 0
    assert capsys.readouterr().out.startswith("lossmon 0.")


def test_what_is_piped_in_is_followed_to_its_end() -> None:
    lines = "".join(f"Epoch {i}/9 - loss: {0.9**i:.4f} - val_loss: {0.9**i + 0.1:.4f}\n" for i in range(1, 10))
    done = subprocess.run(
        [sys.executable, "-m", "lossmon", "tail", "-", "--json"],
        input=lines,
        capture_output=True,
        text=True,
        timeout=60,
    )
    events = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 0
    assert [event["x"] for event in events if event["event"] == "evaluation"] == list(range(1, 10))


def test_output_that_cannot_be_kept_ends_with_one_line(tmp_path: Path) -> None:
    keeps_little = [sys.executable, "-c", _KEEPS_LITTLE, "tail", "-"]
    lines = "".join(f"Epoch {i}/900 - loss: {0.9**i:.4f} - val_loss: {0.9**i + 0.1:.4f}\n" for i in range(1, 900))
    done = subprocess.run(keeps_little, input=lines, capture_output=True, text=True, timeout=60)
    assert done.returncode == 2
    assert done.stderr.startswith("lossmon: -: not all of it could be kept")
    assert len(done.stderr.splitlines()) == 1


def test_an_interrupt_while_a_command_is_loaded_is_no_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(name: str) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("lossmon.cli.importlib.import_module", interrupted)
    assert main(["check"]) == 130


def test_a_build_can_fail_on_every_verdict_there_is() -> None:
    assert set(arguments._VERDICTS) == {verdict.value for verdict in Verdict}
