from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.scripted import four_runs, run_snapshot, snapshot

from lossmon.core.snapshot import RunSnapshot, RunStatus, Snapshot
from lossmon.core.verdict import Severity, Verdict
from lossmon.presentation.sorting import Sort, filter_and_sort
from lossmon.tui import reducers
from lossmon.tui.settings import SMOOTHING, Page
from lossmon.tui.state import State


def state_of(*runs: RunSnapshot) -> State:
    return State("runs/").with_snapshot(snapshot(*(runs or four_runs())))


def names(state: State) -> list[str]:
    return [view.name.text for view in state.listed_runs]


def test_runs_in_trouble_come_first_the_most_urgent_at_the_top() -> None:
    runs = (
        run_snapshot("a", Verdict.LEARNING),
        run_snapshot("b", severity=Severity.MILD),
        run_snapshot("c", severity=Severity.SEVERE),
        run_snapshot("d", Verdict.UNDERFITTING),
        run_snapshot("e", Verdict.DIVERGED),
        run_snapshot("f", Verdict.UNSTABLE),
        run_snapshot("g", Verdict.WARMING_UP),
    )
    assert names(state_of(*runs)) == ["e", "c", "b", "f", "d", "a", "g"]


def test_the_sort_key_goes_through_all_orders() -> None:
    state = state_of()
    orders = []
    for _ in Sort:
        orders.append(names(state))
        state = reducers.next_sort(state)
    assert orders[1] == ["cnn-a", "lstm-128", "lstm-512", "rnn"]
    assert orders[2][0] == "cnn-a"
    assert names(state) == orders[0]


def test_a_run_must_match_every_word_of_a_filter() -> None:
    runs = four_runs()
    assert [view.name.text for view in filter_and_sort(runs, Sort.NAME, "LSTM over")] == ["lstm-512"]
    assert [view.name.text for view in filter_and_sort(runs, Sort.NAME, "stalled")] == ["rnn"]


def test_the_first_run_of_the_list_is_shown_until_one_is_chosen() -> None:
    state = state_of(run_snapshot("a", Verdict.LEARNING))
    assert state.shown_run is not None
    assert state.shown_run.name.text == "a"
    state = state.with_snapshot(snapshot(run_snapshot("a", Verdict.LEARNING), run_snapshot("b")))
    assert state.shown_run is not None
    assert state.shown_run.name.text == "b"


def test_the_first_run_is_shown_if_the_chosen_one_is_gone() -> None:
    state = reducers.select_run(state_of(), 3).with_snapshot(snapshot(run_snapshot("other")))
    assert state.shown_run is not None
    assert state.shown_run.name.text == "other"


def test_choosing_another_run_resets_zoom_and_cursor() -> None:
    state = state_of().with_view(cursor=3.0, x_range=(1.0, 5.0))
    moved = reducers.move(state, 1, 1)
    assert (moved.view.cursor, moved.view.x_range) == (None, None)


def test_a_mark_is_set_and_removed() -> None:
    state = reducers.toggle_mark(state_of())
    assert [view.name.text for view in state.marked_runs] == ["rnn"]
    assert reducers.toggle_mark(state).marked_runs == ()


def test_the_compared_runs_are_the_marked_ones_and_the_shown_one() -> None:
    state = reducers.select_run(reducers.toggle_mark(state_of()), 2)
    assert [view.name.text for view in state.compared_runs] == ["rnn", "cnn-a"]


def test_the_smoothing_key_goes_through_all_weights() -> None:
    state = state_of()
    seen = []
    for _ in SMOOTHING:
        seen.append(state.view.smoothing)
        state = reducers.next_smoothing(state)
    assert tuple(seen) == SMOOTHING
    assert state.view.smoothing == 0.0


def test_escape_undoes_one_thing_at_a_time() -> None:
    state = state_of().with_view(
        run_filter="lstm", page=Page.METRICS, metric_filter="norm", x_range=(1.0, 2.0), cursor=1.0
    )
    undone = []
    for _ in range(5):
        state = reducers.go_back(state)
        choices = state.view
        undone.append((choices.cursor, choices.x_range, choices.metric_filter, choices.page, choices.run_filter))
    assert undone == [
        (None, (1.0, 2.0), "norm", Page.METRICS, "lstm"),
        (None, None, "norm", Page.METRICS, "lstm"),
        (None, None, "", Page.METRICS, "lstm"),
        (None, None, "", Page.RUN, "lstm"),
        (None, None, "", Page.RUN, ""),
    ]


@pytest.mark.parametrize("page", list(Page))
def test_the_key_of_a_page_opens_and_closes_it(page: Page) -> None:
    state = reducers.toggle_page(state_of(), page)
    assert reducers.toggle_page(state, page).view.page is Page.RUN


def test_a_comparison_of_one_run_says_how_another_is_added() -> None:
    state = state_of()
    assert reducers.toggle_page(state, Page.COMPARE).notice.startswith("space marks a second run")
    marked = reducers.move(reducers.toggle_mark(state), 1, 1)
    assert not reducers.toggle_page(marked, Page.COMPARE).notice
    assert not reducers.toggle_page(state_of(run_snapshot()), Page.COMPARE).notice


@given(st.lists(st.sampled_from([*reducers.REDUCERS, "down", "up", "end", "m", "c", "t", "a", "esc"]), max_size=30))
def test_no_order_of_keys_breaks_the_state(keys: list[str]) -> None:
    state = state_of()
    pages = {"m": Page.METRICS, "c": Page.COMPARE, "t": Page.TIMELINE}
    for key in keys:
        if key in reducers.REDUCERS:
            state = reducers.REDUCERS[key](state)
        elif key in pages:
            state = reducers.toggle_page(state, pages[key])
        elif key == "a":
            state = reducers.type_key(state, "a", "a")
        else:
            state = reducers.move(state, {"down": 1, "up": -1, "end": 99}.get(key, 0), 3)
        assert state.shown_run is None or state.shown_run in state.listed_runs
        assert 0 <= state.view.metric_index <= 99


def test_the_length_of_a_filter_is_limited() -> None:
    state = state_of().with_view(typing=True)
    for _ in range(200):
        state = reducers.type_key(state, "a", "a")
    assert len(state.filter_text) == 64
    assert reducers.type_key(state, "ctrl+u", None).filter_text == ""


def test_without_runs_no_key_fails() -> None:
    for state in (State("runs/"), State("runs/").with_snapshot(Snapshot())):
        for reducer in reducers.REDUCERS.values():
            assert reducer(state).shown_run is None
        assert reducers.move(state, 5, 1) == state


def test_a_run_whose_files_are_gone_can_be_forgotten_until_they_come_back() -> None:
    gone, on = run_snapshot("a-gone", status=RunStatus.GONE), run_snapshot("b-on", Verdict.LEARNING)
    state = State("runs/").with_snapshot(snapshot(gone, on))
    forgotten = reducers.forget_run(state)
    assert [run.name.text for run in forgotten.listed_runs] == ["b-on"]
    assert forgotten.snapshot is not None
    assert len(forgotten.snapshot.runs) == 1
    assert forgotten.notice == "a-gone is forgotten until its files come back"
    assert len(forgotten.with_snapshot(snapshot(gone, on)).listed_runs) == 1
    assert len(forgotten.with_snapshot(snapshot(replace(gone, status=RunStatus.RUNNING), on)).listed_runs) == 2


def test_a_run_that_is_there_is_not_forgotten_and_the_last_line_says_why() -> None:
    state = reducers.forget_run(State("runs/").with_snapshot(snapshot(*four_runs())))
    assert len(state.listed_runs) == 4
    assert state.notice == "only a run whose files are gone can be forgotten"
    assert reducers.forget_run(State("")) == State("")


def seeds() -> State:
    return state_of(*(run_snapshot(f"lstm-seed{seed}", Verdict.LEARNING) for seed in (1, 2, 3)), run_snapshot("other"))


def test_runs_that_repeat_one_training_become_one_row_and_single_rows_again() -> None:
    state = reducers.toggle_groups(seeds())
    assert names(state) == ["other", "lstm-seed1"]
    assert [state.row_name(run) for run in state.listed_runs] == ["other", "lstm-seed* ×3"]
    assert state.row_name(state.listed_runs[1], 10) == "lstm-s… ×3"
    assert names(reducers.toggle_groups(state)) == ["other", "lstm-seed1", "lstm-seed2", "lstm-seed3"]


def test_a_selected_run_stays_selected_in_the_row_of_its_group() -> None:
    state = seeds()
    state = reducers.toggle_groups(reducers.select_run(state, 3))
    assert state.shown_index == 1
    assert state.shown_run is state.listed_runs[1]


def test_without_repetitions_the_key_goes_to_the_last_run() -> None:
    state = reducers.toggle_groups(state_of())
    assert (state.view.grouped, state.shown_index) == (False, 3)
