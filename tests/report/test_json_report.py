from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from tests.support.evaluated import TRAIN, evaluated_run
from tests.support.training_logs import OVERFITTING

from lossmon.core.snapshot import SkippedFile, Snapshot
from lossmon.core.text import Name
from lossmon.report.json_report import dumps, json_number, snapshot_report

RUN_KEYS = {
    "run", "path", "format", "x", "train", "val", "vals", "evaluations", "verdict", "severity", "confidence",
    "probability", "weak", "onset",
    "detected", "best", "timeline", "gap", "flags", "evidence", "advice",
}  # fmt: skip


def test_the_report_has_every_key_and_is_strict_json() -> None:
    without_losses = replace(evaluated_run(), train=None, val=None, history=None)
    skipped = SkippedFile(Name.of("model.pt"), "no log")
    text = dumps(snapshot_report(Snapshot((evaluated_run(), without_losses), (skipped,))))
    report = json.loads(text, parse_constant=pytest.fail)
    assert report["schema"] == "lossmon/1"
    assert report["skipped"] == [{"path": "model.pt", "reason": "no log"}]
    for run in report["runs"]:
        assert run.keys() >= RUN_KEYS


def test_the_report_holds_losses_and_assessment() -> None:
    (run,) = json.loads(dumps(snapshot_report(Snapshot((evaluated_run(),)))))["runs"]
    assert run["verdict"] == "overfitting"
    assert run["train"] == {"tag": "loss", "points": 30, "last": TRAIN[-1]}
    assert run["evaluations"] == 30
    best = int(np.argmin(OVERFITTING))
    assert run["best"] == {"index": best, "x": best + 1, "val": min(OVERFITTING)}
    assert run["onset"] == {"index": best, "x": best + 1}
    assert run["timeline"][-1]["verdict"] == "overfitting"
    assert run["probabilities"][0]["index"] == 0
    assert run["probabilities"][-1]["probability"] == pytest.approx(run["probability"], abs=0.02)
    assert run["gap"]["last"] == pytest.approx(OVERFITTING[-1] - TRAIN[-1])


def test_nan_and_infinities_are_strings() -> None:
    diverged = evaluated_run(val=[*OVERFITTING[:12], float("nan"), float("inf")])
    (run,) = json.loads(dumps(snapshot_report(Snapshot((diverged,)))))["runs"]
    assert run["val"]["last"] == "Infinity"
    assert run["verdict"] == "diverged"
    assert run["gap"] == {"last": None, "slope": None}
    assert [json_number(float("nan")), json_number(float("-inf")), json_number(None)] == ["NaN", "-Infinity", None]


def test_a_whole_number_is_an_integer() -> None:
    assert dumps(json_number(10.0)) == "10"
    assert dumps(json_number(0.5)) == "0.5"


def test_runs_whose_long_paths_begin_alike_have_different_names() -> None:
    names = [f"{'trial_lr=0.001,layers=3/' * 15}{seed}" for seed in (1, 2)]
    runs = json.loads(dumps(snapshot_report(Snapshot(tuple(evaluated_run(name) for name in names)))))["runs"]
    assert [run["run"] for run in runs] == [run["path"] for run in runs] == names
