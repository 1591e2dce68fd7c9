"""What ends a wait, with inotify and with polling."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.support.follower import append

from lossmon.discovery import ChangeNotifier, open_inotify

SOON = 5.0

local = pytest.mark.skipif(sys.platform != "linux", reason="inotify is a service of Linux")


@pytest.fixture(params=[pytest.param("inotify", marks=local), "polling"])
def notifier(request: pytest.FixtureRequest) -> Iterator[ChangeNotifier]:
    with ChangeNotifier(polling=request.param == "polling", gather=0.0) as notifier:
        yield notifier


@pytest.fixture
def inotify_notifier() -> Iterator[ChangeNotifier]:
    with ChangeNotifier(gather=0.0) as notifier:
        yield notifier


def append_line(path: Path) -> None:
    append(path, b"line\n")


def test_without_a_change_a_wait_times_out(notifier: ChangeNotifier, tmp_path: Path) -> None:
    notifier.watch(str(tmp_path))
    start = time.monotonic()
    assert notifier.wait(0.05) == set()
    assert 0.04 < time.monotonic() - start < SOON


def test_another_thread_can_end_a_wait(notifier: ChangeNotifier) -> None:
    thread = threading.Thread(target=notifier.wake)
    thread.start()
    start = time.monotonic()
    notifier.wait(SOON)
    assert time.monotonic() - start < SOON
    thread.join()


def test_many_calls_of_wake_end_one_wait(notifier: ChangeNotifier) -> None:
    for _ in range(100_000):
        notifier.wake()
    notifier.wait(SOON)
    start = time.monotonic()
    for _ in range(20):
        notifier.wait(0.0)
    notifier.wait(0.05)
    assert time.monotonic() - start >= 0.04


def test_closing_leaves_no_descriptor_and_no_thread(tmp_path: Path) -> None:
    def open_descriptors() -> int:
        return len(list(Path("/dev/fd").iterdir()))

    before, threads = open_descriptors(), threading.active_count()
    for polling in (False, True):
        with ChangeNotifier(polling=polling) as notifier:
            notifier.watch(str(tmp_path))
            assert open_descriptors() > before
    assert (open_descriptors(), threading.active_count()) == (before, threads)


def test_the_way_of_noticing_changes_is_reported(
    notifier: ChangeNotifier, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    notifier.watch(str(tmp_path))
    assert notifier.how == request.node.callspec.params["notifier"]


def test_watching_a_missing_directory_or_a_file_is_not_an_error(notifier: ChangeNotifier, tmp_path: Path) -> None:
    before = notifier.how
    notifier.watch(str(tmp_path / "missing"))
    notifier.forget(str(tmp_path / "missing"))
    (tmp_path / "file").touch()
    notifier.watch(str(tmp_path / "file"))
    assert notifier.how == before


@local
def test_polling_never_loads_watchdog(tmp_path: Path) -> None:
    code = (
        "import sys; from lossmon.discovery import ChangeNotifier\n"
        "with ChangeNotifier(polling=True) as notifier: notifier.watch(sys.argv[1]); notifier.wait(0)\n"
        "assert not {'watchdog', 'numpy'} & set(sys.modules)"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=True, env=environment)


def change_append(path: Path) -> None:
    append_line(path)


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
def test_a_change_of_a_file_ends_a_wait(
    inotify_notifier: ChangeNotifier, tmp_path: Path, change: Callable[[Path], None]
) -> None:
    path = tmp_path / "log"
    append_line(path)
    append_line(tmp_path / "other")
    inotify_notifier.watch(str(tmp_path))
    change(path)
    assert str(path) in inotify_notifier.wait(SOON)


@local
def test_a_new_directory_ends_a_wait(inotify_notifier: ChangeNotifier, tmp_path: Path) -> None:
    inotify_notifier.watch(str(tmp_path))
    (tmp_path / "run").mkdir()
    assert inotify_notifier.wait(SOON) == {str(tmp_path / "run")}


@local
def test_two_thousand_appends_end_one_wait(inotify_notifier: ChangeNotifier, tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.touch()
    inotify_notifier.watch(str(tmp_path))
    for _ in range(2000):
        append_line(path)
    assert inotify_notifier.wait(SOON) == {str(path)}
    assert inotify_notifier.wait(0.0) == set()


@local
def test_changes_shortly_after_the_first_are_returned_by_the_same_wait(tmp_path: Path) -> None:
    with ChangeNotifier(gather=1.0) as notifier:
        notifier.watch(str(tmp_path))
        append_line(tmp_path / "one")
        later = threading.Timer(0.1, append_line, [tmp_path / "two"])
        later.start()
        assert notifier.wait(SOON) == {str(tmp_path / "one"), str(tmp_path / "two")}
        later.join()


@local
def test_a_pause_lasts_whatever_changes_and_returns_it(tmp_path: Path) -> None:
    with ChangeNotifier() as notifier:
        notifier.watch(str(tmp_path))
        append_line(tmp_path / "one")
        later = threading.Timer(0.1, append_line, [tmp_path / "two"])
        later.start()
        assert notifier.pause(0.5) == {str(tmp_path / "one"), str(tmp_path / "two")}
        later.join()


def test_a_pause_ends_when_it_is_woken_and_takes_no_time_where_there_is_none_left(tmp_path: Path) -> None:
    with ChangeNotifier() as notifier:
        notifier.wake()
        assert notifier.pause(3600.0) == set()
        assert notifier.pause(-1.0) == set()


@local
def test_a_wait_without_timeout_does_not_debounce(tmp_path: Path) -> None:
    with ChangeNotifier(gather=3600.0) as notifier:
        notifier.watch(str(tmp_path))
        append_line(tmp_path / "one")
        assert notifier.wait(0.0) == {str(tmp_path / "one")}


@local
def test_the_kernel_drops_a_discarded_watch(tmp_path: Path) -> None:
    inotify = open_inotify()
    information = Path(f"/proc/self/fdinfo/{inotify.fileno()}")
    inotify.add(str(tmp_path))
    assert (inotify.count, information.read_text().count("inotify wd")) == (1, 1)
    inotify.discard(str(tmp_path))
    assert (inotify.count, information.read_text().count("inotify wd")) == (0, 0)
    inotify.close()


@local
def test_one_forget_ends_a_watch_that_was_set_twice(inotify_notifier: ChangeNotifier, tmp_path: Path) -> None:
    inotify_notifier.watch(str(tmp_path))
    inotify_notifier.watch(str(tmp_path))
    append_line(tmp_path / "log")
    inotify_notifier.wait(SOON)
    inotify_notifier.forget(str(tmp_path))
    append_line(tmp_path / "log")
    assert inotify_notifier.wait(0.05) == set()


@local
def test_a_directory_made_again_can_be_watched_again(inotify_notifier: ChangeNotifier, tmp_path: Path) -> None:
    run = tmp_path / "run"
    run.mkdir()
    inotify_notifier.watch(str(run))
    run.rmdir()
    assert inotify_notifier.wait(SOON) == {str(run)}
    run.mkdir()
    inotify_notifier.watch(str(run))
    append_line(run / "log")
    assert str(run / "log") in inotify_notifier.wait(SOON)


@local
def test_a_moved_directory_is_not_reported_under_its_old_path(inotify_notifier: ChangeNotifier, tmp_path: Path) -> None:
    run, other = tmp_path / "run", tmp_path / "other"
    run.mkdir()
    inotify_notifier.watch(str(run))
    run.rename(other)
    assert inotify_notifier.wait(SOON) == {str(run)}
    append_line(other / "log")
    assert inotify_notifier.wait(0.05) == set()
    inotify_notifier.watch(str(other))
    append_line(other / "log")
    assert inotify_notifier.wait(SOON) == {str(other / "log")}


@local
def test_a_directory_watched_under_two_paths_is_reported_under_the_later(
    inotify_notifier: ChangeNotifier, tmp_path: Path
) -> None:
    run, link = tmp_path / "run", tmp_path / "link"
    run.mkdir()
    link.symlink_to(run)
    inotify_notifier.watch(str(run))
    inotify_notifier.watch(str(link))
    inotify_notifier.forget(str(run))
    append_line(run / "log")
    assert str(link / "log") in inotify_notifier.wait(SOON)


@local
def test_a_file_with_unusual_bytes_in_its_name_is_reported(inotify_notifier: ChangeNotifier, tmp_path: Path) -> None:
    inotify_notifier.watch(str(tmp_path))
    path = tmp_path / os.fsdecode(b"\xff\n\x1b[2J")
    append_line(path)
    assert str(path) in inotify_notifier.wait(SOON)


@local
def test_after_a_queue_overflow_every_directory_is_reported(inotify_notifier: ChangeNotifier, tmp_path: Path) -> None:
    kept = int(Path("/proc/sys/fs/inotify/max_queued_events").read_text())
    if kept > 70_000:
        pytest.skip("the queue is too long to be filled in a test")
    quiet, busy = tmp_path / "quiet", tmp_path / "busy"
    for directory in (quiet, busy):
        directory.mkdir()
        inotify_notifier.watch(str(directory))
    one, two = busy / "one", busy / "two"
    with one.open("ab", buffering=0) as first, two.open("ab", buffering=0) as second:
        for _ in range(kept // 2 + 10):
            first.write(b"x")
            second.write(b"x")
    changed: set[str] = set()
    while paths := inotify_notifier.wait(0.0):
        changed |= paths
    assert str(quiet) in changed
