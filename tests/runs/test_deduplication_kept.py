from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pytest

from lossmon.core.assessment import Assessment
from lossmon.core.snapshot import Curve, RunSnapshot
from lossmon.core.text import Name
from lossmon.runs import deduplication as duplicates
from lossmon.runs.deduplication import Deduplicator

LOSSES = [0.91, 0.7234, 0.61818, 0.5555, 0.512345]


def view(name: str, log_format: str) -> RunSnapshot:
    x, value = np.arange(float(len(LOSSES))), np.array(LOSSES)
    curve = Curve(Name.of("val_loss"), "epoch", x, x, value, len(value))
    path = Name.of(f"runs/{name}")
    return RunSnapshot(Name.of(name), path, log_format, None, curve, None, Assessment(), (), (), (), (curve,))


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def compared(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many runs were compared, each time they were."""
    calls: list[int] = []
    real = duplicates.find_duplicates

    def counted(views: Sequence[RunSnapshot], precedence: Mapping[str, int]) -> dict[RunSnapshot, RunSnapshot]:
        calls.append(len(views))
        return real(views, precedence)

    monkeypatch.setattr(duplicates, "find_duplicates", counted)
    return calls


def test_the_format_that_comes_first_is_kept() -> None:
    known = Deduplicator(["tensorboard", "csv"], Clock())
    csv, events = view("a", "csv"), view("b", "tensorboard")
    assert known.among([csv, events], certain=True) == {csv.name: events}


def test_runs_are_not_compared_again_while_they_stay_the_same(compared: list[int]) -> None:
    clock = Clock()
    known, views = Deduplicator(["csv"], clock), [view("a", "csv"), view("b", "text")]
    for _ in range(100):
        known.among(list(views), certain=True)
        clock.now += 1.0
    assert compared == [2]


def test_runs_that_change_all_the_time_are_compared_now_and_then(compared: list[int]) -> None:
    clock = Clock()
    known = Deduplicator(["csv"], clock)
    for _ in range(100):
        known.among([view("a", "csv")], certain=True)
        clock.now += 0.1
    assert len(compared) == 2


def test_they_are_compared_at_once_when_everything_was_read(compared: list[int]) -> None:
    known = Deduplicator(["csv"], Clock())
    known.among([view("a", "csv")], certain=False)
    known.among([view("a", "csv"), view("b", "text")], certain=False)
    assert compared == [1]
    assert known.among([view("a", "csv"), view("b", "text")], certain=True)
    assert compared == [1, 2]
