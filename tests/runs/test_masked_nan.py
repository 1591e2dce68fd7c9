"""Train losses that were NaN and were logged as 0, in every format in which that happens."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from tests.support.decoding import DATA, event, record, simple, version
from tests.support.logs import snapshot_of

from lossmon.core.snapshot import Curve, RunSnapshot
from lossmon.core.text import Name
from lossmon.core.verdict import Verdict
from lossmon.runs import restore_masked_nan
from lossmon.sources.protocol import Adapter
from lossmon_adapters import BUILTIN

NAN = math.nan


def curve(points: dict[float, float], axis: str = "step") -> Curve:
    x, value = np.array(list(points), dtype=float), np.array(list(points.values()), dtype=float)
    return Curve(Name.of("loss"), "epoch" if axis == "epoch" else "step", x, np.full(len(x), NAN), value, len(x))


@pytest.mark.parametrize(
    ("train", "reference", "expected"),
    [
        ([2, 1, 0, 0, 0], {2: 1, 4: NAN}, [2, 1, NAN, NAN, NAN]),
        ([2, 1, 0, 0, 0], {1: 1, 2: 1, 3: math.inf, 4: NAN, 5: NAN}, [2, 1, NAN, NAN, NAN]),
        ([2, 1, 0, 0, 0], {2.5: NAN}, [2, 1, NAN, NAN, NAN]),
        ([2, 1, 0, 0, 0], {5.5: NAN}, [2, 1, NAN, NAN, NAN]),
        ([2, 0, 1, 0, 0], {4.5: NAN}, [2, 0, 1, NAN, NAN]),
        ([2, 1, 0.5, 0, 0], {1: NAN, 2: 1}, [2, 1, 0.5, 0, 0]),
        ([2, 1, 0, 0, 0], {2: 1, 4: 0.5}, [2, 1, 0, 0, 0]),
        ([2, 1, 0, 0, 0], {}, [2, 1, 0, 0, 0]),
        ([2, 1, NAN, NAN, 3], {3: NAN}, [2, 1, NAN, NAN, 3]),
    ],
)
def test_a_zero_is_nan_while_a_reference_is_not_finite(
    train: list[float], reference: dict[float, float], expected: list[float]
) -> None:
    shown = restore_masked_nan(curve(dict(enumerate(train, 1))), [curve({1: 1.0}), curve(reference)])
    assert np.array_equal(shown.value, expected, equal_nan=True)


def test_a_reference_on_another_axis_is_ignored() -> None:
    train = curve({1: 1, 2: 0})
    assert restore_masked_nan(train, [curve({1: NAN}, "epoch")]) is train


def adapter(name: str) -> Adapter:
    return next(one for one in BUILTIN if one.name == name)


def read(path: Path, log_format: str) -> RunSnapshot:
    """Return the run of the one log at *path*."""
    return snapshot_of(path, adapter(log_format))


STEPS = range(1, 13)


def text(path: Path) -> None:
    lines = [
        f"{{'loss': {3 / step if step < 6 else 0}, 'grad_norm': {1.0 if step < 6 else 'nan'}, 'epoch': {step}}}\n"
        f"{{'eval_loss': {3 / step if step < 6 else 'nan'}, 'epoch': {step}}}\n"
        for step in STEPS
    ]
    path.write_text("".join(lines))


def json_lines(path: Path) -> None:
    lines = [
        f'{{"step": {step}, "loss": {3 / step if step < 6 else 0}, "eval_loss": {3 / step if step < 6 else "NaN"}}}\n'
        for step in STEPS
    ]
    path.write_text("".join(lines))


def event_file(path: Path) -> None:
    records = [record(version())]
    for step in STEPS:
        for tag, broken in ((b"train/loss", 0.0), (b"eval/loss", NAN), (b"train/grad_norm", NAN)):
            records.append(record(event(1.7e9 + step, step, simple(tag, 3 / step if step < 6 else broken))))
    path.write_bytes(b"".join(records))


@pytest.mark.parametrize(("log_format", "write"), [("text", text), ("jsonl", json_lines), ("tensorboard", event_file)])
def test_chart_history_metrics_and_verdict_agree_in_every_format(
    tmp_path: Path, log_format: str, write: Callable[[Path], None]
) -> None:
    path = tmp_path / "log"
    write(path)
    run = read(path, log_format)
    assert run.train
    assert run.history
    assert run.history.train is not None
    for values in (run.train.value, run.history.train, *(c.value for c in run.metrics if c.tag == run.train.tag)):
        assert np.isfinite(values[:5]).all()
        assert np.isnan(values[5:]).all()
    assert run.assessment.verdict is Verdict.DIVERGED
    assert "non-finite" in run.assessment.flags


def test_a_real_run_whose_weights_became_nan_shows_it() -> None:
    run = read(DATA / "records" / "hf" / "trainer_state.json", "hf-trainer")
    gradient = next(curve for curve in run.metrics if curve.tag.text == "grad_norm")
    assert run.train
    assert np.array_equal(np.isnan(run.train.value), np.isnan(gradient.value))
    assert np.isnan(run.train.value[-1])
