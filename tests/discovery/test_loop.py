"""Discovery, tails and waker together, as whoever reads logs uses them, with notices and without."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from lossmon.discovery import ChangeNotifier, PollSchedule, Scanner
from lossmon.sources.local_file import LocalFileReader

PATIENCE = 20.0


class Reader:
    """The smallest loop that reads every file below a directory."""

    def __init__(self, root: Path, waker: ChangeNotifier) -> None:
        self.discovery = Scanner([str(root)])
        self.waker = waker
        self.pacer = PollSchedule[str](hot=0.1, cold=0.2)
        self.tails: dict[str, LocalFileReader] = {}
        self.heard: dict[str, bytes] = {}

    def step(self) -> None:
        now = time.monotonic()
        changes = self.discovery.tick(now)
        for directory in changes.left:
            self.waker.forget(directory)
        for directory in changes.directories:
            self.waker.watch(directory)
        for found in changes.files:
            self.tails[found.path] = LocalFileReader(found.path)
            self.pacer.add(found.path, now)
        for path in changes.gone:
            self.pacer.discard(path)
            self.heard.pop(path)
            del self.tails[path]
        woken = self.waker.wait(0.02)
        for path in {*woken, *self.pacer.due(now), *(found.path for found in changes.files)}:
            self.look(path)

    def look(self, path: str) -> None:
        if path not in self.tails:
            self.discovery.hint(path)
            return
        chunk = self.tails[path].poll(1 << 20)
        if chunk.gone:
            self.discovery.hint(path)
        before = b"" if chunk.restarted else self.heard.get(path, b"")
        self.heard[path] = before + chunk.data

    def until(self, done: Callable[[], bool]) -> None:
        end = time.monotonic() + PATIENCE
        while not done():
            assert time.monotonic() < end, self.heard
            self.step()


@pytest.fixture(params=["inotify", "polling"])
def waker(request: pytest.FixtureRequest) -> Iterator[ChangeNotifier]:
    with ChangeNotifier(polling=request.param == "polling", gather=0.01) as waker:
        yield waker


@pytest.fixture
def reader(tmp_path: Path, waker: ChangeNotifier) -> Reader:
    return Reader(tmp_path / "runs", waker)


def append(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab") as file:
        file.write(data)


def test_everything_that_is_written_is_heard(reader: Reader, tmp_path: Path) -> None:
    logs = [tmp_path / "runs" / name / "log" for name in ("a", "b", "a/deep/er")]
    for number in range(20):
        for log in logs:
            append(log, b"line %d\n" % number)
        reader.step()
    reader.until(lambda: reader.heard == {str(log): log.read_bytes() for log in logs})


def test_a_run_removed_and_made_again_is_heard_again(reader: Reader, tmp_path: Path) -> None:
    log = tmp_path / "runs" / "a" / "log"
    for number in range(3):
        append(log, b"attempt %d\n" % number)
        reader.until(lambda: reader.heard == {str(log): log.read_bytes()})
        shutil.rmtree(log.parent)
        if number:
            reader.until(lambda: not reader.heard)


def test_the_watched_directory_itself_may_come_go_and_return(reader: Reader, tmp_path: Path) -> None:
    runs = tmp_path / "runs"
    reader.step()
    for number in range(2):
        append(runs / "log", b"attempt %d\n" % number)
        reader.until(lambda: reader.heard == {str(runs / "log"): (runs / "log").read_bytes()})
        shutil.rmtree(runs)
        reader.until(lambda: reader.discovery.missing == [str(runs)])
        assert reader.heard == {}


def test_a_rewritten_and_a_replaced_log_are_heard_anew(reader: Reader, tmp_path: Path) -> None:
    one, two = tmp_path / "runs" / "one", tmp_path / "runs" / "two"
    append(one, b"old one\n")
    append(two, b"old two\n")
    reader.until(lambda: len(reader.heard) == 2)
    one.write_bytes(b"new, and longer than before\n")
    other = tmp_path / "other"
    other.write_bytes(b"replaced\n")
    other.replace(two)
    expected = {str(one): one.read_bytes(), str(two): two.read_bytes()}
    reader.until(lambda: reader.heard == expected)
