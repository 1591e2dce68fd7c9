"""The reader of a local file, compared with a model of the file and of all changes to it."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from lossmon.sources.local_file import MIN_PADDING, LocalFileReader

FEW = st.integers(1, 5)
MANY = st.integers(1, 40)
LIMIT = st.integers(1, 600)


class FileAndReader(RuleBasedStateMachine):
    """A file with its expected ``content`` (None if it does not exist) and a reader.

    ``received`` is what the reader returned since its last restart.
    """

    def __init__(self) -> None:
        super().__init__()
        self.directory = Path(tempfile.mkdtemp())
        self.path = self.directory / "log"
        self.now = 0.0
        self.reader = LocalFileReader(str(self.path), clock=lambda: self.now)
        self.content: bytes | None = None
        self.received = b""
        self.lines = 0
        self.ever: set[bytes] = {b""}

    def teardown(self) -> None:
        shutil.rmtree(self.directory)

    def make(self, count: int) -> bytes:
        """Return *count* new lines."""
        start, self.lines = self.lines, self.lines + count
        lines = [b"step %d loss %d\n" % (n, n * 7919 % 101) for n in range(start, start + count)]
        self.ever.update(lines)
        return b"".join(lines)

    def write(self, data: bytes, mode: str) -> None:
        with self.path.open(mode) as file:
            file.write(data)
        self.content = data if mode == "wb" else (self.content or b"") + data

    def replace(self, data: bytes) -> None:
        other = self.directory / "other"
        other.write_bytes(data)
        other.replace(self.path)
        self.content = data

    def poll(self, limit: int) -> bool:
        chunk = self.reader.poll(limit)
        if chunk.restarted:
            self.received = b""
        if chunk.data:
            assert chunk.offset == len(self.received)
            assert len(chunk.data) <= limit
        self.received += chunk.data
        assert self.reader.offset == len(self.received)
        assert chunk.gone == (self.content is None)
        assert not chunk.error
        return chunk.more

    @rule(count=FEW)
    def append(self, count: int) -> None:
        self.write(self.make(count), "ab")

    @rule(cut=st.integers(1, 12), limit=LIMIT)
    def append_in_two_pieces(self, cut: int, limit: int) -> None:
        line = self.make(1)
        self.write(line[:cut], "ab")
        self.poll(limit)
        self.write(line[cut:], "ab")

    @precondition(lambda self: self.content)
    @rule(part=st.floats(0, 1))
    def truncate(self, part: float) -> None:
        assert self.content is not None
        cut = self.content.rfind(b"\n", 0, int(len(self.content) * part)) + 1
        self.content = self.content[:cut]
        with self.path.open("r+b") as file:
            file.truncate(cut)

    @precondition(lambda self: self.content is not None)
    @rule(count=MANY)
    def rewrite_in_place(self, count: int) -> None:
        self.write(self.make(count), "wb")

    @precondition(lambda self: self.content)
    @rule(count=FEW, limit=LIMIT)
    def write_the_whole_log_again_with_more(self, count: int, limit: int) -> None:
        data = (self.content or b"") + self.make(count)
        self.write(b"", "wb")
        self.poll(limit)
        self.write(data, "ab")

    @precondition(lambda self: self.content)
    @rule()
    def rewrite_at_the_same_size(self) -> None:
        data = self.make((self.content or b"").count(b"\n") + 1)[: len(self.content or b"") - 1] + b"\n"
        self.ever.add(data.rsplit(b"\n", 2)[-2] + b"\n")
        self.write(data, "wb")

    @precondition(lambda self: self.content is not None)
    @rule(count=st.integers(0, 5))
    def rotate(self, count: int) -> None:
        self.path.replace(self.directory / f"log.{self.lines}")
        self.write(self.make(count), "wb")

    @rule(count=MANY)
    def replace_atomically(self, count: int) -> None:
        self.replace(self.make(count))

    @precondition(lambda self: self.content is not None)
    @rule(count=FEW)
    def replace_by_a_longer_copy(self, count: int) -> None:
        self.replace((self.content or b"") + self.make(count))

    @precondition(lambda self: self.content is not None)
    @rule()
    def delete(self) -> None:
        self.path.unlink()
        self.content = None

    @precondition(lambda self: self.content)
    @rule(zeros=st.integers(MIN_PADDING, 5000), limit=LIMIT, polls=st.integers(1, 4))
    def show_zeros_and_fill_them_later(self, zeros: int, limit: int, polls: int) -> None:
        assert self.content is not None
        end = len(self.content)
        with self.path.open("r+b") as file:
            file.truncate(end + zeros)
        before = self.received
        for _ in range(polls):
            self.poll(max(limit, 300))
        if self.received.startswith(before):
            assert not self.received.endswith(b"\0" * MIN_PADDING)
        data = (self.make(zeros // 10 + 1))[:zeros]
        data = data[: data.rfind(b"\n") + 1]
        self.content += data
        with self.path.open("r+b") as file:
            file.seek(end)
            file.write(data)
            file.truncate()

    @rule(limit=LIMIT)
    def poll_once(self, limit: int) -> None:
        self.poll(limit)

    @precondition(lambda self: self.content)
    @rule(count=st.integers(0, 2000))
    def skip(self, count: int) -> None:
        assert self.content is not None
        start = self.reader.offset
        skipped = self.reader.skip(count)
        assert 0 <= skipped <= count
        self.received += b"?" * skipped
        assert self.reader.offset == start + skipped

    @rule(seconds=st.floats(0, 5))
    def wait(self, seconds: float) -> None:
        self.now += seconds

    @rule(limit=LIMIT)
    def settle(self, limit: int) -> None:
        self.poll(limit)
        self.now += 3
        while self.poll(limit):
            pass
        if self.content is None:
            return
        assert len(self.received) == len(self.content)
        assert all(a in (b, ord("?")) for a, b in zip(self.received, self.content, strict=True))
        self.now += 3
        self.poll(limit)
        assert not self.reader.poll(limit).changed

    @invariant()
    def nothing_is_invented(self) -> None:
        if b"?" not in self.received:
            lines = self.received.splitlines(keepends=True)[:-1]
            assert all(line in self.ever for line in lines)


TestFileAndReader = FileAndReader.TestCase
TestFileAndReader.settings = settings(
    max_examples=150, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
)
