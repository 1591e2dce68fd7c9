from __future__ import annotations

import json
import os
import signal
import sys
import time
from pathlib import Path

import pytest
from tests.support.alerts import an_alert

from lossmon.alerts.apprise import AppriseChannel
from lossmon.alerts.channel import DeliveryError
from lossmon.alerts.command import CommandChannel
from lossmon.alerts.settings import Webhook

ALERT = an_alert()


def python(code: str, seconds: float = 20.0) -> CommandChannel:
    return CommandChannel("command on overfitting", (sys.executable, "-c", code), seconds)


def failure(channel: CommandChannel | AppriseChannel) -> str:
    with pytest.raises(DeliveryError) as error:
        channel.send(ALERT)
    assert not error.value.may_pass
    return str(error.value)


def test_a_command_gets_the_facts_as_json_and_its_arguments_as_they_are(tmp_path: Path) -> None:
    code = "import sys; open(sys.argv[1], 'w').write(sys.argv[2] + sys.stdin.read())"
    argv = (sys.executable, "-c", code, str(tmp_path / "facts"), "$HOME; * \n")
    assert CommandChannel("x", argv, 20.0).send(ALERT) == "exited with 0"
    written = (tmp_path / "facts").read_text()
    assert written.startswith("$HOME; * \n")
    facts = json.loads(written.removeprefix("$HOME; * \n"))
    assert (facts["run"], facts["verdict"], facts["alert"]) == ("lstm", "overfitting", "overfitting")


def test_what_a_command_prints_reaches_nobody(capfd: pytest.CaptureFixture[str]) -> None:
    python("import sys; print('\\x1b[2J'); print('oh', file=sys.stderr)").send(ALERT)
    assert capfd.readouterr() == ("", "")


def test_a_command_that_fails_or_does_not_exist_is_an_error() -> None:
    assert failure(python("raise SystemExit(3)")) == f"{sys.executable} exited with 3"
    assert failure(python("import os; os.kill(os.getpid(), 9)")) == f"{sys.executable} was ended by signal 9"
    assert failure(CommandChannel("x", ("/none/such",), 1.0)) == "/none/such: no such file or directory"
    assert failure(CommandChannel("x", ("a\0b",), 1.0)) == "a\0b: invalid command"


def test_a_command_that_reads_nothing_is_no_error() -> None:
    assert python("pass").send(ALERT) == "exited with 0"


def test_a_command_that_hangs_is_killed_with_all_that_it_started(tmp_path: Path) -> None:
    children = tmp_path / "children"
    code = (
        "import subprocess, sys, time\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(300)'])\n"
        f"open({str(children)!r}, 'w').write(str(child.pid))\n"
        "time.sleep(300)"
    )
    assert failure(python(code, 1.5)).endswith(" took longer than 1.5 s and was killed")
    assert has_ended(int(children.read_text()))


def has_ended(pid: int) -> bool:
    """Return whether a process has ended, or will at once: it is a zombie, or gets no more time."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            os.kill(pid, 0)
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except (ProcessLookupError, FileNotFoundError):
            return True
        if state == "Z":
            return True
    os.kill(pid, signal.SIGKILL)
    return False


FAKE = """
class Apprise:
    def add(self, url):
        self.url = url
        return not url.startswith("unknown:")
    def notify(self, title, body, notify_type):
        open(self.url.removeprefix("file://"), "w").write(f"{title}|{notify_type}|{body}")
        return True
"""


@pytest.fixture
def fake_apprise(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "apprise.py").write_text(FAKE)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "lib"))
    return tmp_path


def test_apprise_gets_title_and_text_in_a_process_of_its_own(fake_apprise: Path) -> None:
    channel = AppriseChannel(Webhook("apprise", "mail", f"file://{fake_apprise}/sent"), 20.0)
    assert channel.send(ALERT) == "sent with Apprise"
    assert (fake_apprise / "sent").read_text() == f"lossmon: overfitting|warning|{ALERT.text}"
    assert "apprise" not in sys.modules


def test_apprise_that_does_not_know_a_url_is_an_error_without_the_url(fake_apprise: Path) -> None:
    assert failure(AppriseChannel(Webhook("apprise", "x", "unknown:secret"), 20.0)) == (
        "Apprise does not know this kind of URL"
    )


def test_apprise_is_never_imported_from_the_current_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "apprise.py").write_text("raise SystemExit(0)")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PYTHONPATH", raising=False)
    with pytest.raises(DeliveryError):
        AppriseChannel(Webhook("apprise", "x", "unknown:secret"), 20.0).send(ALERT)
