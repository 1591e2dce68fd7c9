"""What is said, and what still works, where the kernel gives no notices."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lossmon.discovery import ChangeNotifier
from lossmon.discovery.inotify import Inotify

SOON = 5.0

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="inotify is a service of Linux")


@pytest.fixture
def notified() -> Iterator[ChangeNotifier]:
    with ChangeNotifier(gather=0.0) as waker:
        yield waker


def refuse(monkeypatch: pytest.MonkeyPatch, method: str, code: int, after: int = 0) -> None:
    real, calls = getattr(Inotify, method), iter(range(1000))

    def fail(*args: Any) -> None:
        if next(calls) >= after:
            raise OSError(code, os.strerror(code))
        real(*args)

    monkeypatch.setattr(Inotify, method, fail)


def test_without_an_inotify_instance_it_polls_and_says_so(
    notified: ChangeNotifier, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refuse(monkeypatch, "__init__", errno.EMFILE)
    notified.watch(str(tmp_path))
    assert notified.how == "polling: no inotify instance is left (fs.inotify.max_user_instances)"
    assert notified.wait(0.0) == set()


def test_the_directories_beyond_the_limit_of_watches_are_polled_and_counted(
    notified: ChangeNotifier, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refuse(monkeypatch, "add", errno.ENOSPC, after=4)
    directories = [tmp_path / str(number) for number in range(6)]
    for directory in directories:
        directory.mkdir()
        notified.watch(str(directory))
    assert notified.how == (
        "inotify for 4 of 6 directories, polling for the rest: "
        "the limit of watches is reached (fs.inotify.max_user_watches)"
    )
    (directories[0] / "log").touch()
    assert str(directories[0] / "log") in notified.wait(SOON)
    for directory in directories[4:]:
        notified.forget(str(directory))
    assert notified.how == "inotify"


def test_a_network_file_system_is_polled_and_named(
    notified: ChangeNotifier, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lossmon.discovery.mounts.FileSystems.kind", lambda *_: "nfs4")
    notified.watch(str(tmp_path))
    assert notified.how == "polling: nfs4 does not announce what other machines write"


@pytest.mark.skipif(shutil.which("unshare") is None, reason="needs unshare of util-linux")
def test_the_real_limits_of_the_kernel_are_noticed(tmp_path: Path) -> None:
    for number in range(6):
        (tmp_path / str(number)).mkdir()
    code = (
        "import sys, pathlib; from lossmon.discovery import ChangeNotifier\n"
        "with ChangeNotifier() as waker:\n"
        "    for path in pathlib.Path(sys.argv[1]).iterdir(): waker.watch(str(path))\n"
        "    print(waker.how)"
    )
    script = 'echo 3 >/proc/sys/user/max_inotify_watches && exec "$@"'
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = ["unshare", "-Ur", "sh", "-c", script, "sh", sys.executable, "-c", code, str(tmp_path)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    if done.returncode and "Traceback" not in done.stderr:
        pytest.skip("user namespaces are not to be had here")
    assert done.stdout.startswith("inotify for 3 of 6 directories"), done.stderr
