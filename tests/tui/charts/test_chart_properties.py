"""What holds for every chart, whatever the numbers and the size."""

from __future__ import annotations

import dataclasses
import itertools
import math

import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.support.lines import texts

from lossmon.core.points import Floats
from lossmon.presentation.charts.downsample import smooth
from lossmon.presentation.numbers import format_bytes, format_duration, format_step, format_value
from lossmon.tui.charts.bar_strips import gap_strip, gpu_strip, risk_strip
from lossmon.tui.charts.chart import Chart, loss_chart
from lossmon.tui.charts.frame import move_cursor, pan_range, zoom_range
from lossmon.tui.charts.glyphs import ASCII, BLOCKS, UNICODE
from lossmon.tui.charts.options import BestPoint, ChartOptions, ChartSeries, Marker
from lossmon.tui.charts.small_charts import small_chart, sparkline
from lossmon.tui.roles import BACKGROUNDS
from lossmon.tui.styled_text import Lines, plain, width_of

HOSTILE = st.sampled_from([0.0, -0.0, 5e-324, -5e-324, 1.7e308, -1.7e308, 1e-300, math.nan, math.inf, -math.inf, 1.0])
ANY = st.one_of(HOSTILE, st.floats(), st.floats(-10, 10), st.integers(0, 60).map(float))
FINITE = ANY.filter(math.isfinite)
ORDINARY = st.floats(-1e6, 1e6)
SIZES = st.integers(0, 130), st.integers(0, 40)
GLYPHS = [UNICODE, BLOCKS, ASCII]
MARKERS = st.builds(Marker, ANY, st.sampled_from(["e10", "", "损失"]), st.booleans())


def arrays(values: st.SearchStrategy[float], least: int = 0) -> st.SearchStrategy[Floats]:
    return st.lists(values, min_size=least, max_size=40).map(lambda each: np.array(each, np.float64))


@st.composite
def curves(draw: st.DrawFn) -> ChartSeries:
    y = draw(arrays(ANY))
    x = draw(st.one_of(st.just(np.arange(len(y), dtype=np.float64)), st.lists(ANY, min_size=len(y), max_size=len(y))))
    flags = draw(st.tuples(st.booleans(), st.booleans()))
    label = draw(st.sampled_from(["", "val", "损失", "a rather long name of a run"]))
    return ChartSeries(np.array(x, np.float64), y, draw(st.sampled_from(["train", "val", "overlay3"])), label, *flags)


@st.composite
def chart_options(draw: st.DrawFn) -> ChartOptions:
    return ChartOptions(
        y_scale=draw(st.sampled_from(["auto", "linear", "log"])),
        x_unit=draw(st.sampled_from(["epoch", "step", "relative", "wall", None])),
        x_range=draw(st.none() | st.tuples(ANY, ANY)),
        marker=draw(st.none() | MARKERS),
        best=draw(st.none() | st.builds(BestPoint, ANY, ANY, st.sampled_from(["0.41", "", "损失"]))),
        restarts=tuple(draw(st.lists(MARKERS, max_size=3))),
        band=draw(st.booleans()),
        texture=draw(st.booleans()),
        is_growing=draw(st.booleans()),
        cursor=draw(st.none() | ANY),
        clip_outliers=draw(st.booleans()),
        min_left_margin=draw(st.integers(0, 20)),
        min_right_margin=draw(st.integers(0, 40)),
        glyphs=draw(st.sampled_from(GLYPHS)),
    )


def assert_fits(lines: Lines, width: int, height: int) -> None:
    assert len(lines) <= height
    assert all(width_of(line) <= width for line in lines)
    for line in lines:
        assert all(before[1] != after[1] for before, after in itertools.pairwise(line))
        assert not plain(line).endswith(" ") or line[-1][1].split()[-1] in BACKGROUNDS


@given(st.lists(curves(), max_size=4), *SIZES, chart_options())
@settings(max_examples=150, deadline=None)
def test_no_numbers_and_no_size_break_a_chart_or_its_bounds(
    series: list[ChartSeries], width: int, height: int, options: ChartOptions
) -> None:
    chart = loss_chart(series, width, height, options)
    assert_fits(chart.lines, width, height)
    assert_fits(small_chart("损失/" * 20, series, width, height, options), width, height)
    if options.glyphs is ASCII and all(each.label.isascii() for each in series):
        labels = [each.label for each in (options.marker, options.best, *options.restarts) if each]
        assert not all(map(str.isascii, labels)) or all(plain(line).isascii() for line in chart.lines)


@given(arrays(ANY), arrays(ANY), st.lists(st.tuples(ANY, ANY), max_size=40), *SIZES, st.integers(0, 4))
@settings(max_examples=100, deadline=None)
def test_no_numbers_and_no_size_break_a_strip_or_its_bounds(
    x: Floats, y: Floats, samples: list[tuple[float, float]], width: int, height: int, rows: int
) -> None:
    count = min(len(x), len(y))
    x, y = x[:count], y[:count]
    frame = loss_chart([ChartSeries(x, y, "val", "val")], width, height).frame
    assert_fits(gap_strip(x, y, frame, rows, ("0.72  ▲ 0.031/epoch", "0.72")), width, rows)
    assert_fits(risk_strip(x, y, frame, ("98%",)), width, 1)
    assert_fits(gpu_strip(samples, x, y, frame, rows, ("93%",)), width, rows)


@given(arrays(ANY), st.integers(-1, 40))
@example(np.array([math.nan, math.inf]), 1)
@settings(deadline=None)
def test_a_sparkline_has_one_cell_per_value_up_to_its_width(values: Floats, width: int) -> None:
    for glyphs in GLYPHS:
        assert width_of(sparkline(values, width, glyphs=glyphs)) == max(0, min(width, len(values)))


@given(st.lists(curves(), max_size=4), *SIZES, chart_options())
@settings(max_examples=80, deadline=None)
def test_marks_and_shades_change_neither_the_x_axis_nor_what_the_cursor_reads(
    series: list[ChartSeries], width: int, height: int, options: ChartOptions
) -> None:
    bare = dataclasses.replace(options, marker=None, best_score=None, restarts=(), band=False, texture=False)
    marked, unmarked = (loss_chart(series, width, height, each) for each in (options, bare))
    assert (marked.frame, marked.readout, marked.notes) == (unmarked.frame, unmarked.readout, unmarked.notes)


@given(arrays(ORDINARY, least=1), st.integers(20, 130), st.integers(2, 40), st.data())
@settings(deadline=None)
def test_the_cursor_reads_the_value_logged_at_its_x(y: Floats, width: int, height: int, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(y) - 1))
    series = ChartSeries(np.arange(len(y), dtype=np.float64), y, "val", "val")
    options = ChartOptions(cursor=float(at), marker=Marker(0.0, "e0"), best=BestPoint(float(at), float(y[at]), "0"))
    assert loss_chart([series], width, height, options).readout[1] == (f"  val {format_value(float(y[at]), 4)}", "val")


def drawn_cells(chart: Chart, rows: int) -> set[tuple[int, int]]:
    frame = chart.frame
    inside = range(frame.left_margin, frame.left_margin + frame.columns)
    rows_of_text = enumerate(texts(chart.lines[:rows]))
    return {(row, column) for row, text in rows_of_text for column in inside if text[column : column + 1].strip()}


@given(arrays(ORDINARY, least=2), st.integers(1, 60), st.integers(1, 20), st.booleans())
@settings(deadline=None)
def test_the_extremes_are_drawn_at_the_top_and_the_bottom_of_their_columns(
    y: Floats, width: int, height: int, dashed: bool
) -> None:
    series = ChartSeries(np.arange(len(y), dtype=np.float64), y, "val", dashed=dashed)
    chart = loss_chart([series], width, height, ChartOptions(y_scale="linear", x_unit=None, clip_outliers=False))
    drawn = drawn_cells(chart, height)
    if y.max() - y.min() > 1e-9 * np.abs(y).max():
        assert (0, chart.frame.column_of(float(y.argmax()))) in drawn
        assert (height - 1, chart.frame.column_of(float(y.argmin()))) in drawn


@given(arrays(ORDINARY, least=1), st.integers(1, 60), st.integers(1, 20))
@settings(deadline=None)
def test_every_point_is_drawn_in_its_column_or_at_its_edge_and_counted(y: Floats, width: int, height: int) -> None:
    chart = loss_chart(
        [ChartSeries(np.arange(len(y), dtype=np.float64), y, "val")], width, height, ChartOptions(x_unit=None)
    )
    drawn = {column for _, column in drawn_cells(chart, height)}
    assert {chart.frame.column_of(float(x)) for x in range(len(y))} <= drawn
    text = "".join(texts(chart.lines))
    for note in chart.notes:
        if "above" in note or "below" in note:
            assert ("▲" if "above" in note else "▼") in text or height == 1


@given(arrays(ORDINARY, least=3), st.floats(0, 1))
@settings(deadline=None)
def test_smoothing_stays_within_the_values_and_keeps_what_is_not_a_number(values: Floats, weight: float) -> None:
    holed = values.copy()
    holed[1] = np.nan
    smoothed = smooth(holed, weight)
    assert np.isnan(smoothed[1])
    kept = np.delete(values, 1)
    assert np.delete(smoothed, 1).min() >= kept.min()
    assert np.delete(smoothed, 1).max() <= kept.max()


@given(ANY, ANY, st.integers(1, 12))
def test_numbers_are_formatted_whatever_they_are(value: float, other: float, digits: int) -> None:
    assert 0 < len(format_value(value)) <= 9
    assert len(format_value(value, digits)) <= 9 + digits
    assert format_step(value, digits)
    assert format_duration(value)
    assert format_bytes(value, other)


@given(st.floats(-1e15, 1e15).filter(lambda value: value == 0 or abs(value) > 1e-300))
def test_a_formatted_value_is_within_half_a_percent(value: float) -> None:
    text = format_value(value)
    factor = {"k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12, "P": 1e15}.get(text[-1], 1)
    assert math.isclose(float(text.rstrip("kMGTP")) * factor, value, rel_tol=0.051 if abs(value) < 1e-3 else 0.0051)


@given(arrays(ORDINARY, least=1), st.integers(-5, 5), st.floats(0.1, 3), st.floats(-2, 2))
def test_an_x_range_stays_within_its_bounds_and_the_cursor_on_logged_points(
    x: Floats, cells: int, factor: float, fraction: float
) -> None:
    series = ChartSeries(x, x, "val")
    frame = loss_chart([series], 60, 5).frame
    start = move_cursor(None, [series], frame, 0)
    assert start == x.max()
    assert move_cursor(start, [series], frame, cells) in x
    bounds = (frame.low, frame.high)
    for low, high in (zoom_range(bounds, bounds, factor, frame.x_at(30)), pan_range(bounds, bounds, fraction)):
        assert bounds[0] <= low <= high <= bounds[1]
