"""The loss chart as a reader sees it."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from tests.support.lines import stripped_texts as texts
from tests.support.losses import BOTH, EPOCHS, TRAIN, VAL

from lossmon.core.points import Floats
from lossmon.tui.charts.chart import loss_chart
from lossmon.tui.charts.glyphs import ASCII
from lossmon.tui.charts.options import BestPoint, ChartOptions, ChartSeries, Marker
from lossmon.tui.styled_text import Lines

MARKED = ChartOptions(marker=Marker(5, "e5"), best=BestPoint(5, 1.1))
BARE = ChartOptions(x_unit=None, min_left_margin=0)
"""A chart without x labels, and with a margin no wider than its y labels."""


def series(y: Floats | list[float], sparse: bool = False, dashed: bool = False) -> ChartSeries:
    values = np.array(y, np.float64)
    return ChartSeries(np.arange(1.0, len(values) + 1), values, "val", sparse=sparse, dashed=dashed)


def test_an_overfitting_run_shows_its_turn_its_best_point_and_both_ends() -> None:
    assert texts(loss_chart(BOTH, 48, 9, MARKED).lines) == [
        "  2┤⢕⢄         ╎ e5",
        "   │ ⠣⡣⡀       ╎                  ⣀ val 1.7",
        "   │  ⠑⢌⠢⡀     ╎          ⢀⣀⡠⠤⠤⠒⠊⠉",
        "   │    ⠑⢌⠑⠢⣀⡀ ╎   ⣀⡠⠤⠤⠔⠒⠉⠁",
        "  1┤      ⠉⠒⠤⣈⠉★⠉⠉⠉",
        "   │          ⠉⠒⠤⣀⡀",
        "   │           ╎  ⠈⠉⠒⠢⠤⣀⣀",
        "   │           ╎         ⠉⠉⠑⠒⠒⠤⠤⠤⣀⣀ train 0.25",
        "               5            10      epoch",
    ]


def test_without_utf_8_the_same_chart_is_drawn_in_ascii() -> None:
    assert texts(loss_chart(BOTH, 48, 9, dataclasses.replace(MARKED, glyphs=ASCII)).lines) == [
        "  2+|.         : e5",
        "   | \\|.       :                  . val 1.7",
        "   |  '|-.     :          .....-''",
        "   |    '|'-.. :   ....--''",
        "  1+      '-./'*'''",
        "   |          '-...",
        "   |           :  ''--...",
        "   |           :         '''--..... train 0.25",
        "               5            10      epoch",
    ]


def test_cells_that_both_lines_cross_are_val_with_the_dots_of_both() -> None:
    row = loss_chart(BOTH, 48, 9, dataclasses.replace(MARKED, marker=None)).lines[4]
    assert row == (
        ("  1┤      ", "axis"),
        ("⠉⠒⠤", "train"),
        ("⣈⠉", "val"),
        ("★", "best"),
        ("⠉⠉⠉", "val"),
    )


def backgrounds(lines: Lines) -> list[str]:
    """Return one letter for the background of each cell: Tint, weak tint w, Band, both X, none a point."""
    letters = {"tint": "T", "weak-tint": "w", "band": "B", "tint-band": "X"}
    return [
        "".join(letters.get(role.split()[-1] if role else "", ".") * len(text) for text, role in line) for line in lines
    ]


def test_the_stretch_since_the_marker_is_tinted_and_the_band_between_the_curves_shaded() -> None:
    chart = loss_chart(BOTH, 48, 9, dataclasses.replace(MARKED, band=True))
    assert backgrounds(chart.lines) == [
        "...............TTTTTTTTTTTTTTTTTTTT",
        "...............TTTTTTTTTTTTTTTTTTTT........",
        "...............TTTTTTTTTTTTTTTTTTTX",
        "...............TTTTTTTTTTTTXXXXXXXX",
        "...............TTTTXXXXXXXXXXXXXXXX",
        "...............TTTTXXXXXXXXXXXXXXXX",
        "...............TTTTTTTTTTXXXXXXXXXX",
        "...............TTTTTTTTTTTTTTTTTTTT...........",
        ".........................................",
    ]


def test_the_marker_of_a_weak_verdict_and_its_tint_are_weak() -> None:
    weak = ChartOptions(marker=Marker(5, "◐ e5", is_weak=True), band=True, texture=True)
    chart = loss_chart(BOTH, 48, 9, weak)
    assert texts(chart.lines)[0] == "  2┤⢕⢄         ┊ ◐ e5"
    assert chart.lines[0][-1] == ("┊ ◐ e5              ", "weak-marker weak-tint")
    assert set("".join(backgrounds(chart.lines))) == set(".wB")


def test_where_no_background_can_be_coloured_a_texture_fills_the_stretch_behind_the_curves() -> None:
    plain_chart = texts(loss_chart(BOTH, 48, 9, MARKED).lines)
    textured = texts(loss_chart(BOTH, 48, 9, dataclasses.replace(MARKED, texture=True)).lines)
    assert textured[0] == "  2┤⢕⢄         ╎░e5░░░░░░░░░░░░░░░░"
    assert [line.replace("░", " ").rstrip() for line in textured] == plain_chart


def test_the_value_of_the_best_point_is_beside_it_and_covers_nothing() -> None:
    labelled = dataclasses.replace(MARKED, best=BestPoint(5, 1.1, "1.10"))
    rows, unlabelled = (texts(loss_chart(BOTH, 48, 9, options).lines) for options in (labelled, MARKED))
    assert rows[6] == "   │      1.10 ╎  ⠈⠉⠒⠢⠤⣀⣀"
    assert [row.replace("1.10", "    ") for row in rows] == unlabelled


def test_a_best_point_in_the_thick_of_the_curves_has_its_value_over_them() -> None:
    noisy = [series([1.0, 3.0] * 40), series([3.0, 1.0] * 40)]
    rows = texts(loss_chart(noisy, 60, 6, ChartOptions(best=BestPoint(20, 2.0, "2.00"))).lines)
    assert any("★2.00" in row for row in rows)


def test_a_restart_is_marked_on_the_x_axis_and_no_label_covers_it() -> None:
    last = texts(loss_chart(BOTH, 48, 9, ChartOptions(restarts=(Marker(5, "e5"),))).lines)[-1]
    assert last == "               ↺e5          10      epoch"


def test_the_best_score_has_a_mark_of_its_own_on_the_curve_of_the_loss() -> None:
    chart = loss_chart(BOTH, 48, 9, dataclasses.replace(MARKED, best_score=BestPoint(9, float(VAL[8]))))
    text = "".join(texts(chart.lines))
    assert (text.count("☆"), text.count("★")) == (1, 1)


def test_a_chart_has_few_changes_of_colour() -> None:
    assert sum(map(len, loss_chart(BOTH, 100, 25, MARKED).lines)) < 100


def test_nan_and_infinities_are_marked_in_their_columns_and_counted() -> None:
    y = VAL.copy()
    y[[3, 6, 8, 10, 11]] = np.nan, np.inf, -np.inf, np.nan, np.nan
    chart = loss_chart([ChartSeries(EPOCHS, y, "val", "val")], 48, 6)
    assert texts(chart.lines) == [
        "2.0┤⠱⡀               ∞",
        "   │ ⠈⢢",
        "1.5┤   ⠑⠤⡀                    •  ×  × val NaN",
        "   │     ⠈⠂  ×          •",
        "   │            ⣀⣀⠤⠄       ∞",
        "                5            10       epoch",
    ]
    assert chart.notes == ("3 NaN", "1 Inf", "1 -Inf")
    assert ("×  × ", "nonfinite") in chart.lines[2]


def test_a_run_of_nothing_but_nan_is_a_row_of_marks() -> None:
    chart = loss_chart([series([np.nan] * 4)], 12, 3, BARE)
    assert texts(chart.lines) == ["", "×   ×  ×   ×", ""]
    assert chart.notes == ("4 NaN",)


def test_nan_of_a_sparse_series_is_a_gap_without_a_mark() -> None:
    chart = loss_chart([series([1, 1, np.nan, 1, 1], sparse=True)], 12, 1, BARE)
    assert texts(chart.lines) == ["1┤⠤⠤⠤    ⠤⠤⠤"]
    assert chart.notes == ()


def test_a_first_loss_of_780_does_not_flatten_the_rest_and_is_noted() -> None:
    y = TRAIN.copy()
    y[0] = 780
    chart = loss_chart([ChartSeries(EPOCHS, y, "train", "train")], 48, 6)
    assert texts(chart.lines) == [
        "1.50┤▲⠉⠉⠢⢄",
        "    │     ⠑⠢⢄",
        "    │        ⠉⠒⠢⢄⣀",
        "    │             ⠉⠑⠒⠤⠤⣀⣀",
        "0.25┤                    ⠉⠉⠒⠒⠒⠤⠤⠤⣀⣀ train 0.25",
        "               5            10      epoch",
    ]
    assert chart.notes == ("1 point above 1.5",)


def test_a_point_just_above_the_rest_stays_visible_when_outliers_are_clipped() -> None:
    rest = np.linspace(1, 2, 110)
    assert loss_chart([series(np.append(rest, [780, 2.4]))], 80, 6).notes == ("1 point above 2.4",)
    assert loss_chart([series(np.append(rest, [780, 5]))], 80, 6).notes == ("2 points above 2",)


def test_without_clipping_every_point_is_visible() -> None:
    y = np.append(780, TRAIN)
    assert loss_chart([series(y)], 48, 6, ChartOptions(clip_outliers=False, y_scale="linear")).notes == ()


def test_points_far_below_the_rest_are_marked_at_the_bottom() -> None:
    chart = loss_chart([series(np.append(TRAIN, -500.0))], 48, 6)
    assert chart.notes == ("1 point below 0.25",)
    assert texts(chart.lines)[4].endswith("▼")


def test_the_best_point_is_visible_even_if_it_is_an_outlier() -> None:
    y = np.append(VAL, -500.0)
    chart = loss_chart([series(y)], 48, 6, ChartOptions(best=BestPoint(13, -500)))
    assert chart.notes == ()
    assert "★" in texts(chart.lines)[4]


def test_a_single_spike_among_200_000_points_is_seen() -> None:
    y = np.ones(200_000)
    y[::2] = 1.5
    y[77_777] = 50
    flat = texts(loss_chart([series(y)], 80, 12, ChartOptions(clip_outliers=False)).lines)
    assert sum(line.count("⡇") + line.count("⢸") for line in flat) >= 9
    zoomed = loss_chart([series(y)], 80, 12)
    assert texts(zoomed.lines)[0].count("▲") == 1
    assert zoomed.notes == ("1 point above 1.5",)


def test_a_wide_positive_range_is_logarithmic_by_default_and_noted() -> None:
    chart = loss_chart([series([1000, 100, 10, 1])], 40, 9)
    assert chart.notes == ("log y",)
    assert [line[:3].strip() for line in texts(chart.lines)[:8]] == ["1k", "", "", "", "", "10", "", ""]
    assert loss_chart([series([1000, 100, 10, 1])], 40, 9, ChartOptions(y_scale="linear")).notes == ()


def test_a_log_axis_of_values_that_reach_zero_is_linear_near_zero_and_noted() -> None:
    chart = loss_chart([series([100, 1, 0.01, 0, -1])], 40, 9, ChartOptions(y_scale="log"))
    assert chart.notes == ("log y, linear near 0",)
    assert [line.split("┤")[0].strip() for line in texts(chart.lines) if "┤" in line] == ["100", "0", "-1"]


def test_both_series_share_one_axis() -> None:
    assert texts(loss_chart([series([1, 1]), series([3, 3])], 6, 3, BARE).lines) == ["3┤⠉⠉⠉⠉", " │", "1┤⣀⣀⣀⣀"]


def test_one_point_is_seen() -> None:
    assert texts(loss_chart([series([0.7])], 40, 6).lines)[2] == "0.7┤" + " " * 18 + "•"


def test_a_constant_series_lies_in_the_middle_beside_its_value() -> None:
    assert texts(loss_chart([series([0.7, 0.7])], 12, 3).lines) == ["   │", "0.7┤⠤⠤⠤⠤⠤⠤⠤⠤", "   │"]


def test_a_chart_of_nothing_is_an_empty_frame() -> None:
    assert texts(loss_chart([], 20, 5).lines) == ["   │"] * 4 + [""]


@pytest.mark.parametrize(("width", "height"), [(1, 1), (2, 1), (1, 5), (3, 3), (7, 2)])
def test_a_tiny_chart_is_all_line(width: int, height: int) -> None:
    lines = texts(loss_chart(BOTH, width, height, MARKED).lines)
    assert any(line.strip() for line in lines)


def test_curve_labels_do_not_overlap_however_close_the_curves_end() -> None:
    many = [dataclasses.replace(series([2, 1 + k / 100]), label=f"run{k}") for k in range(4)]
    lines = texts(loss_chart(many, 50, 6, ChartOptions(x_unit=None)).lines)
    assert [line.split()[-2] for line in lines[2:]] == ["run3", "run2", "run1", "run0"]


def test_a_curve_label_keeps_its_name_and_shortens_its_value() -> None:
    small = dataclasses.replace(series([1, 0.009876]), label="train")
    assert texts(loss_chart([small], 40, 4).lines)[-1].endswith("train 0.0099")


def test_the_label_of_a_marker_covers_and_touches_nothing() -> None:
    lines = texts(loss_chart(BOTH, 48, 9, MARKED).lines)
    assert [line.index("╎ e5") for line in lines if "e5" in line] == [15]


def test_if_rows_are_missing_the_labels_of_the_first_series_are_left_out() -> None:
    many = [dataclasses.replace(series([2, 1 + k]), label=f"run{k}") for k in range(4)]
    text = "\n".join(texts(loss_chart(many, 50, 2, ChartOptions(x_unit=None)).lines))
    assert [name in text for name in ("run0", "run1", "run2", "run3")] == [False, False, True, True]


def test_a_marker_near_the_right_edge_has_its_label_on_its_left() -> None:
    lines = texts(loss_chart([series([1, 2, 3])], 20, 4, ChartOptions(x_unit=None, marker=Marker(3, "e3"))).lines)
    assert lines[2] == "   │    ⣀⠤⠒⠉⠁   e3 ╎"


def test_a_marker_outside_the_x_range_is_not_drawn() -> None:
    options = ChartOptions(marker=Marker(40, "e40"), best=BestPoint(40, 1.0), cursor=40)
    assert texts(loss_chart(BOTH, 48, 9, options).lines) == texts(loss_chart(BOTH, 48, 9).lines)


def test_the_readout_has_the_values_of_all_series_at_the_cursor() -> None:
    chart = loss_chart(BOTH, 48, 9, ChartOptions(cursor=5))
    assert chart.readout == (
        ("epoch 5", "cursor"),
        ("  train 0.85", "train"),
        ("  val 1.1", "val"),
    )
    assert "│" in texts(chart.lines)[0][10:]


def test_the_readout_leaves_out_a_run_that_ended_before_the_cursor() -> None:
    short = ChartSeries(EPOCHS[:4], TRAIN[:4], "overlay0", "short")
    chart = loss_chart([short, BOTH[1]], 48, 9, ChartOptions(cursor=9, x_unit="step"))
    assert [text for text, _ in chart.readout] == ["step 9", "  val 1.4"]


def test_an_x_range_shows_that_part_and_the_lines_that_lead_into_it() -> None:
    chart = loss_chart(
        [series([0, 10, 0, 10])], 20, 4, ChartOptions(x_unit=None, min_left_margin=0, x_range=(1.5, 2.5))
    )
    assert (chart.frame.low, chart.frame.high) == (1.5, 2.5)
    assert texts(chart.lines) == [
        "10┤       ⡠⠊⠢⡀",
        "  │    ⢀⠔⠉   ⠈⠢⢄",
        "  │  ⣀⠔⠁        ⠑⢄",
        " 5┤⡠⠊             ⠑⢄",
    ]


def test_an_x_range_between_two_points_shows_the_line_between_them() -> None:
    chart = loss_chart([series([0, 10, 0])], 20, 3, ChartOptions(x_unit=None, min_left_margin=0, x_range=(1.25, 1.75)))
    assert texts(chart.lines) == ["6┤            ⣀⣀⠤⠔⠒⠉", " │      ⣀⡠⠤⠒⠊⠉", "4┤⣀⠤⠔⠒⠉⠉"]


def test_points_are_sorted_by_x_and_those_without_a_finite_x_left_out() -> None:
    shuffled = ChartSeries(np.array([3.0, 1.0, np.nan, 2.0, np.inf]), np.array([3.0, 1.0, 99.0, 2.0, 99.0]), "val")
    assert texts(loss_chart([shuffled], 20, 5).lines) == texts(loss_chart([series([1, 2, 3])], 20, 5).lines)


def test_a_dashed_line_differs_from_a_solid_one_without_colour() -> None:
    assert texts(loss_chart([series([1, 1], dashed=True)], 11, 1, BARE).lines) == ["1┤⠤ ⠤ ⠤ ⠤ ⠤"]


def test_times_on_the_x_axis_are_round_parts_of_hours() -> None:
    minutes = ChartSeries(np.arange(0, 3600.0, 60), np.arange(60.0), "val")
    last = texts(loss_chart([minutes], 60, 6, ChartOptions(x_unit="relative")).lines)[-1]
    assert last.split() == ["0", "10m", "20m", "30m", "40m", "50m"]
    noon = dataclasses.replace(minutes, x=minutes.x + 12 * 3600)
    last = texts(loss_chart([noon], 60, 6, ChartOptions(x_unit="wall", utc_offset=3600)).lines)[-1]
    assert last.split() == ["13:00", "13:10", "13:20", "13:30", "13:40", "13:50"]


def test_values_at_the_ends_of_the_number_range_do_not_overflow() -> None:
    for extreme in (1e308, 5e-324):
        lines = texts(loss_chart([series([-extreme, extreme])], 20, 4, BARE).lines)
        assert lines[0].strip()
        assert lines[3].strip()
