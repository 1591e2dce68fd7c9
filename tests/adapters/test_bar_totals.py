"""The end of a training that only its progress bar tells, and the arguments that an event file begins with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.decoding import (
    DATA,
    event,
    field,
    metadata,
    new_decoder,
    planned_end,
    record,
    simple,
    tensor,
    version,
)

from lossmon.core.points import Axis


def bar(done: int, total: int, label: str = "") -> str:
    return f"\r{label}{100 * done // total:3}%|{'█' * (10 * done // total):10}| {done}/{total} [00:10<00:20,  1.5it/s]"


def planned_by(output: Iterable[str]) -> Mapping[Axis, float]:
    decoder = new_decoder("text")
    decoder.feed("".join(output).encode())
    return planned_end(decoder)


def logged(epoch: float, done: int, total: int) -> str:
    """Return what Hugging Face's Trainer prints, and the bar that it draws again behind it."""
    return f"\r     \r{{'loss': 0.5, 'epoch': {epoch:.4g}}}\n{bar(done, total)}"


def test_the_bar_of_a_whole_training_tells_its_last_epoch() -> None:
    decoder = new_decoder("text")
    decoder.feed((DATA / "text" / "hf_with_bars.txt").read_bytes()[:4000])
    assert planned_end(decoder) == {"epoch": 6}


@pytest.mark.parametrize("label", ["", "Training: "])
def test_a_bar_of_epochs_with_lines_between_tells_the_last_one(label: str) -> None:
    lines = (f"{bar(epoch - 1, 40, label)}\nepoch {epoch} val loss 0.5\n{bar(epoch, 40, label)}" for epoch in (1, 2, 3))
    assert planned_by(lines) == {"epoch": 40}


def test_an_end_within_an_epoch_is_told_once_it_is_certain() -> None:
    assert planned_by(logged(step / 100, step, 240) for step in (10, 20)) == {}
    assert planned_by(logged(step / 100, step, 240) for step in (40, 80, 120)) == {"epoch": pytest.approx(2.4, 0.02)}


@pytest.mark.parametrize("shown", [1, 3, 7])
def test_a_bar_that_begins_again_in_each_epoch_tells_nothing(shown: int) -> None:
    assert planned_by(f"epoch {epoch} val loss 0.5\n{bar(shown, 8)}{bar(8, 8)}\n" for epoch in range(1, 6)) == {}


def test_the_bar_of_an_evaluation_tells_nothing() -> None:
    assert planned_by(f"epoch {epoch} val loss 0.5\n{bar(25, 25)}\n" for epoch in range(1, 6)) == {}


def test_a_total_that_is_printed_counts_more_than_a_bar() -> None:
    assert planned_by(f"Epoch {epoch}/50 val loss 0.5\n{bar(epoch, 40)}" for epoch in range(1, 6)) == {"epoch": 50}


@given(st.integers(1, 20), st.integers(1, 50), st.integers(1, 30))
def test_the_end_that_is_told_is_right_for_any_length_and_interval(epochs: int, per_epoch: int, interval: int) -> None:
    total = epochs * per_epoch
    output = [logged(round(step / per_epoch, 2), step, total) for step in range(interval, total, interval)]
    told = planned_by(output)
    assert told in ({}, {"epoch": epochs}) or per_epoch < 3
    assert told or len(output) < 3 or total < 100 or per_epoch < 3


@given(st.lists(st.tuples(st.floats(0, 9), st.integers(0, 9), st.integers(1, 9)), max_size=6))
def test_whatever_a_bar_shows_the_end_is_not_before_the_last_line(states: list[tuple[float, int, int]]) -> None:
    told = planned_by(logged(*state) for state in states)
    assert all(end > 0 for end in told.values())


@pytest.mark.parametrize(
    ("arguments", "planned"),
    [
        (b'{\n  "num_train_epochs": 4,\n  "max_steps": -1,\n}', {"epoch": 4}),
        (b'{"num_train_epochs": 3.0, "max_steps": 500}', {"step": 500}),
        (b'{"max_steps": 500, "lr": 1}', {}),
        (b'{"num_train_epochs": null, "max_steps": 500}', {}),
    ],
)
def test_the_arguments_at_the_start_of_an_event_file_tell_the_end(arguments: bytes, planned: dict[str, float]) -> None:
    text = tensor(b"args/text_summary", field(1, 7) + field(8, arguments), metadata(b"text"))
    data = record(version()) + record(event(1.0, 0, text)) + record(event(2.0, 5, simple(b"train/loss", 0.5)))
    whole, cut = new_decoder("tensorboard"), new_decoder("tensorboard")
    whole.feed(data)
    for at in range(len(data)):
        cut.feed(data[at : at + 1])
    assert planned_end(whole) == planned_end(cut) == planned
