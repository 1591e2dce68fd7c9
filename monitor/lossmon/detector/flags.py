"""The conditions that are reported beside any verdict."""

from __future__ import annotations

from lossmon.detector.features import Features
from lossmon.detector.non_finite import NonFinite

CANNOT_TELL = "cannot-tell"
"""Flag of a run without a verdict that has had evaluations enough for one."""


def gap_flags(f: Features) -> list[str]:
    """Return what the gap between train and validation, with the measurements *f*, says."""
    t, gap = f.thresholds, f.relative_gap
    has_gap = f.count >= t.min_calibrated_values and gap > t.start_gap
    holds = {
        "val-below-train": gap < 0,
        "val-far-below-train": gap < -t.far_below_train,
        "gap-from-start": has_gap and f.first_relative_gap > t.start_gap,
    }
    return [flag for flag, is_set in holds.items() if is_set]


def non_finite_flags(non_finite: NonFinite) -> list[str]:
    """Return whether a loss was NaN or infinite, and whether all are finite again."""
    holds = {
        "non-finite": non_finite.has_been,
        "finite-again": non_finite.has_been and not non_finite.is_now,
    }
    return [flag for flag, is_set in holds.items() if is_set]
