from __future__ import annotations

from dataclasses import replace

import pytest
from tests.support.loss_curves import assess, falling, noisy, turning

from lossmon.core.assessment import Assessment
from lossmon.core.verdict import Severity, Verdict
from lossmon.detector import DEFAULTS, Thresholds

TRAIN, VAL = falling(40, pace=15), noisy(turning(40, turn=12), 0.01)


def last_with(thresholds: Thresholds) -> Assessment:
    return assess(TRAIN, VAL, thresholds=thresholds)[-1]


@pytest.mark.parametrize(
    "changed",
    [
        replace(DEFAULTS, reported_probability=0.9999),
        replace(DEFAULTS, evaluations_between_reports=10**6, kept_probability=0.9999),
    ],
)
def test_stricter_thresholds_keep_the_same_curve_from_being_overfitting(changed: Thresholds) -> None:
    assert last_with(DEFAULTS).verdict is Verdict.OVERFITTING
    assert last_with(changed).verdict is not Verdict.OVERFITTING


def test_severity_confidence_and_flags_follow_the_thresholds() -> None:
    lenient = replace(DEFAULTS, severe_relative_rise=10.0, max_confidence=0.6, start_gap=-1.0)
    assert (last_with(DEFAULTS).severity, last_with(lenient).severity) == (Severity.SEVERE, Severity.MODERATE)
    assert last_with(lenient).confidence == 0.6
    assert "gap-from-start" in last_with(lenient).flags


def test_fewer_values_can_be_kept() -> None:
    small = replace(DEFAULTS, recent_values=33, max_bins=16, max_running_minima=8, level_values=2)
    assert last_with(small).onset == 12
