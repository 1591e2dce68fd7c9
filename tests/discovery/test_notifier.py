"""What ends a wait, by notices of the kernel and without them."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from lossmon.discovery import ChangeNotifier
from lossmon.discovery.inotify import Inotify

SOON = 5.0

local = pytest.mark.skipif(sys.platform != "linux", reason="inotify is a service of Linux")


@pytest.fixture(params=[pytest.param("inotify", marks=local), "polling"])
def waker(request: pytest.FixtureRequest) -> Iterator[ChangeNotifier]:
    with ChangeNotifier(polling=request.param == "polling", gather=0.0) as waker:
        yield waker


@pytest.fixture
def notified() -> Iterator[ChangeNotifier]:
    with ChangeNotifier(gather=0.0) as waker:
        yield waker


def append(path: Path, data: bytes = b"line\n") -> None:
    with path.open("ab") as file:
        file.write(data)


def test_a_wait_ends_in_time_when_nothing_happens(waker: ChangeNotifier, tmp_path: Path) -> None:
    waker.watch(str(tmp_path))
    start = time.monotonic()
    assert waker.wait(0.05) == set()
    assert 0.04 < time.monotonic() - start < SOON


def test_a_wait_is_ended_from_another_thread(waker: ChangeNotifier) -> None:
    thread = threading.Thread(target=waker.wake)
    thread.start()
    start = time.monotonic()
    waker.wait(SOON)
    assert time.monotonic() - start < SOON
    thread.join()


def test_many_calls_for_waking_end_one_wait(waker: ChangeNotifier) -> None:
    for _ in range(100_000):
        waker.wake()
    waker.wait(SOON)
    start = time.monotonic()
    for _ in range(20):
        waker.wait(0.0)
    waker.wait(0.05)
    assert time.monotonic() - start >= 0.04


def test_nothing_is_left_after_closing(tmp_path: Path) -> None:
    def held() -> int:
        return len(list(Path("/dev/fd").iterdir()))

    before, threads = held(), threading.active_count()
    for polling in (False, True):
        with ChangeNotifier(polling=polling) as waker:
            waker.watch(str(tmp_path))
            assert held() > before
    assert (held(), threading.active_count()) == (before, threads)


def test_how_it_notices_is_told(waker: ChangeNotifier, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    waker.watch(str(tmp_path))
    assert waker.how == request.node.callspec.params["waker"]


def test_watching_what_is_not_there_is_no_trouble(waker: ChangeNotifier, tmp_path: Path) -> None:
    before = waker.how
    waker.watch(str(tmp_path / "missing"))
    waker.forget(str(tmp_path / "missing"))
    (tmp_path / "file").touch()
    waker.watch(str(tmp_path / "file"))
    assert waker.how == before


@local
def test_polling_never_loads_watchdog(tmp_path: Path) -> None:
    code = (
        "import sys; from lossmon.discovery import ChangeNotifier\n"
        "with ChangeNotifier(polling=True) as waker: waker.watch(sys.argv[1]); waker.wait(0)\n"
        "assert not {'watchdog', 'numpy'} & set(sys.modules)"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=True, env=environment)


def change_append(path: Path) -> None:
    append(path)


def change_truncate(path: Path) -> None:
    os.truncate(path, 0)


def change_delete(path: Path) -> None:
    path.unlink()


def change_replace(path: Path) -> None:
    path.with_name("other").rename(path)


def change_permissions(path: Path) -> None:
    path.chmod(0o600)


@local
@pytest.mark.parametrize("change", [change_append, change_truncate, change_delete, change_replace, change_permissions])
def test_a_change_of_a_file_ends_the_wait(
    notified: ChangeNotifier, tmp_path: Path, change: Callable[[Path], None]
) -> None:
    path = tmp_path / "log"
    append(path)
    append(tmp_path / "other")
    notified.watch(str(tmp_path))
    change(path)
    assert str(path) in notified.wait(SOON)


@local
def test_a_new_directory_ends_the_wait(notified: ChangeNotifier, tmp_path: Path) -> None:
    notified.watch(str(tmp_path))
    (tmp_path / "run").mkdir()
    assert notified.wait(SOON) == {str(tmp_path / "run")}


@local
def test_two_thousand_appends_are_one_waking(notified: ChangeNotifier, tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.touch()
    notified.watch(str(tmp_path))
    for _ in range(2000):
        append(path)
    assert notified.wait(SOON) == {str(path)}
    assert notified.wait(0.0) == set()


@local
def test_what_happens_shortly_after_the_first_change_belongs_to_the_same_waking(tmp_path: Path) -> None:
    with ChangeNotifier(gather=1.0) as waker:
        waker.watch(str(tmp_path))
        append(tmp_path / "one")
        later = threading.Timer(0.1, append, [tmp_path / "two"])
        later.start()
        assert waker.wait(SOON) == {str(tmp_path / "one"), str(tmp_path / "two")}
        later.join()


@local
def test_whoever_has_no_time_to_wait_is_not_made_to_gather(tmp_path: Path) -> None:
    with ChangeNotifier(gather=3600.0) as waker:
        waker.watch(str(tmp_path))
        append(tmp_path / "one")
        assert waker.wait(0.0) == {str(tmp_path / "one")}


@local
def test_the_kernel_forgets_what_is_watched_no_more(tmp_path: Path) -> None:
    inotify = Inotify()
    information = Path(f"/proc/self/fdinfo/{inotify.fileno()}")
    inotify.add(str(tmp_path))
    assert (inotify.count, information.read_text().count("inotify wd")) == (1, 1)
    inotify.discard(str(tmp_path))
    assert (inotify.count, information.read_text().count("inotify wd")) == (0, 0)
    inotify.close()


@local
def test_a_directory_that_is_watched_twice_tells_once(notified: ChangeNotifier, tmp_path: Path) -> None:
    notified.watch(str(tmp_path))
    notified.watch(str(tmp_path))
    append(tmp_path / "log")
    notified.wait(SOON)
    notified.forget(str(tmp_path))
    append(tmp_path / "log")
    assert notified.wait(0.05) == set()


@local
def test_a_directory_made_again_can_be_watched_again(notified: ChangeNotifier, tmp_path: Path) -> None:
    run = tmp_path / "run"
    run.mkdir()
    notified.watch(str(run))
    run.rmdir()
    assert notified.wait(SOON) == {str(run)}
    run.mkdir()
    notified.watch(str(run))
    append(run / "log")
    assert str(run / "log") in notified.wait(SOON)


@local
def test_a_directory_that_was_moved_tells_no_more_under_its_old_name(notified: ChangeNotifier, tmp_path: Path) -> None:
    run, other = tmp_path / "run", tmp_path / "other"
    run.mkdir()
    notified.watch(str(run))
    run.rename(other)
    assert notified.wait(SOON) == {str(run)}
    append(other / "log")
    assert notified.wait(0.05) == set()
    notified.watch(str(other))
    append(other / "log")
    assert notified.wait(SOON) == {str(other / "log")}


@local
def test_the_same_directory_under_two_names_tells_under_the_newer(notified: ChangeNotifier, tmp_path: Path) -> None:
    run, link = tmp_path / "run", tmp_path / "link"
    run.mkdir()
    link.symlink_to(run)
    notified.watch(str(run))
    notified.watch(str(link))
    notified.forget(str(run))
    append(run / "log")
    assert str(link / "log") in notified.wait(SOON)


@local
def test_a_name_of_any_bytes_is_told(notified: ChangeNotifier, tmp_path: Path) -> None:
    notified.watch(str(tmp_path))
    path = tmp_path / os.fsdecode(b"\xff\n\x1b[2J")
    append(path)
    assert str(path) in notified.wait(SOON)


@local
def test_more_news_than_the_kernel_keeps_means_everything_may_have_changed(
    notified: ChangeNotifier, tmp_path: Path
) -> None:
    kept = int(Path("/proc/sys/fs/inotify/max_queued_events").read_text())
    if kept > 70_000:
        pytest.skip("the queue is too long to be filled in a test")
    quiet, busy = tmp_path / "quiet", tmp_path / "busy"
    for directory in (quiet, busy):
        directory.mkdir()
        notified.watch(str(directory))
    one, two = busy / "one", busy / "two"
    with one.open("ab", buffering=0) as first, two.open("ab", buffering=0) as second:
        for _ in range(kept // 2 + 10):
            first.write(b"x")
            second.write(b"x")
    heard: set[str] = set()
    while news := notified.wait(0.0):
        heard |= news
    assert str(quiet) in heard
