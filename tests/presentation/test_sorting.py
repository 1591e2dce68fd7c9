from __future__ import annotations

from dataclasses import replace

import numpy as np
from tests.support.scripted import run_snapshot

from lossmon.core.snapshot import RunSnapshot
from lossmon.core.text import Name
from lossmon.presentation.sorting import Sort, filter_and_sort


def test_the_newest_run_is_the_one_that_began_last_however_often_others_write() -> None:
    old = run_snapshot("old")
    assert old.history is not None
    young = replace(
        run_snapshot("young"),
        history=replace(old.history, wall_time=old.history.wall_time + 600),
        last_write=old.last_write,
    )
    live = replace(old, last_write=(old.last_write or 0.0) + 9000)
    assert [run.name.text for run in filter_and_sort([live, young], Sort.NEWEST, "")] == ["young", "old"]


def test_of_runs_of_the_same_severity_the_one_that_rose_most_comes_first() -> None:
    run = run_snapshot()
    assert run.history is not None
    assert run.history.val is not None
    val = run.history.val

    def risen(name: str, share: float) -> RunSnapshot:
        assert run.history is not None
        last = (run.assessment.best_value or 0.0) * (1 + share)
        history = replace(run.history, val=np.append(val[:-1], last))
        return replace(run, name=Name.of(name), history=history)

    runs = [risen("a", 0.2), risen("b", 0.45), risen("c", float("nan")), risen("d", 0.3)]
    assert [each.name.text for each in filter_and_sort(runs, Sort.TROUBLE, "")] == ["c", "b", "d", "a"]
