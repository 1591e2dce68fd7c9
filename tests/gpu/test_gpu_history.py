"""Utilisation of any length of run fits into bounded memory, and its mean stays true."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lossmon.gpu.history import Utilisation


@given(st.lists(st.floats(0, 100), min_size=1, max_size=300), st.integers(1, 5), st.sampled_from([2, 4, 10]))
def test_history_is_bounded_in_order_and_keeps_the_recent_and_the_mean(
    samples: list[float], recent: int, kept: int
) -> None:
    history = Utilisation(recent, kept)
    for when, percent in enumerate(samples):
        history.add(float(when), percent)
    points = history.points()
    times = [when for when, _ in points]
    assert len(points) <= recent + kept + 1
    assert times == sorted(set(times))
    assert [percent for _, percent in points][-recent:] == samples[-recent:] or len(samples) < recent
    assert times[0] == 0.0
    spans = [after - before for before, after in zip(times, [*times[1:], float(len(samples))], strict=True)]
    total = sum(span * percent for span, (_, percent) in zip(spans, points, strict=True))
    assert total == pytest.approx(sum(samples), abs=1e-6)


def test_a_week_of_samples_fits() -> None:
    history = Utilisation()
    for second in range(0, 7 * 86400, 20):
        history.add(float(second), 50.0)
    assert 740 <= len(history.points()) <= 1241
