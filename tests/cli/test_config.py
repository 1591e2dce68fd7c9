from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.support.command_line import is_one_line, run_shell

from lossmon.cli import main


def test_the_command_line_has_priority_over_the_configuration_file(
    runs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "lossmon.toml"
    config.write_text('val = "loss"\n')
    assert main(["check", str(runs), "--json", "--config", str(config)]) == 0
    assert {run["val"]["tag"] for run in json.loads(capsys.readouterr().out)["runs"]} == {"loss"}
    assert main(["check", str(runs), "--json", "--config", str(config), "--val", "val_loss"]) == 0
    assert {run["val"]["tag"] for run in json.loads(capsys.readouterr().out)["runs"]} == {"val_loss"}


@pytest.mark.parametrize(
    "text",
    [
        "nonsense = 1", "x = 'sideways'", 'x = "banana"', "poll = 'often'", "poll = 0", "poll = -1", "poll = nan",
        "poll = true", 'poll = "1"', "poll = 1e9", "train = 5", "[a]\nb = 1", "a =", "= broken", "\x00",
        "a = " + "[" * 5000, "#" * 70_000, '"\\u001b]0;x" = 1',
    ],
)  # fmt: skip
def test_an_invalid_configuration_gives_one_error_line_with_its_path(
    log: Path, text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "lossmon.toml"
    config.write_text(text)
    assert main(["check", str(log), "--config", str(config)]) == 2
    error = capsys.readouterr().err
    assert is_one_line(error)
    assert error.startswith(f"lossmon: {config}: ")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "nonsense = 1",
            "unknown setting 'nonsense'; known settings: train, val, mode, x, poll, no_gpu, theme, ascii, no_mouse, "
            "follow, alerts",
        ),
        ("trian = 'loss'", "unknown setting 'trian'; did you mean train?"),
        ("no-gpus = true", "unknown setting 'no_gpus'; did you mean no_gpu?"),
        ("poll = 0", "poll is 0, but must be a number of seconds from 0.05 to 3600"),
        ("x = 'sideways'", "x is 'sideways', but must be one of epoch, step, time"),
        ("a = " + "[" * 5000, "invalid TOML: nested too deeply"),
    ],
)
def test_the_error_says_what_would_be_valid(
    log: Path, text: str, message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "lossmon.toml"
    config.write_text(text)
    main(["check", str(log), "--config", str(config)])
    assert capsys.readouterr().err == f"lossmon: {config}: {message}\n"


@pytest.mark.parametrize("path", ["/dev/zero", "/dev/full", "/", "/nowhere/at/all"])
def test_a_path_that_is_not_a_configuration_file_gives_one_error_line(
    log: Path, path: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check", str(log), "--config", path]) == 2
    assert is_one_line(capsys.readouterr().err)


def test_an_empty_file_as_configuration_replaces_the_one_of_the_user(log: Path, tmp_path: Path) -> None:
    (tmp_path / "lossmon").mkdir()
    (tmp_path / "lossmon" / "config.toml").write_text("nonsense = 1\n")
    assert run_shell(f"lossmon check {log}", XDG_CONFIG_HOME=str(tmp_path)).returncode == 2
    assert run_shell(f"lossmon check {log} --config /dev/null", XDG_CONFIG_HOME=str(tmp_path)).returncode == 0


@pytest.mark.parametrize(
    "make",
    [
        "mkfifo config.toml",
        "ln -s /dev/zero config.toml",
        "echo 'val = \"x' >config.toml",
        "head -c 70000 /dev/zero >config.toml",
    ],
)
def test_a_configuration_of_the_user_that_is_none_is_ignored_with_a_word(log: Path, make: str, tmp_path: Path) -> None:
    result = run_shell(
        f"mkdir {tmp_path}/lossmon && (cd {tmp_path}/lossmon && {make}) && lossmon check {log}",
        XDG_CONFIG_HOME=str(tmp_path),
    )
    assert result.returncode == 0
    assert is_one_line(result.stderr)
    assert f"{tmp_path}/lossmon/config.toml: " in result.stderr
    assert "ignored" in result.stderr


def test_a_configuration_may_come_from_a_command_but_is_not_waited_for(log: Path, tmp_path: Path) -> None:
    assert run_shell(f"lossmon check {log} --config <(echo 'val = \"loss\"')").returncode == 0
    assert run_shell(f"mkfifo {tmp_path}/fifo; lossmon check {log} --config {tmp_path}/fifo").returncode == 0


def test_config_prints_each_setting_with_where_it_comes_from(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "lossmon.toml"
    config.write_text('train = "loss \\"a\\""\nval = "val_loss"\nno-gpu = true\n')
    assert main(["config", "--config", str(config), "--val", "*/loss", "--poll", "2"]) == 0
    printed = capsys.readouterr().out
    assert printed.splitlines()[:3] == [
        f"# {config}", 'train = "loss \\"a\\""  # this file', 'val = "*/loss"  # command line',
    ]  # fmt: skip
    assert "# x is not set: what the log counts" in printed
    again = tmp_path / "again.toml"
    again.write_text(printed)
    assert main(["config", "--config", str(again)]) == 0
    assert "poll = 2.0  # this file" in capsys.readouterr().out


def test_config_names_the_file_that_is_not_there(tmp_path: Path) -> None:
    result = run_shell("lossmon config", XDG_CONFIG_HOME=str(tmp_path))
    assert result.returncode == 0
    assert result.stdout.splitlines()[0].endswith("config.toml is not there: all settings have their defaults")
