from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from lossmon.core.points import Scalars
from lossmon.core.text import Name
from lossmon.runs import Series, merge_series

TAG = Name.of("loss")


def column(xs: list[int], values: list[float] | None = None, wall: float = np.nan) -> Scalars:
    value = np.array(values if values is not None else xs, dtype=float)
    return Scalars(TAG, "step", np.array(xs, dtype=np.int64), np.full(len(xs), wall), value)


def make_series(*columns: Scalars, limit: int = 1024) -> Series:
    series = Series(TAG, "step", limit)
    for one in columns:
        series.extend(one)
    return series


def test_points_are_kept_in_order() -> None:
    curve = make_series(column([0, 1, 2]), column([3])).curve()
    assert curve.x.tolist() == [0, 1, 2, 3]
    assert curve.logged_points == 4


def test_an_equal_step_is_not_a_restart() -> None:
    series = make_series(column([0, 1, 1, 2]))
    assert series.curve().x.tolist() == [0, 1, 1, 2]
    assert series.restarts == 0


def test_a_step_that_goes_back_starts_a_new_attempt_and_keeps_the_old_one() -> None:
    series = make_series(column([0, 1, 2, 3], [5, 4, 3, 2]), column([2, 3], [9, 8]))
    assert series.curve().value.tolist() == [5, 4, 9, 8]
    assert series.earlier_curve().value.tolist() == [3, 2]
    assert series.restarts == 1


def test_a_restart_within_one_column_is_the_same_as_between_two() -> None:
    together, apart = make_series(column([0, 1, 2, 0, 1])), make_series(column([0, 1, 2]), column([0, 1]))
    assert together.curve().x.tolist() == apart.curve().x.tolist() == [0, 1]
    assert together.earlier_curve().x.tolist() == apart.earlier_curve().x.tolist()


def test_of_three_fits_in_one_log_the_second_is_the_earlier_attempt() -> None:
    series = make_series(column([0, 1, 2, 0, 1, 0, 1, 2, 3], [9, 8, 7, 6, 5, 4, 3, 2, 1]))
    assert series.earlier_curve().value.tolist() == [6, 5]
    assert series.restarts == 2


@given(st.lists(st.integers(0, 9), min_size=1, max_size=30), st.integers(0, 30))
def test_attempts_are_the_same_however_the_log_is_cut(xs: list[int], cut: int) -> None:
    values = [float(at) for at in range(len(xs))]
    parts = [column(xs[part], values[part]) for part in (slice(cut), slice(cut, None)) if xs[part]]
    whole, cut_up = make_series(column(xs, values)), make_series(*parts)
    assert cut_up.restarts == whole.restarts
    assert cut_up.earlier_curve().value.tolist() == whole.earlier_curve().value.tolist()
    assert cut_up.curve().value.tolist() == whole.curve().value.tolist()


def test_the_arrays_of_a_curve_never_change() -> None:
    series = make_series(column([0, 1, 2]), limit=4)
    before = series.curve().value
    copy = before.copy()
    series.extend(column(list(range(3, 40))))
    assert before.tolist() == copy.tolist()


def test_memory_stays_bounded_and_the_number_of_logged_points_is_known() -> None:
    series = make_series(column(list(range(10_000))), limit=64)
    curve = series.curve()
    assert len(curve.x) <= 128 + 4
    assert curve.logged_points == 10_000
    assert make_series(column(list(range(10_000))), limit=64).is_thinned
    assert (curve.x[0], curve.x[-1]) == (0, 9999)


@given(st.lists(st.integers(1, 200), min_size=1, max_size=30))
def test_thinning_does_not_depend_on_how_the_log_was_read(pieces: list[int]) -> None:
    values = np.random.default_rng(0).normal(size=sum(pieces)).tolist()
    whole, cut, start = make_series(column(list(range(len(values))), values), limit=32), make_series(limit=32), 0
    for piece in pieces:
        span = range(start, start + piece)
        cut.extend(column(list(span), [values[index] for index in span]))
        start += piece
    assert whole.curve().value.tolist() == cut.curve().value.tolist()


@given(arrays(np.float64, st.integers(1, 200), elements=st.floats(allow_nan=True, allow_infinity=True)))
def test_thinning_loses_no_extreme_and_no_sign_of_nan(values: np.ndarray[tuple[int], np.dtype[np.float64]]) -> None:
    kept = make_series(column(list(range(len(values))), values.tolist()), limit=8).curve()
    finite = values[~np.isnan(values)]
    if len(finite):
        left = kept.value[~np.isnan(kept.value)]
        assert np.isnan(values).any() or (left.min(), left.max()) == (finite.min(), finite.max())
    assert np.isnan(kept.value).any() == np.isnan(values).any()
    assert (kept.x[0], kept.x[-1]) == (0, len(values) - 1)
    assert (np.diff(kept.x) > 0).all()


def test_a_later_file_that_goes_back_replaces_points_of_an_earlier_one() -> None:
    first, second = make_series(column([0, 1, 2, 3], wall=10.0)), make_series(column([2, 3], [7, 8], wall=20.0))
    both = merge_series([first, second])
    assert both.curve().value.tolist() == [0, 1, 7, 8]
    assert both.restarts == 1
    assert not both.is_thinned


def test_a_file_that_was_written_before_the_others_comes_first_whatever_its_name() -> None:
    parts = [
        make_series(column([4, 5], wall=30.0)),
        make_series(column([0, 1], wall=10.0)),
        make_series(column([2, 3], wall=20.0)),
    ]
    whole = merge_series(parts)
    assert whole.curve().x.tolist() == [0, 1, 2, 3, 4, 5]
    assert whole.restarts == 0


def test_points_of_two_writers_at_the_same_time_are_merged() -> None:
    def writer(steps: list[int]) -> Series:
        series = Series(TAG, "step")
        series.extend(Scalars(TAG, "step", np.array(steps), np.array(steps, dtype=float), np.array(steps, dtype=float)))
        return series

    both = merge_series([writer([0, 2, 4]), writer([1, 3, 5])])
    assert both.curve().x.tolist() == [0, 1, 2, 3, 4, 5]
    assert both.restarts == 0


def test_old_points_are_thinned_no_more_than_new_ones() -> None:
    series = make_series(column(list(range(100_000))), limit=64)
    assert np.diff(series.curve().x).max() <= 2 * 2 * 100_000 / 64


@given(st.lists(st.integers(1, 300), min_size=1, max_size=30), st.integers(4, 40))
def test_every_extreme_and_both_ends_survive_however_long_the_log_is(pieces: list[int], limit: int) -> None:
    series, start = make_series(limit=limit), 0
    values = np.random.default_rng(len(pieces)).normal(size=sum(pieces))
    for piece in pieces:
        series.extend(column(list(range(start, start + piece)), values[start : start + piece].tolist()))
        start += piece
        curve = series.curve()
        assert (curve.value.min(), curve.value.max()) == (values[:start].min(), values[:start].max())
        assert (curve.x[0], curve.x[-1], curve.value[0], curve.value[-1]) == (
            0,
            start - 1,
            values[0],
            values[start - 1],
        )
        assert (np.diff(curve.x) > 0).all()
        assert curve.value.tolist() == values[curve.x.astype(int)].tolist()


def test_a_long_log_that_begins_again_is_kept_in_full_at_first() -> None:
    series = make_series(column(list(range(1000))), column(list(range(50))), limit=32)
    assert series.curve().x.tolist() == list(range(50))
    assert series.earlier_curve().x[-1] == 999
    series.extend(column([20, 21]))
    assert series.curve().x.tolist() == [*range(20), 20, 21]


def test_a_hundred_million_points_of_one_tag_stay_within_four_megabytes_and_keep_their_extremes() -> None:
    series, piece = Series(TAG, "step"), 1 << 20
    noise = np.random.default_rng(0).normal(size=piece)
    for start in range(0, 96 * piece, piece):
        value = noise.copy()
        value[start // piece] = 100.0 + start // piece
        series.extend(Scalars(TAG, "step", np.arange(start, start + piece), np.full(piece, np.nan), value))
    curve = series.curve()
    assert curve.logged_points == 96 * piece
    assert (curve.x[0], curve.x[-1]) == (0, 96 * piece - 1)
    assert set(range(100, 196)) <= set(curve.value.tolist())
    assert curve.value.min() == noise.min()
    assert 24 * series.points_held <= 4 << 20
    assert np.diff(curve.x).max() < 96 * piece / 10_000


@given(st.integers(2, 70), st.integers(1, 200))
def test_a_limit_that_is_lowered_leaves_every_point_where_it_was(limit: int, more: int) -> None:
    series = make_series(column(list(range(2 * limit))), limit=1024)
    series.limit_points(limit)
    series.extend(column(list(range(2 * limit, 2 * limit + more))))
    x = series.curve().x
    assert np.all(np.diff(x) > 0)
    assert (x[0], x[-1]) == (0, 2 * limit + more - 1)


def test_a_first_loss_that_is_nan_is_held_once() -> None:
    series = make_series(column(list(range(200)), [np.nan, *range(199)]), limit=16)
    assert series.curve().x.tolist().count(0) == 1


def test_points_that_a_restart_replaced_are_not_thinned_but_no_longer_of_the_curve() -> None:
    series = make_series(column([0, 1, 2, 3]), column([1, 2]))
    assert (series.logged, series.curve().logged_points, len(series.curve().x)) == (6, 3, 3)
    other = make_series(column([0, 1, 2, 3]), column([1, 2]))
    whole = merge_series([series, other])
    assert whole.curve().logged_points == len(whole.curve().x) == 3


def test_points_beyond_the_step_at_which_the_training_went_on_are_an_earlier_attempt() -> None:
    series = make_series(column(list(range(8))), resumed(column([8, 9]), 5))
    assert series.curve().x.tolist() == [0, 1, 2, 3, 4, 8, 9]
    assert series.earlier_curve().x.tolist() == [5, 6, 7]
    assert (series.restarts, series.curve().logged_points) == (1, 7)


def test_a_training_that_went_on_behind_its_last_point_was_not_restarted() -> None:
    series = make_series(resumed(column([0, 1]), 0), resumed(column([2, 3]), 2))
    assert (series.curve().x.tolist(), series.restarts) == ([0, 1, 2, 3], 0)


def test_a_file_that_goes_on_at_a_step_makes_void_what_earlier_files_have_beyond_it() -> None:
    first, second = make_series(column(list(range(8)))), make_series(resumed(column([8, 9]), 5))
    assert merge_series([first, second]).curve().x.tolist() == [0, 1, 2, 3, 4, 8, 9]


def resumed(column: Scalars, step: int) -> Scalars:
    return replace(column, resumed_at=float(step))


def test_a_time_that_no_calendar_has_is_unknown() -> None:
    times = np.array([np.inf, -np.inf, 1e300, -1e12, np.nan, 0.0, 1.7e9])
    curve = make_series(replace(column([1, 2, 3, 4, 5, 6, 7]), wall_time=times)).curve()
    assert np.isnan(curve.wall_time).tolist() == [True] * 5 + [False] * 2
    assert curve.wall_time[5:].tolist() == [0.0, 1.7e9]
