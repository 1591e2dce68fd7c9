"""``lossmon status`` reads only what has changed, and prints what it would print if it read everything."""

from __future__ import annotations

import os
import shutil
import time
from argparse import Namespace
from collections.abc import Callable, Sequence
from pathlib import Path

import platformdirs
import pytest
from tests.support.several_runs import SeveralRuns, lines
from tests.support.several_sources import Database, Folder, rows, write_database, write_folder

from lossmon.cli import status
from lossmon.cli.parser import parse
from lossmon.core.errors import LossmonError
from lossmon.discovery import FileEntry
from lossmon.monitor import Monitor, MonitorSettings
from lossmon.sources.registry import AnyFormat
from lossmon_adapters import BUILTIN

SLOPE = {"a": 0.0, "b": 0.05, "c": 0.02}


def write(root: Path, run: str, epochs: int, name: str = "training.log", *, above: float = 0.3) -> Path:
    """Write the log of a run up to an epoch; the loss of ``a`` falls, the others rise from epoch 10 on."""
    log = root / run / name
    log.parent.mkdir(parents=True, exist_ok=True)
    losses = [(0.85**epoch, 0.7**epoch + above + SLOPE[run[0]] * max(0, epoch - 9)) for epoch in range(epochs)]
    rows = [f"{epoch},{train},{val}\n" for epoch, (train, val) in enumerate(losses)]
    log.write_text("epoch,loss,val_loss\n" + "".join(rows))
    return log


class StatusBar:
    """A status bar that shows the runs in a directory."""

    def __init__(self, root: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
        self.root = root
        self.cache = root.parent / "cache"
        self.clock = time.time
        self.reads: list[set[str]] = []
        """The files that were read, one entry for each round of reading."""
        self.warning = ""
        """What was printed on stderr with the last line."""
        self.formats: Sequence[AnyFormat] = (*BUILTIN, SeveralRuns(), Database(), Folder())
        self._capsys = capsys
        monkeypatch.setattr(platformdirs, "user_cache_path", lambda _: self.cache)
        monkeypatch.setattr(platformdirs, "user_config_path", lambda _: root.parent / "config")

    def line(self) -> str:
        self.reads.clear()
        arguments = parse(["status", str(self.root)])
        assert status.run(arguments, open_monitor=self._open_monitor, clock=self.clock) == 0
        printed = self._capsys.readouterr()
        self.warning = printed.err
        return printed.out.strip()

    def line_without_cache(self) -> str:
        self.cache, kept = self.root.parent / "another cache", self.cache
        try:
            return self.line()
        finally:
            shutil.rmtree(self.cache)
            self.cache = kept

    def _open_monitor(
        self, roots: Sequence[str], arguments: Namespace, *, once: bool, found: Sequence[FileEntry]
    ) -> Monitor:
        self.reads.append({os.path.relpath(file.path, self.root) for file in found})
        return Monitor(roots, self.formats, MonitorSettings(once=once, files=found))


@pytest.fixture
def bar(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> StatusBar:
    made = StatusBar(tmp_path / "runs", capsys, monkeypatch)
    for run in ("a", "b", "c"):
        write(made.root, run, 8)
    made.line()
    return made


def test_while_nothing_changes_no_log_is_read(bar: StatusBar) -> None:
    assert bar.line() == "3 ok"
    assert bar.reads == []


def test_only_the_runs_that_changed_are_read(bar: StatusBar) -> None:
    write(bar.root, "b", 25)
    assert bar.line() == "b OVERFITTING e9 · 2 ok"
    assert bar.reads == [{"b/training.log"}]


def test_a_replaced_log_of_the_same_size_and_time_is_read(bar: StatusBar) -> None:
    log = bar.root / "b" / "training.log"
    before = log.stat()
    fresh = log.with_name("fresh")
    fresh.write_bytes(log.read_bytes())
    os.utime(fresh, ns=(before.st_atime_ns, before.st_mtime_ns))
    fresh.replace(log)
    bar.line()
    assert bar.reads == [{"b/training.log"}]


def test_a_file_that_is_not_a_log_is_read_only_when_it_is_new(bar: StatusBar) -> None:
    (bar.root / "b" / "model.pt").write_bytes(b"\0" * 9000)
    assert bar.line() == "3 ok"
    (bar.root / "b" / "model.pt").unlink()
    write(bar.root, "a", 9)
    assert bar.line() == "3 ok"
    assert bar.reads == [{"a/training.log"}]


def test_a_run_that_is_read_alone_keeps_its_name_among_all_runs(bar: StatusBar) -> None:
    write(bar.root, "b", 8, "again.csv", above=0.5)
    bar.line()
    write(bar.root, "b", 25, "again.csv", above=0.5)
    assert bar.line() == bar.line_without_cache() == "b/again.csv OVERFITTING e9 · 3 ok"


def test_two_logs_of_one_training_are_read_together(bar: StatusBar) -> None:
    write(bar.root, "b", 8, "metrics.csv")
    bar.line()
    write(bar.root, "b", 25)
    assert bar.line() == bar.line_without_cache()


def test_after_a_while_everything_is_read_again(bar: StatusBar) -> None:
    later = time.time() + 3600
    bar.clock = lambda: later
    write(bar.root, "a", 9)
    bar.line()
    assert bar.reads == [{"a/training.log", "b/training.log", "c/training.log"}]


def appear(root: Path) -> None:
    write(root, "c2", 20)


def vanish(root: Path) -> None:
    for path in (root / "b").iterdir():
        shutil.rmtree(path) if path.is_dir() else path.unlink()


def grow(root: Path) -> None:
    for run in ("a", "b", "c"):
        write(root, run, 30)


def begin_again(root: Path) -> None:
    write(root, "b", 2)


def break_off(root: Path) -> None:
    (root / "b" / "training.log").write_text("epoch,loss,val_loss\n0,1,1\n1,nan,nan\n2,nan,nan\n")


def become_nothing(root: Path) -> None:
    (root / "b" / "training.log").write_bytes(b"\0" * 9000)


def copy(root: Path) -> None:
    write(root, "a", 1)
    write(root, "b", 1, "validation.tsv")


def validate_apart(root: Path) -> None:
    for split in ("train", "val"):
        path = root / "b" / split / "loss.csv"
        path.parent.mkdir(exist_ok=True)
        path.write_text("epoch,loss\n" + "".join(f"{epoch},{0.9**epoch}\n" for epoch in range(12)))


CHANGES = (appear, vanish, grow, begin_again, break_off, become_nothing, copy, validate_apart)


@pytest.mark.parametrize("second", CHANGES)
@pytest.mark.parametrize("first", CHANGES)
def test_after_any_two_changes_the_line_is_the_same_as_without_a_cache(
    bar: StatusBar, first: Callable[[Path], None], second: Callable[[Path], None]
) -> None:
    for change in (first, second, grow):
        change(bar.root)
        assert bar.line() == bar.line_without_cache()


def test_two_logs_that_prove_to_be_one_training_are_shown_once(bar: StatusBar) -> None:
    for epochs in range(1, 12):
        write(bar.root, "c3", epochs)
        write(bar.root, "c3", epochs, "output.json").write_text(
            "["
            + ",".join(f'{{"epoch": {e}, "loss": {0.85**e}, "val_loss": {0.7**e + 0.3}}}' for e in range(epochs))
            + "]"
        )
        assert bar.line() == bar.line_without_cache()


def test_a_run_whose_train_loss_comes_late_is_then_compared_with_other_runs(bar: StatusBar) -> None:
    losses = [(0.8**epoch, 0.7**epoch + 0.4) for epoch in range(12)]
    rows = [f'{{"epoch": {epoch}, "loss": {train}, "val_loss": {val}}}' for epoch, (train, val) in enumerate(losses)]
    write(bar.root, "c3", 1, "output.json").write_text(f"[{','.join(rows)}]")
    for split, known in (("val", 12), ("train", 0), ("train", 1), ("train", 12)):
        values = [pair[split == "val"] for pair in losses[:known]]
        log = write(bar.root, f"c4/{split}", 0, "loss.csv")
        log.write_text("epoch,loss\n" + "".join(f"{epoch},{value}\n" for epoch, value in enumerate(values)))
        assert bar.line() == bar.line_without_cache()
    assert bar.line() == "4 ok"


def test_a_log_of_several_runs_is_read_again_with_all_of_them(bar: StatusBar) -> None:
    log = bar.root / "d" / "x.several"
    log.parent.mkdir()
    log.write_text(lines("fold 1", range(30), turn=9))
    assert bar.line() == "d/fold 1 OVERFITTING e9 · 3 ok"
    with log.open("a") as file:
        file.write(lines("fold 2", range(30), turn=12))
    assert bar.line() == bar.line_without_cache() == "d/fold 1 OVERFITTING e9 · d/fold 2 OVERFITTING e12 · 3 ok"
    with log.open("a") as file:
        file.write(lines("fold 1", range(30, 31), turn=9))
    assert bar.line() == bar.line_without_cache()


def test_a_database_is_read_again_when_a_file_beside_it_appears(bar: StatusBar) -> None:
    path = write_database(bar.root / "d" / "runs.db", rows("a", range(30), turn=9), {})
    assert bar.line() == "d/a OVERFITTING e9 · 3 ok"
    path.with_name("runs.db-wal").write_bytes(b"")
    bar.line()
    assert "d/runs.db" in bar.reads[-1]


def test_a_folder_is_read_again_as_a_whole(bar: StatusBar) -> None:
    root = write_folder(bar.root / "d", range(12))
    assert bar.line() == "4 ok"
    write_folder(root, range(12, 14))
    assert bar.line() == bar.line_without_cache()
    (root / "metrics" / "accuracy").write_text("1 0.5\n")
    bar.line()
    assert "d/metrics/loss" in bar.reads[-1]


@pytest.mark.parametrize("kind", ["fifo", "device", "damaged"])
def test_a_cache_that_lossmon_did_not_write_is_ignored_with_a_word_and_written_again(bar: StatusBar, kind: str) -> None:
    write(bar.root, "b", 30)
    first = bar.line()
    (cache,) = bar.cache.rglob("*.json")
    cache.unlink()
    if kind == "fifo":
        os.mkfifo(cache)
    elif kind == "device":
        cache.symlink_to("/dev/zero")
    else:
        cache.write_text('{"lossmon":')
    assert bar.line() == first
    assert f"lossmon: {cache}: cache ignored: it is " in bar.warning
    assert bar.line() == first
    assert bar.warning == ""


def test_a_tag_that_no_run_has_is_an_error(bar: StatusBar) -> None:
    with pytest.raises(LossmonError, match="no tag matches; there are val_loss, loss"):
        status.run(parse(["status", str(bar.root), "--val", "val_los"]), open_monitor=bar._open_monitor)
