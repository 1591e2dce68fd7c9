from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from tests.support.evaluated import evaluated_run
from tests.support.training_logs import OVERFITTING

from lossmon.core.points import Floats
from lossmon.core.snapshot import EvaluationHistory, RunSnapshot, RunStatus, Snapshot
from lossmon.report.events import EventLog, format_event
from lossmon.report.json_report import JsonValue, dumps


def events_of(log: EventLog, run: RunSnapshot) -> list[dict[str, JsonValue]]:
    return list(log.new_events(Snapshot((run,))))


def x_of(events: list[dict[str, JsonValue]], kind: str = "evaluation") -> list[JsonValue]:
    return [event["x"] for event in events if event["event"] == kind]


def restarted(run: RunSnapshot, *flags: str) -> RunSnapshot:
    return replace(run, assessment=replace(run.assessment, flags=("restarted", *flags)))


def test_each_evaluation_and_each_change_of_verdict_is_reported_once() -> None:
    log = EventLog()
    events = [event for length in range(1, 31) for event in events_of(log, evaluated_run(length=length))]
    assert x_of(events) == list(range(1, 31))
    verdicts = [event["verdict"] for event in events if event["event"] == "verdict"]
    assert verdicts[0] == "warming-up"
    assert verdicts[-1] == "overfitting"
    assert events_of(log, evaluated_run()) == []


def test_of_a_log_that_was_complete_before_only_the_last_evaluation_is_reported() -> None:
    events = list(EventLog().new_events(Snapshot((evaluated_run(),)), last_only=True))
    assert [event["event"] for event in events] == ["evaluation", "verdict"]
    assert format_event(events[0]).startswith("lstm: epoch 30  train 0.")
    assert "OVERFITTING since epoch" in format_event(events[1])


def test_of_a_run_that_appears_later_every_evaluation_is_reported() -> None:
    assert x_of(events_of(EventLog(), evaluated_run(length=7))) == [1, 2, 3, 4, 5, 6, 7]


def test_of_a_run_that_appears_while_older_logs_are_read_every_evaluation_is_reported() -> None:
    new = replace(evaluated_run(length=3), is_new=True)
    assert x_of(list(EventLog().new_events(Snapshot((new,)), last_only=True))) == [1, 2, 3]


def test_of_a_log_that_held_no_evaluation_at_first_every_evaluation_is_reported() -> None:
    log, run = EventLog(), evaluated_run(length=3)
    assert list(log.new_events(Snapshot((replace(run, history=None),)), last_only=True)) == []
    assert x_of(list(log.new_events(Snapshot((run,)), last_only=True))) == [1, 2, 3]


def test_why_a_run_cannot_be_read_is_reported_once_and_what_it_held_before_stays_old() -> None:
    log, run = EventLog(), evaluated_run(length=3)
    locked = replace(run, history=None, status=RunStatus.UNREADABLE, warnings=("the database: it is locked",))
    troubles = [event for _ in range(2) for event in log.new_events(Snapshot((locked,)), last_only=True)]
    assert [format_event(event) for event in troubles] == ["lstm: the database: it is locked"]
    assert x_of(list(log.new_events(Snapshot((run,)), last_only=True))) == [3]


def test_a_rewritten_log_is_reported_again_from_its_first_difference_after_a_restart_event() -> None:
    log = EventLog()
    events_of(log, evaluated_run(length=5))
    rewritten = evaluated_run(val=[*OVERFITTING[:2], *(9.0 + n for n in range(6))])
    events = events_of(log, restarted(rewritten))
    assert x_of(events) == [3, 4, 5, 6, 7, 8]
    assert x_of(events, "restart") == [3]
    assert format_event(events[0]).startswith("lstm: epoch 3  RESTARTED: ")


def test_a_log_that_became_shorter_is_reported_from_its_last_evaluation_on() -> None:
    log = EventLog()
    events_of(log, evaluated_run(length=9))
    events = events_of(log, restarted(evaluated_run(length=4)))
    events += events_of(log, restarted(evaluated_run(length=6)))
    assert x_of(events) == [4, 5, 6]
    assert x_of(events, "restart") == [4]


def test_a_long_run_whose_old_points_are_thinned_is_not_reported_again() -> None:
    log, whole = EventLog(), evaluated_run()
    events_of(log, evaluated_run(length=20))
    history = whole.history
    assert history is not None
    assert history.val is not None
    assert history.train is not None
    kept = np.r_[0, np.arange(1, 19, 3), np.arange(19, 30)]
    thinned = replace(history, x=history.x[kept], train=history.train[kept], val=history.val[kept])
    events = events_of(log, replace(restarted(whole, "thinned"), history=thinned))
    assert x_of(events) == list(range(21, 31))
    assert x_of(events, "restart") == []


ANY_NUMBERS = arrays(np.float64, 20, elements=st.floats() | st.integers(-3, 3).map(float))
WHOLE_NUMBERS = arrays(np.float64, 20, elements=st.integers(-(2**60), 2**60).map(float))
FRACTIONS = arrays(np.float64, 20, elements=st.floats(0.01, 0.99))


@given(WHOLE_NUMBERS | FRACTIONS, st.none() | ANY_NUMBERS | FRACTIONS, ANY_NUMBERS, st.integers(0, 25), st.booleans())
def test_the_lines_of_json_are_those_of_the_events(
    x: Floats, train: Floats | None, val: Floats, before_train: int, last_only: bool
) -> None:
    history = EvaluationHistory("step", x, x, train, val, before_train)
    snapshot = Snapshot((replace(evaluated_run('"nested, name"'), history=history),))
    lines = list(EventLog().new_json_lines(snapshot, last_only=last_only))
    assert lines == [dumps(event) for event in EventLog().new_events(snapshot, last_only=last_only)]


def test_a_run_that_has_not_changed_is_not_looked_at_again(monkeypatch: pytest.MonkeyPatch) -> None:
    log, run = EventLog(), evaluated_run()
    assert events_of(log, run)
    monkeypatch.setattr(EventLog, "_news_of", None)
    assert events_of(log, run) == []


def test_every_change_of_the_verdict_in_one_flush_is_reported_where_it_was_given() -> None:
    one_by_one, at_once = EventLog(), EventLog()
    expected = [event for length in range(5, 31) for event in events_of(one_by_one, evaluated_run(length=length))]
    events = events_of(at_once, evaluated_run(length=5)) + events_of(at_once, evaluated_run())

    def brief(events: list[dict[str, JsonValue]]) -> list[tuple[JsonValue, ...]]:
        return [(event["event"], event["x"], event.get("word")) for event in events]

    assert brief(events) == brief(expected)
    words = [event["word"] for event in events if event["event"] == "verdict"]
    assert words == ["warming-up", "learning", "maybe converged", "maybe overfitting", "overfitting"]
    assert events_of(at_once, evaluated_run()) == []


def test_only_the_present_verdict_has_an_onset_and_a_reason() -> None:
    verdicts = [event for event in events_of(EventLog(), evaluated_run()) if event["event"] == "verdict"]
    assert [event["onset"] for event in verdicts] == [None, None, None, None, 10]
    assert [bool(event["because"]) for event in verdicts] == [False, False, False, False, True]


def test_json_lines_are_the_events() -> None:
    log = EventLog()
    log_lines = [json.loads(line) for line in log.new_json_lines(Snapshot((evaluated_run(),)))]
    assert log_lines == events_of(EventLog(), evaluated_run())
