from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lossmon.core.program_text import MAX_LINE_LENGTH, FailureDetector, brief_failure, shown_line

TRACEBACK = ["Traceback (most recent call last):", '  File "train.py", line 3, in <module>', "    step()"]
EPOCH = "Epoch 3: loss 0.51 val_loss 0.62"


def failure_of(*lines: str) -> str:
    detector = FailureDetector()
    for line in lines:
        detector.add(line)
    return detector.failure


@given(st.binary(max_size=300))
def test_any_bytes_become_one_short_printable_line(raw: bytes) -> None:
    line = shown_line(raw)
    assert line.isprintable()
    assert len(line) <= MAX_LINE_LENGTH


def test_a_progress_bar_is_shown_as_it_was_last() -> None:
    assert shown_line(b"\r 10%|#   |\r 20%|##  | loss=0.5\x1b[A\r") == " 20%|##  | loss=0.5"


@pytest.mark.parametrize("start", ["\x1b]0;", "\x1bP", "\x1b[" + "1;" * 20, "\x1b"])
def test_escape_sequences_without_an_end_take_linear_time(start: str) -> None:
    began = time.process_time()
    shown_line((start * 100_000).encode())
    assert time.process_time() - began < 0.5


@pytest.mark.parametrize(
    ("lines", "failure"),
    [
        ([EPOCH, *TRACEBACK, "MemoryError"], "MemoryError"),
        ([*TRACEBACK, "torch.OutOfMemoryError: CUDA out of memory."], "torch.OutOfMemoryError: CUDA out of memory."),
        ([EPOCH, f"[rank3]: {TRACEBACK[0]}", "[rank3]:   step()", "[rank3]: ValueError: x"], "ValueError: x"),
        (["╭── Traceback (most recent call last) ──╮", "│ step() │", "╰────╯", "ValueError: x"], "ValueError: x"),
        ([*TRACEBACK, "KeyError: 1", "During handling of it:", *TRACEBACK, "ValueError: x"], "ValueError: x"),
        ([*TRACEBACK, "ValueError: x", *TRACEBACK, "torch.distributed.elastic.ChildFailedError:"], "ValueError: x"),
        ([EPOCH, "train.sh: line 3:  4127 Killed                  python train.py"], None),
        ([EPOCH, "Killed"], "Killed"),
        ([EPOCH, "Segmentation fault (core dumped)"], "Segmentation fault (core dumped)"),
        ([EPOCH, "RuntimeError: CUDA out of memory. Tried to allocate 2 GiB"], None),
    ],
)
def test_the_line_that_says_how_a_program_failed_is_found(lines: list[str], failure: str | None) -> None:
    assert failure_of(*lines) == (lines[-1] if failure is None else failure)


@pytest.mark.parametrize(
    "lines",
    [
        [EPOCH, "done"],
        [EPOCH, *TRACEBACK, "ValueError: not fatal", "Epoch 4: loss 0.49 val_loss 0.61"],
        [*TRACEBACK, "OutOfMemoryError: halving the batch", *[f"Epoch {epoch}: loss 0.5" for epoch in range(3)]],
        [EPOCH, "Killed 3 stale workers", "errors: 0"],
    ],
)
def test_a_program_that_goes_on_has_not_failed(lines: list[str]) -> None:
    assert failure_of(*lines) == ""


def test_what_is_printed_while_a_failed_program_ends_does_not_count_as_going_on() -> None:
    ending = ["wandb: Synced 5 files, 0 media", "wandb: Find logs at: ./wandb/run-20240101", "", "Exception ignored"]
    assert failure_of(EPOCH, *TRACEBACK, "ValueError: x", *ending) == "ValueError: x"


def test_a_failure_in_short_is_the_name_of_the_exception() -> None:
    assert brief_failure("a.b.SomeError: because") == "SomeError"
    assert brief_failure("Segmentation fault (core dumped)") == "Segmentation fault (core dumped)"
