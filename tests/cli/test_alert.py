from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from tests.support.alerts import refused_port, serving, silent_port
from tests.support.command_line import is_one_line, run_lossmon, run_python, run_shell
from tests.support.kept_training import Training, run_in
from tests.support.ptys import lossmon, terminal
from tests.support.training_logs import OVERFITTING, keras_csv

from lossmon.cli import main

SECRET = "T0K3N"
COMMAND = f"{sys.executable} -c 'import sys; open(sys.argv[1], \"a\").write(sys.stdin.read())'"
"""Adds its standard input to the file that is its argument."""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "lossmon.toml"
    path.touch(0o600)
    return path


def error_of(config: Path, text: str, capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """Return the error of ``lossmon alert`` with this configuration, without the path of its file."""
    config.write_text(text)
    assert main(["alert", "--config", str(config), *arguments]) == 2
    error = capsys.readouterr().err
    assert is_one_line(error)
    return error.removeprefix("lossmon: ").removeprefix(f"{config}: ").rstrip()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[alert]\nquiet = '22:00-07:00'", "unknown setting 'alert'; did you mean alerts?"),
        ("[alerts]\nquite = '22:00-07:00'", "unknown setting 'alerts.quite'; did you mean quiet?"),
        ("[alerts]\nquiet = '22-7'", "alerts.quiet is '22-7', but must be a time of day as '22:00-07:00'"),
        ("[alerts]\nper_hour = 0", "alerts.per_hour is 0, but must be a whole number from 1 to 3600"),
        ("alerts = 1", "alerts is 1, but must be a table: [alerts]"),
        ("[alerts.webhook]\nkind = 'slack'", "alerts.webhook must be written as [[alerts.webhook]]"),
        ("[[alerts.webhook]]\nkind = 'slak'", "alerts.webhook[1].kind is 'slak', but must be one of slack, discord, "
         "ntfy, telegram, json, apprise"),
        ("[[alerts.webhook]]\nkind = 'slack'\n[[alerts.webhook]]\nknd = 'slack'",
         "unknown setting 'alerts.webhook[2].knd'; did you mean kind?"),
        ("[[alerts.webhook]]\nurl = 5", "alerts.webhook[1].url is not valid, but must be a string"),
        ("[alerts.on]\noverfiting = 'x'", "unknown setting 'alerts.on.overfiting'; did you mean overfitting?"),
        ("[alerts.on]\noverfitting = \"x 'y\"", "alerts.on.overfitting is \"x 'y\", but must be a command as one "
         "string, such as 'notify-send hi'; one with a pipe or > needs sh -c '…'"),
        ("[alerts.on]\noverfitting = 'a | b'", "alerts.on.overfitting is 'a | b', but must be a command as one string, "
         "such as 'notify-send hi'; one with a pipe or > needs sh -c '…'"),
        ("[[alerts.webhook]]\nurl = 'https://x/'", "alerts.webhook[1] has no kind; it is one of slack, discord, ntfy, "
         "telegram, json, apprise"),
        ("[[alerts.webhook]]\nkind = 'slack'", "alerts.webhook[1]: slack needs url, or url_env, the name of an "
         "environment variable that holds it"),
        ("[[alerts.webhook]]\nkind = 'slack'\nurl = 'file:///etc/passwd'",
         "alerts.webhook[1]: its url is not valid; it begins with https://"),
        ("[[alerts.webhook]]\nkind = 'slack'\nurl_env = 'NO_SUCH_1'",
         "alerts.webhook[1]: the environment variable NO_SUCH_1 is not set"),
        ("[[alerts.webhook]]\nkind = 'telegram'\ntoken = 'x'", "alerts.webhook[1]: telegram needs chat"),
    ],
)  # fmt: skip
def test_an_invalid_table_is_an_error_that_says_what_would_be_valid(
    config: Path, text: str, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert error_of(config, text, capsys) == message


def test_without_alerts_the_command_says_how_to_set_them(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert error_of(config, "", capsys).startswith("no alerts are set; give --bell or --on, or write a table [alerts]")


def test_where_alerts_go_is_printed_without_secrets(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    hook = f"[[alerts.webhook]]\nkind = 'slack'\nurl = 'https://x/{SECRET}'\n"
    config.write_text(
        "[alerts]\nverdicts = ['overfitting']\nstatuses = []\nquiet = '22:00-7:00'\n" + hook * 2
        + "[alerts.on]\nmaybe-overfitting = 'true'\n"
    )  # fmt: skip
    assert main(["alert", "--config", str(config)]) == 0
    printed = capsys.readouterr()
    assert printed.out.splitlines() == [
        "terminal: overfitting",
        "slack: overfitting",
        "slack-2: overfitting",
        "command on maybe-overfitting",
        "quiet: 22:00-07:00, except for commands",
    ]
    assert main(["config", "--config", str(config)]) == 0
    again = capsys.readouterr()
    assert '[alerts]  # this file\nverdicts = ["overfitting"]' in again.out
    assert SECRET not in printed.out + printed.err + again.out + again.err


def test_a_test_says_what_came_back_from_each_channel(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    hooks = (
        "[[alerts.webhook]]\nkind = 'slack'\nurl = '{}/{}'\n[[alerts.webhook]]\nkind = 'json'\nname = 'own'\nurl = '{}'"
    )
    with serving() as service:
        config.write_text(hooks.format(service.url, SECRET, f"http://127.0.0.1:{refused_port()}/{SECRET}"))
        assert main(["alert", "--test", "--config", str(config)]) == 2
        printed = capsys.readouterr()
        assert (printed.out, printed.err) == ("slack: HTTP 200\n", "lossmon: own: Connection refused\n")
        assert main(["alert", "--test", "slack", "--config", str(config)]) == 0
        assert main(["alert", "--test", "slak", "--config", str(config)]) == 2
    assert "there are 'slack', 'own'" in capsys.readouterr().err
    assert [body["text"].startswith("this is a test of lossmon's alerts") for *_, body in service.requests] == [
        True
    ] * 2


def test_secrets_may_come_from_the_environment(
    config: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with serving() as service:
        monkeypatch.setenv("HOOK", f"{service.url}/{SECRET}")
        config.write_text("[[alerts.webhook]]\nkind = 'slack'\nurl_env = 'HOOK'\n")
        config.chmod(0o644)
        assert main(["alert", "--test", "--config", str(config)]) == 0
    assert service.requests[0][0] == f"/{SECRET}"
    assert capsys.readouterr().err == ""


def test_a_file_with_secrets_that_others_can_read_gets_a_word(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config.write_text("[[alerts.webhook]]\nkind = 'slack'\nurl = 'https://127.0.0.1/x'\n")
    config.chmod(0o640)
    assert main(["alert", "--config", str(config)]) == 0
    assert capsys.readouterr().err == (
        f"lossmon: {config}: others can read the secrets in it; run: chmod 600 {config}\n"
    )


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ("--on=overfiting=true", "'overfiting' is no condition; choose from diverged, overfitting, "),
        ("--on=overfiting=true", "; did you mean overfitting?"),
        ("--on=overfitting", "'overfitting' has no =; for example: overfitting='notify-send lossmon'"),
        ("--on=overfitting=", "has no command"),
        ("--on=overfitting=x 'y", "no closing quotation"),
        ("--on=overfitting=./hook.sh | cat", "'|' is for a shell, and COMMAND runs without one; write: sh -c './hook"),
        ("--on=overfitting=x >> log", "write: sh -c 'x >> log'"),
        ("--on=overfitting=x && y", "write: sh -c 'x && y'"),
        ("--until=", "'' is no condition"),
    ],
)
def test_an_option_that_is_wrong_is_an_error_of_one_line(option: str, message: str) -> None:
    result = run_lossmon("tail", "-", option)
    assert result.returncode == 2
    assert is_one_line(result.stderr.replace("lossmon tail", "lossmon", 1))
    assert message in result.stderr


def test_tail_runs_a_command_with_the_facts_and_never_writes_escapes_to_a_pipe(tmp_path: Path) -> None:
    facts = tmp_path / "facts"
    result = run_lossmon(
        "tail", "-", "--bell", f"--on=overfitting,diverged={COMMAND} {facts}",
        stdin=keras_csv(OVERFITTING), TERM="xterm-kitty",
    )  # fmt: skip
    assert result.returncode == 0
    assert (result.stdout + result.stderr).replace("\n", "").isprintable()
    (fact,) = (json.loads(line) for line in facts.read_text().splitlines())
    assert fact["alert"] == "overfitting"
    assert fact["message"].startswith(
        "stdin.log is overfitting since epoch 9 (val 0.34 → 0.9); keep the checkpoint of "
    )


def test_a_command_is_only_tested_by_its_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    facts = tmp_path / "facts"
    on = f"--on=overfitting={COMMAND} {facts}"
    assert main(["alert", "--test", "--config", "/dev/null", on]) == 2
    assert not facts.exists()
    assert main(["alert", "--test", "overfitting", "--config", "/dev/null", on]) == 0
    assert json.loads(facts.read_text())["alert"] == "test"
    assert capsys.readouterr().out == "command on overfitting: exited with 0\n"


def test_tail_says_once_that_a_command_cannot_be_run_and_goes_on() -> None:
    result = run_lossmon("tail", "-", "--on=overfitting=/none/such", stdin=keras_csv(OVERFITTING))
    assert result.returncode == 0
    assert result.stderr == "lossmon: alerts: command on overfitting: /none/such: no such file or directory\n"
    assert "epoch 29" in result.stdout


def test_the_terminal_of_tail_rings(tmp_path: Path) -> None:
    (tmp_path / "log.csv").write_text(keras_csv(OVERFITTING))
    command = f"cat {tmp_path}/log.csv | {' '.join(lossmon('tail', '-', '--bell'))}"
    with terminal(["sh", "-c", command], TERM="xterm-kitty") as shown:
        shown.ends()
        assert shown.output.count(b"\a\x1b]99;i=lossmon:d=0;lossmon: overfitting\x1b\\") == 1


def test_the_terminal_rings_between_two_frames_of_the_screen_and_a_channel_that_fails_is_said_in_the_last_line(
    tmp_path: Path,
) -> None:
    log = tmp_path / "training.log"
    log.write_text(keras_csv(OVERFITTING[:5]))
    watch = lossmon("watch", str(tmp_path), "--bell", "--no-gpu", "--on=overfitting=/none/such")
    with terminal(watch, TERM="xterm-kitty") as shown:
        shown.shows("learning")
        log.write_text(keras_csv(OVERFITTING))
        shown.shows("/none/such: no such file or directory")
        assert shown.output.count(b"\x1b[?2026l\a\x1b]99;i=lossmon:d=0;lossmon: overfitting\x1b\\") == 1
        shown.send(b"q")
        assert shown.ends() == 0
        assert shown.is_as_before()


def test_an_alert_that_did_not_arrive_before_the_screen_was_left_is_said_below_it(tmp_path: Path, config: Path) -> None:
    log = tmp_path / "runs" / "training.log"
    log.parent.mkdir()
    log.write_text(keras_csv(OVERFITTING[:5]))
    with silent_port() as port:
        hook = f"[[alerts.webhook]]\nkind = 'json'\nurl = 'http://127.0.0.1:{port}/'\n"
        config.write_text(f"[alerts]\nchannels = ['webhook']\n{hook}")
        with terminal(lossmon("watch", str(log.parent), "--no-gpu", "--config", str(config))) as shown:
            shown.shows("learning")
            log.write_text(keras_csv(OVERFITTING))
            shown.shows("overfitting since")
            shown.send(b"q")
            assert shown.ends() == 0
            assert b"alerts: json: no answer yet; the last alerts are lost" in shown.output


def test_a_training_without_a_screen_tells_that_it_failed(training: Training, tmp_path: Path) -> None:
    facts = tmp_path / "facts"
    code = "print('epoch 1 loss: 0.5 val_loss: 0.6'); raise MemoryError('no room')"
    result = run_in(training, f"--on=failed={COMMAND} {facts}", "--", sys.executable, "-c", code)
    assert result.returncode == 1
    (fact,) = (json.loads(line) for line in facts.read_text().splitlines())
    assert fact["message"] == "the training has failed: MemoryError: no room"


def test_alerts_that_cannot_be_told_stop_a_training_before_it_starts(training: Training, config: Path) -> None:
    config.write_text("[[alerts.webhook]]\nkind = 'slack'\n")
    result = run_in(training, "--config", str(config), "--", "touch", str(training.work / "started"))
    assert result.returncode == 2
    assert not (training.work / "started").exists()


def test_without_alerts_nothing_of_them_is_imported(tmp_path: Path) -> None:
    code = (
        "import sys; from lossmon.cli import main\n"
        "assert main(['tail', '-']) == 0\n"
        "loaded = {name for name in sys.modules if name.startswith('lossmon.alerts') or name == 'urllib.request'}\n"
        "assert not loaded, loaded"
    )
    result = run_python(code, stdin=keras_csv(OVERFITTING))
    assert result.returncode == 0, result.stderr


def test_the_example_in_readme_is_valid(
    config: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    readme = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    config.write_text(readme.partition("```toml\n")[2].partition("```")[0], encoding="utf-8")
    monkeypatch.setenv("TELEGRAM_TOKEN", "1:x")
    assert main(["alert", "--config", str(config)]) == 0
    told = "diverged, ended, failed, overfitting, stalled"
    printed = capsys.readouterr().out.splitlines()
    assert printed[:4] == [f"terminal: {told}", f"slack: {told}", f"telegram: {told}", "command on overfitting"]


def test_no_alerts_ignores_the_table_of_the_configuration(config: Path) -> None:
    config.write_text("[alerts.on]\noverfitting = '/none/such'\n")
    log = config.with_name("log.csv")
    log.write_text(keras_csv(OVERFITTING))
    command = f"lossmon tail - --config {config}"
    assert "/none/such" in run_shell(f"cat {log} | {command}").stderr
    assert run_shell(f"cat {log} | {command} --no-alerts").stderr == ""
