from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from tests.support.decoding import event, field, record, simple, version

from lossmon.core.points import Scalars
from lossmon.core.snapshot import RunSnapshot, Snapshot
from lossmon.core.verdict import Verdict
from lossmon.monitor import Monitor, MonitorSettings
from lossmon.runs import Limits
from lossmon_adapters import BUILTIN
from lossmon_adapters.tensorboard import TensorBoard

EVENTS = "events.out.tfevents.1700000000.host"
LENGTH = 20_000


def losses(step: int) -> tuple[float, float]:
    """Return train and validation loss; validation rises from the middle on."""
    return 2.0 - step / LENGTH, 1.0 + abs(step - LENGTH / 2) / LENGTH


def write(path: Path, steps: range, seed: int = 0) -> list[bytes]:
    records = []
    noise = np.random.default_rng(seed).normal(scale=1e-3, size=2 * len(steps)).tolist()
    for step, *some in zip(steps, noise[::2], noise[1::2], strict=True):
        values = (
            simple(tag, loss + off)
            for tag, loss, off in zip((b"train/loss", b"val/loss"), losses(step), some, strict=True)
        )
        records += [record(event(1.7e9 + step, step, value)) for value in values]
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab") as file:
        file.writelines(records)
    return records


LIMITS = Limits(preview_bytes=1 << 19, read_bytes=1 << 18, round_seconds=0.0)
"""A file of half a megabyte is a large one, and little is read at a time."""


@pytest.fixture
def monitor(tmp_path: Path) -> Iterator[Monitor]:
    monitor = Monitor([str(tmp_path)], BUILTIN, MonitorSettings(limits=LIMITS))
    yield monitor
    monitor.close()


def snapshots(monitor: Monitor) -> list[Snapshot]:
    """Return all snapshots until everything was read and evaluated."""
    seen: list[Snapshot] = []
    while not (seen and monitor.complete):
        snapshot = monitor.wait_for_snapshot(5.0)
        assert snapshot is not None
        seen.append(snapshot)
    return seen


def states(monitor: Monitor, name: str) -> list[RunSnapshot]:
    """Return all states of a run, from its first points on."""
    runs = [run for snapshot in snapshots(monitor) for run in snapshot.runs if run.name.text == name]
    return [run for run in runs if run.metrics]


def test_a_large_log_is_shown_before_it_is_read_and_evaluated_only_after(tmp_path: Path, monitor: Monitor) -> None:
    write(tmp_path / "run" / EVENTS, range(LENGTH))
    first, *between, last = states(monitor, "run")
    assert first.val is not None
    assert first.val.x[0] < LENGTH / 100
    assert first.val.x[-1] == LENGTH - 1
    assert np.diff(first.val.x).max() < LENGTH / 50
    for run in (first, *between):
        assert (run.assessment.verdict, run.timeline) == (Verdict.WARMING_UP, ())
        assert run.share_read is not None
    assert between
    assert last.share_read is None
    assert last.assessment.verdict is Verdict.OVERFITTING
    assert last.val is not None
    assert last.val.logged_points == LENGTH


def test_every_point_of_a_preview_is_a_point_of_the_log(tmp_path: Path, monitor: Monitor) -> None:
    write(tmp_path / "run" / EVENTS, range(LENGTH))
    first, *_, last = states(monitor, "run")
    for early, late in zip(first.metrics, last.metrics, strict=True):
        assert set(zip(early.x, early.wall_time, early.value, strict=True)) < set(
            zip(late.x, late.wall_time, late.value, strict=True)
        )


def test_the_share_that_was_read_only_grows(tmp_path: Path, monitor: Monitor) -> None:
    write(tmp_path / "run" / EVENTS, range(LENGTH))
    shares = [run.share_read for run in states(monitor, "run")]
    known = [share for share in shares if share is not None]
    assert known == sorted(known)
    assert shares[-1] is None


def test_small_logs_are_not_delayed_by_the_rest_of_large_ones(tmp_path: Path, monitor: Monitor) -> None:
    write(tmp_path / "large" / EVENTS, range(LENGTH))
    write(tmp_path / "small" / EVENTS, range(50))
    os.utime(tmp_path / "small" / EVENTS, (1.6e9, 1.6e9))
    for snapshot in snapshots(monitor):
        runs = {run.name.text: run for run in snapshot.runs}
        if "small" in runs:
            assert runs["large"].share_read is not None
            return
    pytest.fail("the small log was not read")


def test_the_selected_run_is_read_to_its_end_before_the_others(tmp_path: Path, monitor: Monitor) -> None:
    for name in ("chosen", "other"):
        write(tmp_path / name / EVENTS, range(LENGTH))
    os.utime(tmp_path / "chosen" / EVENTS, (1.6e9, 1.6e9))
    seen = [monitor.wait_for_snapshot(5.0)]
    chosen = next(run.name for snapshot in seen if snapshot for run in snapshot.runs if run.name.text == "chosen")
    monitor.prefer(chosen)
    ended = [run.name.text for snapshot in snapshots(monitor) for run in snapshot.runs if run.share_read is None]
    assert ended[0] == "chosen"


class CountedPreviews(TensorBoard):
    """Event files, with a count of the previews that were made."""

    count = 0

    def sample(self, windows: Sequence[bytes]) -> list[Scalars]:
        self.count += 1
        return super().sample(windows)


def test_reading_once_makes_no_preview(tmp_path: Path) -> None:
    write(tmp_path / "run" / EVENTS, range(LENGTH))
    shares: list[float] = []
    adapter = CountedPreviews()
    (run,) = Monitor([str(tmp_path)], [adapter], MonitorSettings(limits=LIMITS)).read_all(shares.append).runs
    assert run.assessment.verdict is Verdict.OVERFITTING
    assert shares
    assert adapter.count == 0


def test_samples_that_begin_and_end_anywhere_give_their_whole_records(tmp_path: Path) -> None:
    records = write(tmp_path / EVENTS, range(400))
    data = b"".join(records)
    begins = np.cumsum([0, *map(len, records)]).tolist()
    for start in range(0, 3000, 7):
        windows = [data[start : start + 700], data[start + 9000 : start + 9600]]
        whole = sum(
            start <= begin and begin + len(one) <= start + 700 for begin, one in zip(begins, records, strict=False)
        )
        whole += sum(
            start + 9000 <= begin and begin + len(one) <= start + 9600
            for begin, one in zip(begins, records, strict=False)
        )
        assert sum(map(len, TensorBoard().sample(windows))) == whole


def test_a_sample_without_a_record_gives_no_points() -> None:
    assert TensorBoard().sample([]) == []
    assert TensorBoard().sample([b"", b"x", os.urandom(5000), bytes(4096)]) == []
    assert TensorBoard().sample([record(version())]) == []


def test_a_damaged_record_in_a_sample_is_left_out(tmp_path: Path) -> None:
    records = write(tmp_path / EVENTS, range(100))
    records[60] = records[60][:-6] + bytes([records[60][-6] ^ 1]) + records[60][-5:]
    assert sum(map(len, TensorBoard().sample([b"".join(records)]))) == len(records) - 1


def test_a_large_log_that_ends_in_an_image_is_evaluated_too(tmp_path: Path, monitor: Monitor) -> None:
    write(tmp_path / "run" / EVENTS, range(LENGTH))
    image = field(1, b"sample") + field(4, field(4, bytes(1 << 19)))
    with (tmp_path / "run" / EVENTS).open("ab") as file:
        file.write(record(event(1.7e9 + LENGTH, LENGTH, image)))
    last = states(monitor, "run")[-1]
    assert last.assessment.verdict is Verdict.OVERFITTING
