from __future__ import annotations

import pytest

from lossmon.core.snapshot import RunStatus
from lossmon.runs import LivenessThresholds, run_status
from lossmon.runs.rhythm import Rhythm
from lossmon.sources.open_files import Writer

THRESHOLDS = LivenessThresholds(
    live_seconds=10, unknown_seconds=10, live_intervals=2, quiet_seconds=20, quiet_intervals=4
)


@pytest.mark.parametrize(
    ("silence", "interval", "expected"),
    [
        (10, 0, RunStatus.RUNNING),
        (11, 0, RunStatus.QUIET),
        (21, 0, RunStatus.STALLED),
        (100, 50, RunStatus.RUNNING),
        (101, 50, RunStatus.QUIET),
        (201, 50, RunStatus.STALLED),
        (-10, 0, RunStatus.RUNNING),
        (-1000, 0, RunStatus.QUIET),
    ],
)
def test_a_run_becomes_quiet_and_then_stalled_by_a_time_or_by_its_interval(
    silence: float, interval: float, expected: RunStatus
) -> None:
    assert run_status(silence, Rhythm(interval), has_grown=True, has_ended=False, thresholds=THRESHOLDS) is expected


def test_a_run_at_its_planned_end_has_ended_unless_a_process_still_writes_it() -> None:
    assert run_status(20, Rhythm(), has_grown=False, has_ended=True) is RunStatus.ENDED
    assert run_status(20, Rhythm(), has_grown=False, has_ended=True, writer=Writer.RUNS) is RunStatus.RUNNING


def test_a_log_that_tells_no_rhythm_is_not_said_to_run_for_minutes() -> None:
    assert run_status(50, Rhythm(), has_grown=False, has_ended=False) is RunStatus.RUNNING
    assert run_status(70, Rhythm(), has_grown=False, has_ended=False) is RunStatus.QUIET


def test_a_file_from_the_future_that_was_not_seen_to_grow_is_not_live() -> None:
    assert run_status(-2e9, Rhythm(), has_grown=False, has_ended=False) is RunStatus.ENDED
