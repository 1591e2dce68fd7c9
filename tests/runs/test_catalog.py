from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path, PurePath

import numpy as np
import pytest

from lossmon.core.points import Scalars
from lossmon.core.text import Name
from lossmon.discovery import FileEntry
from lossmon.runs import catalog
from lossmon.runs.catalog import Catalog
from lossmon.runs.run import TagOverride

WORDS = b"points"


class Scripted:
    """A format whose files say how many tags and how many points a tag they hold, so that few bytes are many points."""

    name = "scripted"
    skip = 0
    notices: Sequence[str] = ()

    def claims(self, path: PurePath, head: bytes) -> bool:
        return head.startswith(WORDS)

    def decoder(self) -> Scripted:
        return self

    def skipped(self, count: int) -> None:
        """Nothing is skipped."""

    def feed(self, data: bytes | memoryview) -> list[Scalars]:
        _, tags, points = bytes(data).split()
        x = np.arange(int(points))
        values = np.random.default_rng(0).normal(size=int(points))
        return [Scalars(Name.of(f"tag{tag}"), "step", x, values, values) for tag in range(int(tags))]


def filled(directory: Path, runs: int, tags: int, points: int) -> Catalog:
    """Return a catalog that has read *runs* logs of so many tags and points a tag."""
    made = Catalog([Scripted()], TagOverride(), lambda: 0.0, several_roots=False)
    for run in range(runs):
        path = directory / f"run{run}"
        path.write_bytes(b"%b %d %d" % (WORDS, tags, points))
        log = made.admit(FileEntry(str(path), str(directory), path.stat().st_size, 0.0))
        assert log is not None
        log.read(1 << 20)
        made.share_out()
    made.regroup()
    return made


def held(made: Catalog) -> int:
    return sum(len(series.curve().x) for log in made.logs.values() for series in log.series.values())


def test_nothing_is_thinned_while_all_points_fit(tmp_path: Path) -> None:
    made = filled(tmp_path, 20, 20, 5000)
    assert held(made) == 20 * 20 * 5000


@pytest.mark.parametrize(("runs", "tags", "points"), [(1, 10_000, 1000), (2000, 4, 1000), (30, 2, 200_000)])
def test_many_tags_and_many_runs_stay_within_the_memory_meant_for_points(
    tmp_path: Path, runs: int, tags: int, points: int
) -> None:
    made = filled(tmp_path, runs, tags, points)
    assert held(made) <= catalog._POINTS
    assert held(made) >= catalog._POINTS // 5
    assert len(made.runs) == runs


def test_however_many_tags_there_are_each_keeps_a_few_points(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalog, "_POINTS", 1000)
    made = filled(tmp_path, 3, 50, 2000)
    lengths = {len(series.curve().x) for log in made.logs.values() for series in log.series.values()}
    assert min(lengths) >= catalog._FEWEST
    assert max(lengths) <= 2 * catalog._FEWEST + 16


def test_what_was_thinned_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalog, "_POINTS", 1000)
    made = filled(tmp_path, 1, 50, 2000)
    (log,) = made.logs.values()
    curve = log.series[Name.of("tag7")].curve()
    assert curve.logged == 2000 > len(curve.x)
    assert log.held == pytest.approx(held(made), rel=0.01)


def test_what_a_rewritten_log_held_before_is_thinned_before_everything_else_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(catalog, "_POINTS", 20_000)
    made = filled(tmp_path, runs=1, tags=1, points=9_000)
    (log,) = made.logs.values()
    Path(log.path).write_bytes(b"%b 1 4000" % WORDS)
    log.read(1 << 20)
    made.share_out()
    assert held(made) <= 20_000
    assert {len(one.curve().x) for one in log.series.values()} == {4000}


def test_logs_that_were_named_are_called_as_they_were_named(tmp_path: Path) -> None:
    paths = [str(tmp_path / name / "metrics.txt") for name in ("a", "b")]
    made = Catalog([Scripted()], TagOverride(), lambda: 0.0, several_roots=True)
    for path in paths:
        Path(path).parent.mkdir()
        Path(path).write_bytes(b"%b 1 4" % WORDS)
        made.admit(FileEntry(path, path, 0, 0.0))
    made.regroup()
    assert {run.name.text for run in made.runs.values()} == set(paths)
