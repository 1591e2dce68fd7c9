from __future__ import annotations

import io
import json
from dataclasses import replace

import numpy as np
import pytest

from lossmon.core.snapshot import Curve, EvaluationHistory, RunSnapshot, SkippedFile, Snapshot
from lossmon.core.text import Name
from lossmon.core.verdict import Verdict
from lossmon.report.events import EventLog, format_event
from lossmon.report.json_report import Json, document, dumps, number
from lossmon.report.style import Style
from lossmon.report.table import summary, table
from lossmon.runs.evaluation import Evaluator

VAL = [1.0 * 0.7**i + 0.3 + 0.03 * max(0, i - 9) for i in range(30)]
TRAIN = [1.0 * 0.85**i for i in range(30)]
RUN_KEYS = {
    "run", "path", "format", "x", "train", "val", "evaluations", "verdict", "severity", "confidence", "onset",
    "detected", "best", "timeline", "gap", "flags", "evidence", "advice",
}  # fmt: skip


def curve(tag: str, values: list[float]) -> Curve:
    x = np.arange(1.0, len(values) + 1)
    return Curve(Name.of(tag), "epoch", x, x * np.nan, np.array(values), len(values))


def view(name: str = "lstm", val: list[float] | None = None, length: int = 30) -> RunSnapshot:
    losses = (val if val is not None else VAL)[:length]
    trains = TRAIN[: len(losses)]
    train, validation = curve("loss", trains), curve("val_loss", losses)
    history = EvaluationHistory("epoch", train.x, train.wall, train.value, validation.value)
    assessment, timeline = Evaluator().evaluate(history)
    shown = Name.of(name)
    evidence = tuple(fact.text.format(*fact.at) for fact in assessment.evidence)
    metrics = (train, validation)
    return RunSnapshot(
        shown, shown, "keras-csv", train, validation, history, assessment, timeline, evidence, (), metrics
    )


def test_the_document_has_every_key_and_is_strict_json() -> None:
    empty = replace(view(), train=None, val=None, history=None)
    text = dumps(document(Snapshot((view(), empty), (SkippedFile(Name.of("model.pt"), "no log"),))))
    parsed = json.loads(text, parse_constant=pytest.fail)
    assert parsed["schema"] == "lossmon/1"
    assert parsed["skipped"] == [{"path": "model.pt", "reason": "no log"}]
    for run in parsed["runs"]:
        assert run.keys() >= RUN_KEYS


def test_the_document_says_what_was_judged() -> None:
    (run,) = json.loads(dumps(document(Snapshot((view(),)))))["runs"]
    assert run["verdict"] == "overfitting"
    assert run["train"] == {"tag": "loss", "points": 30, "last": TRAIN[-1]}
    assert run["evaluations"] == 30
    best = int(np.argmin(VAL))
    assert run["best"] == {"index": best, "x": best + 1, "val": min(VAL)}
    assert run["onset"] == {"index": best, "x": best + 1}
    assert run["timeline"][-1]["verdict"] == "overfitting"
    assert run["gap"]["last"] == pytest.approx(VAL[-1] - TRAIN[-1])


def test_a_loss_that_is_not_finite_is_named() -> None:
    (run,) = json.loads(dumps(document(Snapshot((view(val=[*VAL[:12], float("nan"), float("inf")]),)))))["runs"]
    assert run["val"]["last"] == "Infinity"
    assert run["verdict"] == "diverged"
    assert run["gap"] == {"last": None, "slope": None}
    assert [number(float("nan")), number(float("-inf")), number(None)] == ["NaN", "-Infinity", None]


def test_epochs_are_whole_numbers_in_the_document_and_losses_are_not() -> None:
    assert dumps(number(10.0)) == "10"
    assert dumps(number(0.5)) == "0.5"


def test_the_table_has_a_row_a_run_and_says_why() -> None:
    lines = list(table(Snapshot((view("lstm"), view("cnn", [2.0, 1.0]))), Style()))
    (row,) = [line for line in lines if line.startswith("●")]
    assert "lstm" in row
    assert f"epoch {int(np.argmin(VAL)) + 1}" in row
    assert any(line.strip().startswith("validation") for line in lines)
    assert lines[-1].startswith("2 runs · 1 overfitting · 1 warming-up")


def test_without_unicode_the_table_is_ascii() -> None:
    lines = list(table(Snapshot((view("α-run"),)), Style(unicode=False)))
    assert all(line.isascii() for line in lines)


def test_colour_is_never_written_where_it_is_not_wanted() -> None:
    snapshot = Snapshot((view(),))
    assert not any("\x1b" in line for line in table(snapshot, Style()))
    assert any("\x1b[" in line for line in table(snapshot, Style(colour=True)))


@pytest.mark.parametrize(
    ("environ", "colour"),
    [
        ({"TERM": "xterm"}, False),
        ({"FORCE_COLOR": "1"}, True),
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
    ],
)
def test_the_environment_decides_on_colour(environ: dict[str, str], colour: bool) -> None:
    assert Style.of(io.StringIO(), environ).colour is colour


@pytest.mark.parametrize(
    ("environ", "encoding", "unicode"),
    [
        ({}, "utf-8", True),
        ({"LANG": "C", "LC_ALL": "en_US.UTF-8"}, "utf-8", True),
        ({"LANG": "de_DE.UTF-8", "LC_CTYPE": "", "LC_ALL": "C"}, "utf-8", False),
        ({"LANG": "POSIX"}, "utf-8", False),
        ({"LANG": "de_DE"}, "latin-1", False),
    ],
)
def test_the_locale_decides_on_unicode(environ: dict[str, str], encoding: str, unicode: bool) -> None:
    assert Style.of(io.TextIOWrapper(io.BytesIO(), encoding), environ).unicode is unicode


def test_following_tells_each_evaluation_once_and_each_change_of_verdict() -> None:
    news = EventLog()
    events = [event for length in range(1, 31) for event in news.since_last(Snapshot((view(length=length),)))]
    evaluations = [event["x"] for event in events if event["event"] == "evaluation"]
    assert evaluations == list(range(1, 31))
    verdicts = [event["verdict"] for event in events if event["event"] == "verdict"]
    assert verdicts[0] == "warming-up"
    assert verdicts[-1] == "overfitting"
    assert list(news.since_last(Snapshot((view(),)))) == []


def test_a_finished_log_is_told_by_its_last_evaluation_alone() -> None:
    events = list(EventLog().since_last(Snapshot((view(),)), past=True))
    assert [event["event"] for event in events] == ["evaluation", "verdict"]
    assert format_event(events[0]).startswith("lstm: epoch 30  train 0.")
    assert "OVERFITTING since epoch" in format_event(events[1])


def test_every_verdict_has_a_sign_of_its_own_in_both_alphabets() -> None:
    for unicode in (True, False):
        assert len({Style(unicode=unicode).glyph(verdict) for verdict in Verdict}) == len(Verdict)


def test_of_a_run_that_appears_later_every_evaluation_is_told() -> None:
    events = list(EventLog().since_last(Snapshot((view(length=7),))))
    assert [event["x"] for event in events if event["event"] == "evaluation"] == [1, 2, 3, 4, 5, 6, 7]


def test_one_file_is_counted_as_one() -> None:
    shown = Snapshot((view(),), (SkippedFile(Name.of("model.pt"), "no log"),))
    assert summary(shown) == "1 run · 1 overfitting · 1 file not read"


def test_runs_whose_long_paths_begin_alike_are_told_apart() -> None:
    names = [f"{'trial_lr=0.001,layers=3/' * 15}{seed}" for seed in (1, 2)]
    runs = json.loads(dumps(document(Snapshot(tuple(view(name) for name in names)))))["runs"]
    assert [run["run"] for run in runs] == [run["path"] for run in runs] == names


def xs(events: list[dict[str, Json]], kind: str = "evaluation") -> list[Json]:
    return [event["x"] for event in events if event["event"] == kind]


def restarted(made: RunSnapshot, *flags: str) -> RunSnapshot:
    return replace(made, assessment=replace(made.assessment, flags=("restarted", *flags)))


def test_a_log_written_anew_with_more_evaluations_is_told_from_where_it_differs_and_marked() -> None:
    news = EventLog()
    list(news.since_last(Snapshot((view(length=5),))))
    events = list(news.since_last(Snapshot((restarted(view(val=[*VAL[:2], *(9.0 + n for n in range(6))])),))))
    assert xs(events) == [3, 4, 5, 6, 7, 8]
    assert xs(events, "restart") == [3]
    assert format_event(events[0]).startswith("lstm: epoch 3  RESTARTED: ")


def test_a_log_that_became_shorter_is_told_from_its_end_on() -> None:
    news = EventLog()
    list(news.since_last(Snapshot((view(length=9),))))
    events = list(news.since_last(Snapshot((restarted(view(length=4)),))))
    events += news.since_last(Snapshot((restarted(view(length=6)),)))
    assert xs(events) == [4, 5, 6]
    assert xs(events, "restart") == [4]


def test_a_long_run_whose_old_points_are_thinned_is_not_told_again() -> None:
    news, whole = EventLog(), view()
    list(news.since_last(Snapshot((view(length=20),))))
    assert whole.history is not None
    rest = np.r_[0, np.arange(1, 19, 3), np.arange(19, 30)]
    thin = replace(
        whole.history, x=whole.history.x[rest], val=whole.history.val[rest] if whole.history.val is not None else None
    )
    events = list(news.since_last(Snapshot((replace(restarted(whole, "thinned"), history=thin),))))
    assert xs(events) == list(range(21, 31))
    assert xs(events, "restart") == []
