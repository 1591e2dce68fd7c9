"""Scanner, change notifier and file readers together, with inotify and with polling."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.support.follower import append

from lossmon.discovery import ChangeNotifier, PollSchedule, Scanner
from lossmon.sources.local_file import LocalFileReader

PATIENCE = 20.0


class FollowedDirectory:
    """Reads every file below a directory, as simply as possible."""

    def __init__(self, root: Path, notifier: ChangeNotifier) -> None:
        self.scanner = Scanner([str(root)])
        self.notifier = notifier
        self.schedule = PollSchedule[str](hot=0.1, cold=0.2)
        self.readers: dict[str, LocalFileReader] = {}
        self.received: dict[str, bytes] = {}

    def step(self) -> None:
        now = time.monotonic()
        changes = self.scanner.tick(now)
        for directory in changes.left:
            self.notifier.forget(directory)
        for directory in changes.directories:
            self.notifier.watch(directory)
        for found in changes.files:
            self.readers[found.path] = LocalFileReader(found.path)
            self.schedule.add(found.path, now)
        for path in changes.gone:
            self.schedule.discard(path)
            self.received.pop(path)
            del self.readers[path]
        changed = self.notifier.wait(0.02)
        for path in {*changed, *self.schedule.due(now), *(found.path for found in changes.files)}:
            self.poll(path)

    def poll(self, path: str) -> None:
        if path not in self.readers:
            self.scanner.hint(path)
            return
        chunk = self.readers[path].poll(1 << 20)
        if chunk.gone:
            self.scanner.hint(path)
        before = b"" if chunk.restarted else self.received.get(path, b"")
        self.received[path] = before + chunk.data

    def until(self, done: Callable[[], bool]) -> None:
        end = time.monotonic() + PATIENCE
        while not done():
            assert time.monotonic() < end, self.received
            self.step()


@pytest.fixture(params=["inotify", "polling"])
def notifier(request: pytest.FixtureRequest) -> Iterator[ChangeNotifier]:
    with ChangeNotifier(polling=request.param == "polling", gather=0.01) as notifier:
        yield notifier


@pytest.fixture
def followed(tmp_path: Path, notifier: ChangeNotifier) -> FollowedDirectory:
    return FollowedDirectory(tmp_path / "runs", notifier)


def append_to_run(log: Path, data: bytes) -> None:
    log.parent.mkdir(parents=True, exist_ok=True)
    append(log, data)


def test_all_written_bytes_are_received(followed: FollowedDirectory, tmp_path: Path) -> None:
    logs = [tmp_path / "runs" / name / "log" for name in ("a", "b", "a/deep/er")]
    for number in range(20):
        for log in logs:
            append_to_run(log, b"line %d\n" % number)
        followed.step()
    followed.until(lambda: followed.received == {str(log): log.read_bytes() for log in logs})


def test_a_run_removed_and_made_again_is_read_again(followed: FollowedDirectory, tmp_path: Path) -> None:
    log = tmp_path / "runs" / "a" / "log"
    for number in range(3):
        append_to_run(log, b"attempt %d\n" % number)
        followed.until(lambda: followed.received == {str(log): log.read_bytes()})
        shutil.rmtree(log.parent)
        if number:
            followed.until(lambda: not followed.received)


def test_the_root_may_appear_disappear_and_return(followed: FollowedDirectory, tmp_path: Path) -> None:
    runs = tmp_path / "runs"
    followed.step()
    for number in range(2):
        append_to_run(runs / "log", b"attempt %d\n" % number)
        followed.until(lambda: followed.received == {str(runs / "log"): (runs / "log").read_bytes()})
        shutil.rmtree(runs)
        followed.until(lambda: followed.scanner.missing == [str(runs)])
        assert followed.received == {}


def test_a_rewritten_and_a_replaced_log_are_read_again(followed: FollowedDirectory, tmp_path: Path) -> None:
    one, two = tmp_path / "runs" / "one", tmp_path / "runs" / "two"
    append_to_run(one, b"old one\n")
    append_to_run(two, b"old two\n")
    followed.until(lambda: len(followed.received) == 2)
    one.write_bytes(b"new, and longer than before\n")
    other = tmp_path / "other"
    other.write_bytes(b"replaced\n")
    other.replace(two)
    expected = {str(one): one.read_bytes(), str(two): two.read_bytes()}
    followed.until(lambda: followed.received == expected)
