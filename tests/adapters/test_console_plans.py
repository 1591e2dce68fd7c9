"""A line that is read by the plan of a line with other numbers says what it says when it is read alone."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tests.support.decoding import DATA, decoded_output, values, xs

from lossmon_adapters.console.line_plan import LinePlan, make_plan, plan_line

_WORDS = (
    "Epoch", "epoch:", "step", "iter", "batch", "loss", "loss:", "loss=", "val_loss:", "Acc@", "l", "acc top", "valid_",
    "'s l", "train", "Test: [", "val", "fold ", "lr=", "s", "s/step - ", "ETA", "float", "(", ")", "[", "]",
    "/", ", ", ": ", " | ", "\t", "%|", "██▌  |", "###4 |", "━━", "#0", "#011", "#", "\x1b[3", "\x1b[0m", "\x1b(", "m",
    "\x1b]8;;", "\x07",
    "tensor(", "nan", "inf", "e-0", ".", ",", "-", ":", " ", "  ", "  ", "n/a", "Validation", "best", "2026-01-0",
    "metrics", "INFO ", "G   ", "[fold ", "损失", "\udc80",
)  # fmt: skip
_LINES = st.lists(st.sampled_from(_WORDS) | st.integers(0, 1200).map(str), max_size=24).map("".join)
_SHIFTS = st.integers(1, 9)


def as_bytes(line: str) -> bytes:
    return line.encode("utf-8", "surrogateescape")


def with_other_digits(line: bytes, shift: int) -> bytes:
    return line.translate(bytes.maketrans(b"0123456789", bytes(48 + (digit + shift) % 10 for digit in range(10))))


def said(plan: LinePlan, line: bytes) -> str:
    kinds = plan.may_matter, plan.heading, plan.table is None, plan.starts_training, plan.is_training_heading
    return repr((plan.read(line), kinds, plan.best_follows, plan.is_summary_title, plan.is_indented))


def said_alone(line: bytes) -> str:
    return said(make_plan(line)[0], line)


def said_by_kept_plan(line: bytes) -> str:
    return said(*plan_line(line))


@example("valid_1's l2: 0.5, valid_2's l1: 0.25", 1)
@example("E  #  l1  loss", 1)
@example("epoch 1  l1", 1)
@example(" 9/9 ━━ 0s 5ms/step - loss: 0.5", 1)
@example("loss: float32(1.5)", 3)
@example("[fold 2] epoch 3 loss: 0.5", 1)
@example("epoch 3 \x1b(0loss: 0.5", 4)
@example("epoch 3 \x1b]8;;http://1/22\x07loss\x1b]8;;\x07: 0.5", 4)
@example("Test (v2): [4/8] loss 2.5 (2.25)", 1)
@example("epoch 1, loss: 0,425", 2)
@example("Epoch#011loss", 1)
@given(_LINES, _SHIFTS)
def test_lines_that_differ_in_digits_do_not_get_in_each_others_way(text: str, shift: int) -> None:
    line = as_bytes(text)
    for other in (line, with_other_digits(line, shift), line):
        assert said_by_kept_plan(other) == said_alone(other)


@pytest.mark.parametrize("path", sorted((DATA / "text").iterdir()), ids=lambda path: path.name)
def test_no_line_of_a_real_log_gets_in_the_way_of_another(path: Path) -> None:
    data = path.read_bytes()
    for line in data.replace(b"\r", b"\n").split(b"\n"):
        assert said_by_kept_plan(line) == said_alone(line)


def test_digits_of_a_name_tell_series_apart() -> None:
    lines = (f"[{i}]\tvalid_1's l2: {i + 0.5}\tvalid_2's l2: {i + 0.25}\n" for i in range(1, 4))
    points = decoded_output("".join(lines))
    assert values(points, b"valid_1's l2") == [1.5, 2.5, 3.5]
    assert values(points, b"valid_2's l2") == [1.25, 2.25, 3.25]


def test_a_number_with_an_escape_sequence_inside_is_read() -> None:
    points = decoded_output("".join(f"Epoch {i} loss: 0.\x1b[1m{i}5\x1b[0m\n" for i in range(1, 4)))
    assert (xs(points, b"loss"), values(points, b"loss")) == ([1, 2, 3], [0.15, 0.25, 0.35])


@pytest.mark.parametrize("end", ["\x07", "\x1b\\"])
def test_the_name_of_a_loss_may_be_a_link(end: str) -> None:
    link = "\x1b]8;;file:///logs/{}.txt" + end + "val_loss\x1b]8;;" + end
    points = decoded_output("".join(f"Epoch {i} loss: 0.{i} {link.format(8**i)}: 0.{i}5\n" for i in range(1, 5)))
    assert (xs(points, b"val_loss"), values(points, b"val_loss")) == ([1, 2, 3, 4], [0.15, 0.25, 0.35, 0.45])
    assert values(points, b"loss") == [0.1, 0.2, 0.3, 0.4]
