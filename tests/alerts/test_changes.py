from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.evaluated import evaluated_run
from tests.support.training_logs import IMPROVING

from lossmon.alerts.changes import ChangeLog
from lossmon.core.assessment import Assessment
from lossmon.core.conditions import CONDITIONS
from lossmon.core.snapshot import EvaluationHistory, ProgramOutput, RunSnapshot, RunStatus, Snapshot
from lossmon.core.text import Name
from lossmon.core.verdict import Verdict

NOW = 1_000_000.0
SHORT = evaluated_run(length=5)
OVER, NOT_OVER = Verdict.OVERFITTING, Verdict.LEARNING


def told(
    log: ChangeLog, *runs: RunSnapshot, is_complete: bool = True, output: ProgramOutput | None = None
) -> list[str]:
    alerts = log.new_alerts(Snapshot(runs, output=output), is_complete=is_complete)
    return [alert.condition for alert in alerts]


def log_of(*runs: RunSnapshot, conditions: tuple[str, ...] = CONDITIONS) -> ChangeLog:
    """Return a log that has seen *runs* at the start."""
    log = ChangeLog(conditions, NOW)
    assert told(log, *runs) == []
    return log


def written(run: RunSnapshot, **changes: object) -> RunSnapshot:
    return replace(run, **{"status": RunStatus.RUNNING, "last_write": NOW, **changes})  # type: ignore[arg-type]


def judged(length: int, verdict: Verdict, *, is_weak: bool = False) -> RunSnapshot:
    """Return a run of *length* epochs with this *verdict*."""
    losses = [1.0 + epoch for epoch in range(length)]
    x = np.arange(1.0, length + 1)
    history = EvaluationHistory("epoch", x, x * np.nan, None, np.array(losses))
    return written(replace(SHORT, history=history, assessment=Assessment(verdict, is_weak=is_weak)))


def test_a_run_that_begins_to_overfit_is_told_once_with_the_epoch_and_the_checkpoint_to_keep() -> None:
    log = ChangeLog(("overfitting",), NOW)
    alerts = [
        alert
        for length in range(1, 31)
        for alert in log.new_alerts(Snapshot((written(evaluated_run(length=length)),)), is_complete=True)
    ]
    assert [alert.condition for alert in alerts] == ["overfitting"]
    assert alerts[0].message.startswith("lstm is overfitting since epoch 10 (val 0.34 → ")
    assert alerts[0].message.endswith("); keep the checkpoint of epoch 10")
    assert alerts[0].facts["run"] == "lstm"
    assert alerts[0].facts["verdict"] == "overfitting"
    assert alerts[0].place.endswith(": lstm")


def test_what_was_there_before_is_not_told() -> None:
    log = log_of(evaluated_run(), evaluated_run("cnn", IMPROVING))
    assert told(log, evaluated_run(), evaluated_run("cnn", IMPROVING)) == []
    assert told(log, evaluated_run(), written(evaluated_run("new")), evaluated_run("cnn", IMPROVING)) == ["overfitting"]
    late = replace(evaluated_run("copied"), last_write=NOW - 3600)
    assert told(log, evaluated_run(), late) == []


def test_while_old_logs_are_read_nothing_is_told_unless_all_is_new() -> None:
    log = ChangeLog(("overfitting",), NOW)
    assert told(log, evaluated_run(length=9), is_complete=False) == []
    assert told(log, evaluated_run(length=25), is_complete=True) == []
    assert told(log, evaluated_run(length=26)) == []
    pipe = ChangeLog(("overfitting",), NOW, all_is_new=True)
    assert told(pipe, evaluated_run(length=25), is_complete=False) == ["overfitting"]


def test_a_run_that_only_gets_another_name_is_not_told_again() -> None:
    log = log_of(written(evaluated_run("lstm")))
    assert told(log, written(evaluated_run("runs/lstm"), path=Name.of("lstm"))) == []
    assert told(log, written(evaluated_run("runs/lstm")), written(evaluated_run("other"))) == ["overfitting"]


@given(st.lists(st.sampled_from([(OVER, False), (OVER, True), (NOT_OVER, False)]), min_size=2, max_size=40))
def test_a_verdict_is_never_told_twice_within_some_evaluations(verdicts: list[tuple[Verdict, bool]]) -> None:
    log = log_of(judged(1, NOT_OVER), conditions=("overfitting",))
    told_at = [
        at for at, (verdict, is_weak) in enumerate(verdicts) if told(log, judged(at + 2, verdict, is_weak=is_weak))
    ]
    assert all(verdicts[at] == (OVER, False) for at in told_at)
    for at in told_at[1:]:
        assert verdicts[at - 6 : at] == [(NOT_OVER, False)] * 6
    assert ((OVER, False) in verdicts) is bool(told_at)


def test_half_a_run_is_not_judged() -> None:
    log = log_of()
    assert told(log, written(evaluated_run(), share_read=0.5)) == []
    assert told(log, written(evaluated_run(), status=RunStatus.UNREADABLE)) == []


def test_a_verdict_that_is_only_a_maybe_is_told_only_if_it_is_asked_for() -> None:
    length = next(n for n in range(30) if evaluated_run(length=n + 1).assessment.word == "maybe overfitting") + 1
    assert told(log_of(conditions=("overfitting",)), written(evaluated_run(length=length))) == []
    assert told(log_of(conditions=("maybe-overfitting",)), written(evaluated_run(length=length))) == [
        "maybe-overfitting"
    ]


def test_a_verdict_that_changes_when_the_train_loss_of_the_last_evaluation_comes_is_told() -> None:
    log = log_of(judged(12, NOT_OVER))
    assert told(log, judged(12, OVER)) == ["overfitting"]


def test_a_verdict_that_comes_and_goes_is_told_once_and_again_only_after_a_while() -> None:
    def verdicts(*given: tuple[int, Verdict]) -> list[str]:
        log = log_of(judged(5, NOT_OVER), conditions=("overfitting",))
        return [condition for length, verdict in given for condition in told(log, judged(length, verdict))]

    assert verdicts((10, OVER), (11, NOT_OVER), (12, OVER), (14, NOT_OVER), (15, OVER)) == ["overfitting"]
    assert verdicts((10, OVER), (11, NOT_OVER), (17, NOT_OVER), (18, OVER)) == ["overfitting", "overfitting"]


@pytest.mark.parametrize(
    ("status", "condition"),
    [(RunStatus.ENDED, "ended"), (RunStatus.STALLED, "stalled"), (RunStatus.GONE, "gone")],
)
def test_a_run_that_ends_or_stalls_is_told_once_and_again_after_it_went_on(status: RunStatus, condition: str) -> None:
    run = evaluated_run("cnn", IMPROVING)
    log = log_of(written(run))
    over = written(run, status=status)
    assert [told(log, one) for one in (written(run, status=RunStatus.QUIET), over, over)] == [[], [condition], []]
    assert [told(log, one) for one in (written(run), over)] == [[], [condition]]


def test_a_run_whose_log_says_that_it_failed_has_failed() -> None:
    run = evaluated_run("cnn", IMPROVING)
    log = log_of(written(run))
    failed = written(run, status=RunStatus.FAILED, warnings=("the training failed, as its log says",))
    alerts = log.new_alerts(Snapshot((failed,)), is_complete=True)
    assert [alert.condition for alert in alerts] == ["failed"]
    assert alerts[0].message.startswith("cnn has failed at epoch 30: the training failed, as its log says")


def test_the_end_of_the_program_is_told_once_for_all_that_it_wrote() -> None:
    run = evaluated_run("cnn", IMPROVING)
    log = log_of(written(run))
    crashed = ProgramOutput(ended_at=NOW + 5, failure="MemoryError", failed_at=NOW + 5)
    assert told(log, written(run), output=crashed) == ["failed"]
    assert told(log, written(run, status=RunStatus.STALLED), output=crashed) == []


def test_a_program_that_had_ended_before_is_not_told() -> None:
    log = ChangeLog(CONDITIONS, NOW)
    assert told(log, output=ProgramOutput(ended_at=NOW - 60)) == []


def test_names_of_runs_cannot_bring_control_characters_into_a_message() -> None:
    log = log_of(conditions=("overfitting",))
    (alert,) = log.new_alerts(Snapshot((written(evaluated_run("a\x1b]0;x\x07\nb")),)), is_complete=True)
    assert (alert.message + alert.place + alert.title).isprintable()


def test_a_run_that_improves_is_never_told_to_overfit() -> None:
    log = log_of(conditions=("overfitting",))
    for length in range(1, 31):
        assert told(log, written(evaluated_run(val=IMPROVING, length=length))) == []
