"""Every number in a reason for advice stands in the log, or follows from numbers that do."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from lossmon.core.snapshot import RunSnapshot
from lossmon.monitor import Monitor, MonitorSettings
from lossmon.presentation.explanation import explain
from lossmon_adapters import BUILTIN

DATA = Path(__file__).parents[1] / "data"
CORPUS = Path(__file__).parents[3] / "shared" / "corpus" / "raw"
DERIVED = re.compile(
    r"[\d.]+(?:e[+-]?\d+)? %|\d+ (?:of \d+ )?evaluations|ln \d+ = [\d.]+|\(epoch [\d.]+\)|[\d,]+ examples|"
    r"all \d+ points|scatters by [\d.e+-]+|a mean of [\d.e+-]+|log\(0\)|float16"
)
"""What follows from other numbers: shares, counts, interpolated epochs, noise, means."""
NUMBER = re.compile(r"(?<![\w.])-?\d+(?:\.\d+)?(?:e[+-]?\d+)?(?![\w])")


def read(path: Path) -> list[RunSnapshot]:
    runs = Monitor([str(path)], BUILTIN, MonitorSettings(once=True)).read_all().runs
    return [run for run in runs if run.history is not None]


def logged(run: RunSnapshot) -> set[str]:
    """Return every number that the log of a run holds, as sentences write them, and those of a sum of losses."""
    curves = [curve for curve in (*run.metrics, run.train, run.val) if curve is not None]
    values = [*(curve.value for curve in curves), *(curve.x for curve in curves)]
    assert run.history is not None
    values += [one for one in (run.history.x, run.history.val, run.history.train) if one is not None]
    finite = np.unique(np.concatenate(values))
    return {f"{value:.4g}" for value in finite} | {f"{value:.12g}" for value in finite}


def names(run: RunSnapshot) -> set[str]:
    """Return the tags of a run, which may hold numbers."""
    return {curve.tag.text for curve in run.metrics} | ({run.score.name} if run.score else set())


def unknown_numbers(run: RunSnapshot) -> Iterator[str]:
    """Yield each number in a reason that is neither in the log nor follows from it."""
    known = logged(run)
    for piece in run.advice:
        sentence = piece.because
        for name in sorted(names(run), key=len, reverse=True):
            sentence = sentence.replace(name, "")
        yield from (
            f"{number}: {piece.because}" for number in NUMBER.findall(DERIVED.sub("", sentence)) if number not in known
        )


@pytest.mark.parametrize("path", [DATA, CORPUS], ids=["test data", "labelled histories"])
def test_the_numbers_in_reasons_stand_in_the_log(path: Path) -> None:
    if not path.is_dir():
        pytest.skip("these logs are not here")
    runs = read(path)
    assert len(runs) > 20
    assert [text for run in runs for text in unknown_numbers(run)] == []


def test_the_points_of_an_explanation_are_those_of_the_log() -> None:
    for run in read(DATA):
        history, explanation = run.history, explain(run)
        assert history is not None
        for point in explanation.points:
            assert point.val is None or history.val is not None
            if history.val is not None:
                np.testing.assert_equal(point.val, float(history.val[point.index]))
            if point.score is not None and run.score is not None:
                assert point.score == run.score.values[point.index]
            assert point.label == history.label(point.index)
        assert not run.history or explanation.points[-1].names[-1] == "now"
