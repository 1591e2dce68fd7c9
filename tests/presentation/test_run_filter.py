from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.scripted import four_runs, run_snapshot, snapshot

from lossmon.core.snapshot import RunStatus
from lossmon.presentation.run_filter import parse_filter
from lossmon.tui import reducers
from lossmon.tui.panes.base import PaneRect
from lossmon.tui.panes.footer import footer
from lossmon.tui.panes.run_list import RunList
from lossmon.tui.state import State
from lossmon.tui.styled_text import plain

FOUR = four_runs()
FIELDS = st.sampled_from(["!", "val", "gap", "lr", "=", "tag", "verdict", "<", ">=", ":", "1e3", "nan", "x", " ", "é"])


def names(query: str) -> list[str]:
    return [run.name.text for run in parse_filter(query).select(FOUR)]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["cnn-a", "lstm-128", "lstm-512", "rnn"]),
        ("LSTM", ["lstm-128", "lstm-512"]),
        ("lstm overfit", ["lstm-512"]),
        ("l51", ["lstm-512"]),
        ("verdict:over", ["lstm-512"]),
        ("status:stalled", ["rnn"]),
        ("format:keras lstm", ["lstm-128", "lstm-512"]),
        ("tag:val/loss rnn", ["rnn"]),
        ("tag:lr", []),
        ("gap>0.3", ["lstm-512"]),
        ("val<0.4 best<0.4 cnn", ["cnn-a"]),
        ("val<1e9", ["cnn-a", "lstm-128", "lstm-512"]),
        ("zebra", []),
        ("!lstm", ["cnn-a", "rnn"]),
        ("!verdict:over !status:stalled", ["cnn-a", "lstm-128"]),
        ("!gap>0.3", ["cnn-a", "lstm-128"]),
        ("lstm !512", ["lstm-128"]),
        ("verdict:overfitting gap>0.1", ["lstm-512"]),
        ("!zebra", ["cnn-a", "lstm-128", "lstm-512", "rnn"]),
    ],
)
def test_words_fields_and_comparisons_narrow_the_list(query: str, found: list[str]) -> None:
    assert names(query) == found


@pytest.mark.parametrize(
    ("query", "error"),
    [
        ("val<", "val< needs a number"),
        ("val<x", "val< needs a number"),
        ("loss<1", "unknown number loss, use val train best gap or a setting"),
        ("!lr<1", "unknown number lr, use val train best gap or a setting"),
        ("verdit:over", "unknown field verdit, use tag: verdict: status: format:"),
        ("a b:c", "unknown field b, use tag: verdict: status: format:"),
        ("gap>-1", ""),
        ("!", "! needs what to leave out"),
        ("!!a", "! stands once before what to leave out"),
        ("!val<x", "val< needs a number"),
        ("status:ripe", "no status is called ripe, use running quiet ended failed stalled gone unreadable"),
    ],
)
def test_an_invalid_part_gives_an_error_message(query: str, error: str) -> None:
    assert parse_filter(query).error_for(FOUR) == error


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("dropout=0.5", ["a"]),
        ("dropout=.50", ["a"]),
        ("!dropout=0.5", ["b", "lr=9"]),
        ("lr<0.001", ["b"]),
        ("optimizer.lr>=0.001", ["a"]),
        ("!lr<0.001", ["a"]),
        ("act=relu", ["b"]),
        ("lr=9", ["lr=9"]),
        ("no_such<1", ["a", "b", "lr=9"]),
    ],
)
def test_runs_are_found_by_their_hyperparameters(query: str, found: list[str]) -> None:
    a = replace(run_snapshot("a"), hyperparameters=(("dropout", "0.5"), ("optimizer.lr", "0.001")))
    b = replace(run_snapshot("b"), hyperparameters=(("dropout", "0.1"), ("lr", "1e-4"), ("act", "ReLU")))
    runs = [a, b, run_snapshot("lr=9")]
    assert [run.name.text for run in parse_filter(query).select(runs)] == found


def test_the_error_stands_beside_the_filter_while_it_is_typed() -> None:
    state = State("runs/").with_snapshot(snapshot(*FOUR)).with_view(typing=True, run_filter="val<")
    assert "val< needs a number" in "".join(text for text, _ in footer(state, 80))
    assert len(state.listed_runs) == 4


def test_what_is_wrong_with_a_filter_is_still_said_after_enter() -> None:
    state = State("runs/").with_snapshot(snapshot(*FOUR)).with_view(typing=True, run_filter="!cnn val<")
    applied = reducers.type_key(state, "enter", None)
    assert applied.notice == "val< needs a number; this part is left out"
    assert len(applied.listed_runs) == 3
    assert not reducers.type_key(state.with_view(run_filter="!cnn"), "enter", None).notice


def test_a_weak_verdict_is_found_by_its_word() -> None:
    weak = run_snapshot("weak")
    weak = replace(weak, assessment=replace(weak.assessment, is_weak=True))
    runs = [*FOUR, weak]
    assert weak.assessment.word == "maybe overfitting"
    assert [run.name.text for run in parse_filter("verdict:maybe").select(runs)] == ["weak"]
    assert [run.name.text for run in parse_filter("!maybe verdict:over").select(runs)] == ["lstm-512"]


@given(st.lists(FIELDS, max_size=6).map("".join))
def test_no_text_makes_the_filter_fail(query: str) -> None:
    assert set(names(query)) <= {view.name.text for view in FOUR}


def test_finished_runs_can_be_hidden() -> None:
    done, gone = run_snapshot("done", status=RunStatus.ENDED), run_snapshot("gone", status=RunStatus.GONE)
    state = State("runs/").with_snapshot(snapshot(done, gone, run_snapshot("on")))
    hidden = reducers.toggle_finished(state)
    assert [view.name.text for view in hidden.listed_runs] == ["on"]
    assert len(reducers.toggle_finished(hidden).listed_runs) == 3


def test_where_all_runs_are_finished_none_is_hidden() -> None:
    state = State("runs/").with_snapshot(snapshot(run_snapshot("done", status=RunStatus.ENDED)))
    hidden = reducers.toggle_finished(state)
    assert len(hidden.listed_runs) == 1
    assert "all ended" in plain(RunList(framed=True).draw(hidden, PaneRect(0, 0, 40, 5, screen_width=120))[0])
