from __future__ import annotations

import numpy as np
from tests.support.lines import texts
from tests.support.losses import BOTH

from lossmon.tui.charts.glyphs import ASCII
from lossmon.tui.charts.small_charts import small_chart, sparkline


def test_a_small_chart_has_its_title_and_last_values_on_top() -> None:
    assert texts(small_chart("train/accuracy of all classes", BOTH, 24, 4)) == [
        "train/accuracy… 0.25 1.7",
        "  2┤⠓⢦⢄             ⢀⣀⣀⡠",
        "  1┤  ⠉⠛⠵⢖⣤⡤⠤⠔⠒⠒⠒⠊⠉⠉⠁",
        "   │       ⠈⠉⠑⠒⠒⠢⠤⠤⠤⠤⣀⣀⣀",
    ]


def test_a_sparkline_shows_the_course_of_a_loss() -> None:
    assert sparkline(np.array([4.0, 3, 2, 1, 2, 3]), 8) == (("█▆▃▁▃▆", "val"),)
    assert sparkline(np.array([4.0, 3, 2, 1]), 8, "train", ASCII) == (("#*-_", "train"),)


def test_a_sparkline_shows_nan_and_infinities_as_marks() -> None:
    line = sparkline(np.array([1.0, 1.5, 2.0, np.nan, np.inf]), 5)
    assert line == (("▁▅█", "val"), ("××", "nonfinite"))


def test_a_short_sparkline_keeps_a_single_dip_and_a_single_peak_of_a_long_curve() -> None:
    values = np.where(np.arange(1000) % 2, 5.0, 4.0)
    values[300], values[700] = 1.0, 8.0
    ((text, _),) = sparkline(values, 10)
    assert (text[3], text[7]) == ("▁", "█")
    assert (text.count("▁"), text.count("█")) == (1, 1)


def test_the_lowest_value_of_a_sparkline_is_seen_beside_one_that_is_farther_from_the_middle() -> None:
    assert sparkline(np.array([0.0, 9, 30, 1, 1, 1]), 3) == (("▁█▁", "val"),)


def test_a_constant_sparkline_is_level() -> None:
    assert sparkline(np.full(3, 7.0), 8) == (("▅▅▅", "val"),)


def test_nothing_is_an_empty_sparkline() -> None:
    assert sparkline(np.empty(0), 8) == ()
