from __future__ import annotations

from dataclasses import replace

from tests.support.scripted import run_snapshot

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
