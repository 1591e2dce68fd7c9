"""What the change notifier reports, and what still works, when the kernel refuses watches."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NoReturn

import pytest

from lossmon.discovery import ChangeNotifier, FileSystems, open_inotify

SOON = 5.0

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="inotify is a service of Linux")


def no_inotify() -> NoReturn:
    raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))


def directories_in(path: Path, count: int) -> list[Path]:
    """Make *count* directories and return their paths."""
    directories = [path / str(number) for number in range(count)]
    for directory in directories:
        directory.mkdir()
    return directories


def test_without_an_inotify_instance_it_polls_and_gives_the_reason(tmp_path: Path) -> None:
    with ChangeNotifier(gather=0.0, open_inotify=no_inotify) as notifier:
        notifier.watch(str(tmp_path))
        assert notifier.how == "polling: the limit on instances is reached (fs.inotify.max_user_instances)"
        assert notifier.wait(0.0) == set()


def test_directories_beyond_the_limit_of_the_kernel_are_polled_and_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inotify = open_inotify()
    add = inotify.add

    def add_up_to_four(directory: str) -> None:
        if inotify.count >= 4:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        add(directory)

    monkeypatch.setattr(inotify, "add", add_up_to_four)
    directories = directories_in(tmp_path, 6)
    with ChangeNotifier(gather=0.0, open_inotify=lambda: inotify) as notifier:
        for directory in directories:
            notifier.watch(str(directory))
        assert notifier.how == (
            "inotify for 4 of 6 directories, polling for the rest: "
            "the limit on watches is reached (fs.inotify.max_user_watches)"
        )
        (directories[0] / "log").touch()
        assert str(directories[0] / "log") in notifier.wait(SOON)
        for directory in directories[4:]:
            notifier.forget(str(directory))
        assert notifier.how == "inotify"


def test_directories_beyond_the_limit_of_lossmon_are_polled_and_counted(tmp_path: Path) -> None:
    with ChangeNotifier(gather=0.0, max_watches=2) as notifier:
        for directory in directories_in(tmp_path, 3):
            notifier.watch(str(directory))
        assert notifier.how == (
            "inotify for 2 of 3 directories, polling for the rest: at most 2 directories are watched"
        )


def test_a_network_file_system_is_polled_and_named(tmp_path: Path) -> None:
    mounts = tmp_path / "mounts"
    mounts.write_text("server:/ / nfs4 rw 0 0\n")
    with ChangeNotifier(gather=0.0, file_systems=FileSystems(str(mounts))) as notifier:
        notifier.watch(str(tmp_path))
        assert notifier.how == "polling: nfs4 does not report writes of other machines"


@pytest.mark.skipif(shutil.which("unshare") is None, reason="needs unshare of util-linux")
def test_a_real_limit_of_the_kernel_is_reported(tmp_path: Path) -> None:
    for number in range(6):
        (tmp_path / str(number)).mkdir()
    code = (
        "import sys, pathlib; from lossmon.discovery import ChangeNotifier\n"
        "with ChangeNotifier() as notifier:\n"
        "    for path in pathlib.Path(sys.argv[1]).iterdir(): notifier.watch(str(path))\n"
        "    print(notifier.how)"
    )
    script = 'echo 3 >/proc/sys/user/max_inotify_watches && exec "$@"'
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = ["unshare", "-Ur", "sh", "-c", script, "sh", sys.executable, "-c", code, str(tmp_path)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    if done.returncode and "Traceback" not in done.stderr:
        pytest.skip("user namespaces are not available here")
    assert done.stdout.startswith("inotify for 3 of 6 directories"), done.stderr
