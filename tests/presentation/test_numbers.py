from __future__ import annotations

import math

import pytest

from lossmon.presentation.numbers import format_bytes, format_duration, format_step, format_value

GIB = 1024**3


@pytest.mark.parametrize(
    ("value", "text"),
    [
        *(
            (0.412, "0.412"),
            (0.83, "0.83"),
            (2.3456, "2.35"),
            (12.34, "12.3"),
            (123.4, "123"),
            (0, "0"),
            (-0.5, "-0.5"),
        ),
        *((1.2e-5, "1.2e-5"), (0.00123, "0.00123"), (9.99e-4, "1e-3"), (5e-324, "4.9e-324")),
        *((1300, "1.3k"), (999.9, "1k"), (999_960, "1M"), (1e12, "1T"), (1.7e308, "1.7e308"), (-1500, "-1.5k")),
        *((math.nan, "NaN"), (math.inf, "Inf"), (-math.inf, "-Inf")),
    ],
)
def test_a_value_is_written_with_three_digits(value: float, text: str) -> None:
    assert format_value(value) == text


@pytest.mark.parametrize(
    ("step", "text"), [(0, "0"), (9999, "9999"), (12_345, "12.3k"), (1_000_000, "1M"), (1.5, "1.5"), (math.nan, "NaN")]
)
def test_a_step_is_whole_until_it_is_long(step: float, text: str) -> None:
    assert format_step(step) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        *(
            (0, "0 s"),
            (0.42, "0.4 s"),
            (42, "42 s"),
            (59.7, "1 min"),
            (780, "13 min"),
            (3599, "1 h 00"),
            (7500, "2 h 05"),
        ),
        *((3 * 86_400 + 4 * 3600, "3 d 4 h"), (1e10, "115740 d"), (-42, "-42 s"), (math.nan, "?")),
    ],
)
def test_a_duration_has_its_two_largest_units(seconds: float, text: str) -> None:
    assert format_duration(seconds) == text


def test_memory_is_written_in_units_of_1024() -> None:
    assert format_bytes(61 * GIB, 139 * GIB) == "61/139G"
    assert format_bytes(None, 139 * GIB) == "?/139G"
    assert [format_bytes(size) for size in (None, 0, 512, 1.5 * GIB, 2000 * GIB)] == ["?", "0B", "512B", "1.5G", "2T"]
