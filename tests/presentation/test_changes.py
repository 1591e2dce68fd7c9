"""What is told of runs from one snapshot to the next."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.support.evaluated import evaluated_run
from tests.support.scripted import run_snapshot

from lossmon.core.snapshot import RunSnapshot, RunStatus, Snapshot
from lossmon.core.verdict import Verdict
from lossmon.presentation.changes import ChangeHistory

RUNNING = run_snapshot("a", Verdict.LEARNING)


def told(*snapshots: RunSnapshot | tuple[RunSnapshot, ...]) -> list[str]:
    """Return what is told when these runs are seen one after the other, a minute apart."""
    return [f"{change.run.text} {change.word} {change.where}".rstrip() for change in history(*snapshots).changes]


def history(*snapshots: RunSnapshot | tuple[RunSnapshot, ...]) -> ChangeHistory:
    seen = ChangeHistory()
    for number, runs in enumerate(snapshots):
        seen = seen.after(Snapshot(runs if isinstance(runs, tuple) else (runs,), taken_at=60.0 * number))
    return seen


def as_(status: RunStatus, run: RunSnapshot = RUNNING) -> RunSnapshot:
    return replace(run, status=status)


@pytest.mark.parametrize("status", [RunStatus.ENDED, RunStatus.FAILED, RunStatus.STALLED, RunStatus.GONE])
def test_a_run_that_stops_is_told_once(status: RunStatus) -> None:
    stopped = as_(status)
    assert told(RUNNING, stopped, stopped, replace(stopped, last_write=1.0)) == [f"a {status.value} at epoch 31/50"]


def test_of_runs_that_were_there_before_nothing_is_told() -> None:
    runs = (run_snapshot("a"), as_(RunStatus.ENDED, run_snapshot("b", Verdict.DIVERGED)))
    assert told(runs, runs) == []
    assert told((), runs) == []


def test_of_a_run_that_begins_while_it_is_watched_all_is_told() -> None:
    short = replace(as_(RunStatus.ENDED, run_snapshot("b", epochs=31)), is_new=True)
    assert told((), short) == ["b overfitting since epoch 10", "b ended at epoch 31/50"]


def test_what_is_still_being_read_waits() -> None:
    reading = replace(as_(RunStatus.ENDED), share_read=0.5)
    assert told(RUNNING, reading, RUNNING) == []
    assert told(reading, as_(RunStatus.ENDED)) == []


def test_a_run_that_is_quiet_or_unreadable_for_a_while_is_not_told() -> None:
    assert told(RUNNING, as_(RunStatus.QUIET), as_(RunStatus.UNREADABLE), RUNNING) == []
    ended = as_(RunStatus.ENDED)
    assert told(RUNNING, ended, as_(RunStatus.UNREADABLE), ended) == ["a ended at epoch 31/50"]


def test_a_run_that_goes_on_after_it_had_stopped_is_told() -> None:
    stalled = as_(RunStatus.STALLED)
    assert told(RUNNING, stalled, as_(RunStatus.QUIET), RUNNING, stalled) == [
        "a stalled at epoch 31/50",
        "a goes on at epoch 31/50",
        "a stalled at epoch 31/50",
    ]


def test_a_verdict_is_told_once_it_has_held_for_three_evaluations() -> None:
    shown = [evaluated_run_of(length) for length in range(1, 31)]
    given = shown[-1].timeline[-1].index + 1
    assert told(*shown[: given + 1]) == []
    assert told(*shown[: given + 2]) == told(*shown) == ["a overfitting since epoch 10"]


def evaluated_run_of(length: int) -> RunSnapshot:
    return as_(RunStatus.RUNNING, evaluated_run("a", length=length))


def test_a_verdict_that_flips_back_at_once_is_not_told() -> None:
    flip = run_snapshot("a", Verdict.UNSTABLE)
    flip = replace(flip, timeline=(replace(flip.timeline[-1], index=30),))
    assert told(RUNNING, flip, RUNNING, flip, RUNNING) == []


def test_a_verdict_that_is_weak_is_not_told_until_it_is_sure() -> None:
    sure = run_snapshot("a")
    weak = replace(sure, assessment=replace(sure.assessment, is_weak=True))
    assert told(RUNNING, weak, weak) == []
    assert told(RUNNING, weak, sure, weak, sure) == ["a overfitting since epoch 10"]


def test_a_run_that_diverges_is_told_at_once_and_one_that_recovers_too() -> None:
    diverged = run_snapshot("a", Verdict.DIVERGED, nan_from=30)
    assert [line.partition(" since")[0] for line in told(RUNNING, diverged, RUNNING)] == ["a diverged", "a learning"]


def test_that_a_run_has_begun_to_learn_is_no_news() -> None:
    assert told(run_snapshot("a", Verdict.WARMING_UP, epochs=3), RUNNING) == []


def test_a_run_that_is_found_under_another_name_is_not_told_to_have_vanished() -> None:
    assert told(RUNNING, (run_snapshot("a/1", Verdict.LEARNING), run_snapshot("a/2", Verdict.LEARNING))) == []


def test_changes_are_unseen_until_a_key_is_pressed() -> None:
    seen = history(RUNNING, as_(RunStatus.ENDED)).seen(100.0)
    assert (seen.unseen, seen.seen_at, len(seen.changes)) == (0, 100.0, 1)
    after = seen.after(Snapshot((as_(RunStatus.GONE),), taken_at=120.0))
    assert [change.word for change in after.changes[-after.unseen :]] == ["gone"]


def test_nothing_new_leaves_the_history_as_it_is() -> None:
    before = history(RUNNING)
    assert before.after(Snapshot((replace(RUNNING, last_write=9.0),), taken_at=60.0)) is before


def test_only_the_newest_changes_are_kept() -> None:
    flips = [as_(RunStatus.STALLED), RUNNING] * 300
    kept = history(*flips)
    assert len(kept.changes) == kept.unseen == 500
    assert kept.changes[-1].at == 599 * 60.0
