"""No run and no file name makes the search for a position raise, and what it finds lies in the run."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from lossmon.core.assessment import Assessment
from lossmon.core.checkpoint import Checkpoint
from lossmon.core.points import Floats
from lossmon.core.snapshot import Curve, EvaluationHistory, RunSnapshot, RunStatus
from lossmon.core.text import Name
from lossmon.presentation.checkpoints import findings, rows
from lossmon.runs.checkpoint_advice import with_checkpoints
from lossmon.runs.checkpoint_names import checkpoint_name
from lossmon.runs.checkpoint_positions import SavedFile, locate

FILES = (
    "checkpoint-20/model.safetensors", "epoch=3-step=40.ckpt", "m_05-0.42.keras", "epoch7.pt", "model_9.pt", "best.pt",
    "last.pt", "model.keras", "best-0.5.pt", "1000_steps_model.zip", "epoch_3/model.safetensors",
)  # fmt: skip
NUMBERS = st.one_of(st.floats(width=32), st.sampled_from([0.0, 1.0, 0.42, math.nan, math.inf, -math.inf, 1e300]))


def run_of(x: Floats, wall: Floats, losses: Floats, axis: str, log_format: str, best: int | None) -> RunSnapshot:
    name = Name.of("run")
    curve = Curve(Name.of("val_loss"), "epoch" if axis == "epoch" else "step", x, wall, losses, len(x))
    history = EvaluationHistory(curve.axis, x, wall, None, losses)
    return RunSnapshot(
        name,
        name,
        log_format,
        None,
        curve,
        history,
        Assessment(best=best),
        (),
        (),
        (),
        (curve,),
        status=RunStatus.RUNNING,
    )


@given(
    st.integers(1, 12),
    st.data(),
    st.sampled_from(["epoch", "step"]),
    st.sampled_from(["keras-csv", "ultralytics", "tensorboard", "csv"]),
)
@settings(max_examples=300, deadline=None)
def test_nothing_in_a_run_or_on_disk_is_too_strange(
    count: int, data: st.DataObject, axis: str, log_format: str
) -> None:
    draw = data.draw
    numbers = st.lists(NUMBERS, min_size=count, max_size=count)
    x = np.sort(np.array(draw(st.lists(st.integers(-3, 400), min_size=count, max_size=count)), float))
    wall, losses = np.array(draw(numbers), float), np.array(draw(numbers), float)
    run = run_of(x, wall, losses, axis, log_format, draw(st.one_of(st.none(), st.integers(0, count - 1))))
    names = [name for file in draw(st.lists(st.sampled_from(FILES), unique=True)) if (name := checkpoint_name(file))]
    files = [SavedFile(name, draw(NUMBERS)) for name in names]
    positions = locate(files, run)
    assert len(positions) == len(files)
    for position in positions:
        assert position.x is None or x[0] <= position.x <= x[-1]
        assert position.evaluation is None or x[position.evaluation] == position.x
    checkpoints = tuple(
        Checkpoint(
            Name.of(name.path), 10, modified, name.role, x=at.x, evaluation=at.evaluation, is_gone=draw(st.booleans())
        )
        for (name, modified), at in zip(files, positions, strict=True)
    )
    shown = with_checkpoints(run, checkpoints)
    assert all(finding.text and "nan" not in finding.text.split() for finding in findings(shown))
    assert len([*rows(shown)]) == len(checkpoints)


def test_a_run_without_evaluations_places_nothing() -> None:
    name = Name.of("run")
    run = RunSnapshot(name, name, "csv", None, None, None, Assessment(), (), (), (), ())
    saved = checkpoint_name("epoch7.pt")
    assert saved
    assert [position.x for position in locate([SavedFile(saved, 0.0)], run)] == [None]
