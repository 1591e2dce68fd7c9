"""The utilisation of a run of any length fits into bounded memory and keeps its mean."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lossmon.gpu import UtilisationHistory


@given(st.lists(st.floats(0, 100), min_size=1, max_size=300), st.integers(1, 5), st.sampled_from([2, 4, 10]))
def test_the_history_is_bounded_and_ordered_and_keeps_the_newest_samples_and_the_mean(
    samples: list[float], recent_samples: int, max_means: int
) -> None:
    history = UtilisationHistory(recent_samples, max_means)
    for time, percent in enumerate(samples):
        history.add(float(time), percent)
    points = history.points()
    times = [time for time, _ in points]
    assert len(points) <= recent_samples + max_means + 1
    assert times == sorted(set(times))
    newest = [percent for _, percent in points][-recent_samples:]
    assert newest == samples[-recent_samples:] or len(samples) < recent_samples
    assert times[0] == 0.0
    spans = [after - before for before, after in zip(times, [*times[1:], float(len(samples))], strict=True)]
    total = sum(span * percent for span, (_, percent) in zip(spans, points, strict=True))
    assert total == pytest.approx(sum(samples), abs=1e-6)


def test_a_week_of_samples_fits_into_1241_points() -> None:
    history = UtilisationHistory()
    for second in range(0, 7 * 86400, 20):
        history.add(float(second), 50.0)
    assert 740 <= len(history.points()) <= 1241
