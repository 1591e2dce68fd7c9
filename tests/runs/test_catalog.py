from __future__ import annotations

import errno
import os
from pathlib import Path, PurePath

import pytest
from tests.support.scripted_format import ScriptedFormat, log_bytes

from lossmon.core.text import Name
from lossmon.discovery import FileEntry
from lossmon.runs import Catalog, Limits, TagOverride
from lossmon_adapters import BUILTIN


def new_catalog(limits: Limits | None = None, *, several_roots: bool = False) -> Catalog:
    return Catalog(
        [ScriptedFormat()], TagOverride(), lambda: 0.0, several_roots=several_roots, limits=limits or Limits()
    )


def filled(directory: Path, runs: int, tags: int, points: int, limits: Limits | None = None) -> Catalog:
    """Return a catalog that has read *runs* logs with *tags* tags each, and *points* points of each tag."""
    catalog = new_catalog(limits)
    for run in range(runs):
        path = directory / f"run{run}"
        path.write_bytes(log_bytes(tags, points))
        log = catalog.add_file(FileEntry(str(path), str(directory), path.stat().st_size, 0.0))
        assert log is not None
        log.poll()
        catalog.limit_memory()
    catalog.regroup()
    return catalog


def points_held(catalog: Catalog) -> int:
    return sum(len(series.curve().x) for log in catalog.logs.values() for series in log.runs[0].series.values())


def test_nothing_is_thinned_while_all_points_fit(tmp_path: Path) -> None:
    catalog = filled(tmp_path, 20, 20, 5000)
    assert points_held(catalog) == 20 * 20 * 5000


@pytest.mark.parametrize(("runs", "tags", "points"), [(1, 10_000, 1000), (2000, 4, 1000), (30, 2, 200_000)])
def test_many_tags_and_many_runs_stay_within_the_limit_of_points(
    tmp_path: Path, runs: int, tags: int, points: int
) -> None:
    catalog = filled(tmp_path, runs, tags, points)
    assert points_held(catalog) <= Limits().total_points
    assert points_held(catalog) >= Limits().total_points // 5
    assert len(catalog.runs) == runs


def test_however_many_tags_there_are_each_keeps_a_few_points(tmp_path: Path) -> None:
    catalog = filled(tmp_path, 3, 50, 2000, Limits(total_points=1000, min_points_per_tag=128))
    lengths = {len(series.curve().x) for log in catalog.logs.values() for series in log.runs[0].series.values()}
    assert min(lengths) >= 128
    assert max(lengths) <= 2 * 128 + 16


def test_a_thinned_curve_states_how_many_points_the_log_has(tmp_path: Path) -> None:
    catalog = filled(tmp_path, 1, 50, 2000, Limits(total_points=1000))
    (log,) = catalog.logs.values()
    curve = log.runs[0].series[Name.of("tag7")].curve()
    assert curve.logged_points == 2000 > len(curve.x)
    assert log.points_held == pytest.approx(points_held(catalog), rel=0.01)


def test_the_old_points_of_an_overwritten_log_are_thinned_first(tmp_path: Path) -> None:
    catalog = filled(tmp_path, 1, 1, 9_000, Limits(total_points=20_000))
    (log,) = catalog.logs.values()
    Path(log.path).write_bytes(log_bytes(1, 4000))
    log.poll()
    catalog.limit_memory()
    assert points_held(catalog) <= 20_000
    assert {len(one.curve().x) for one in log.runs[0].series.values()} == {4000}


def test_log_files_given_as_paths_keep_these_paths_as_names(tmp_path: Path) -> None:
    paths = [str(tmp_path / name / "metrics.txt") for name in ("a", "b")]
    catalog = new_catalog(several_roots=True)
    for path in paths:
        Path(path).parent.mkdir()
        Path(path).write_bytes(log_bytes(1, 4))
        catalog.add_file(FileEntry(path, path, 0, 0.0))
    catalog.regroup()
    assert {run.name.text for run in catalog.runs.values()} == set(paths)


class WrittenWhileRead(ScriptedFormat):
    """A format whose log is written just after its first bytes were read, when it was still empty."""

    def claims(self, path: PurePath, head: bytes) -> bool:
        if not head:
            self.path.write_bytes(log_bytes(1, 5))
        return bool(head)

    path: Path


def test_a_log_that_is_written_while_it_is_looked_at_is_not_missed(tmp_path: Path) -> None:
    adapter = WrittenWhileRead()
    adapter.path = tmp_path / "log"
    adapter.path.touch()
    catalog = Catalog([adapter], TagOverride(), lambda: 0.0, several_roots=False)
    assert catalog.add_file(FileEntry(str(adapter.path), str(tmp_path), 0, 0.0)) is None
    assert catalog.retry(str(adapter.path)) is not None


def test_a_run_gets_the_name_that_its_log_states_later() -> None:
    path = Path(__file__).parents[1] / "data" / "trackers" / "run-3suil4v0.wandb"
    catalog = Catalog(BUILTIN, TagOverride(), lambda: 0.0, several_roots=False)
    log = catalog.add_file(FileEntry(str(path), str(path.parent), path.stat().st_size, 0.0))
    assert log is not None
    catalog.regroup()
    log.poll()
    catalog.regroup()
    assert [run.name.text for run in catalog.runs.values()] == ["run-3suil4v0.wandb/overfit-200"]


def test_a_file_that_cannot_be_read_for_a_moment_becomes_a_log_although_it_does_not_change(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "run"
    path.write_bytes(log_bytes(1, 10))
    catalog = new_catalog()

    def fail(*_: object) -> bytes:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    with monkeypatch.context() as broken:
        broken.setattr(os, "pread", fail)
        assert catalog.add_file(FileEntry(str(path), str(tmp_path), path.stat().st_size, 0.0)) is None
        assert catalog.may_become_log(str(path))
    assert catalog.retry(str(path)) is not None
