from __future__ import annotations

from dataclasses import replace

import pytest
from tests.support.scripted import four_runs, gpus, snapshot

from lossmon.core.snapshot import SkippedFile
from lossmon.core.text import Name
from lossmon.tui.panes.header import header
from lossmon.tui.state import State
from lossmon.tui.styled_text import plain

FOUR = State("runs/", gpus=gpus()).with_snapshot(snapshot(*four_runs()))


@pytest.mark.parametrize(
    ("width", "right"),
    [
        (120, "4 runs · 1 diverged · 1 overfitting · 1 learning · 1 converged · 1 stalled   as of 22:35:14"),
        (100, "4 runs · 1 diverged · 1 overfitting · 1 learning · 1 converged · 1 stalled"),
        (80, "4 runs · 1 diverged · 1 overfitting · 1 stalled"),
        (60, "1 diverged · 1 overfitting · 1 stalled"),
        (40, "1 stalled"),
    ],
)
def test_a_narrow_header_leaves_out_the_least_important_first(width: int, right: str) -> None:
    line = plain(header(FOUR, width)).rstrip()
    assert line.startswith(" lossmon  runs/ ")
    assert line.endswith(f"  {right}")


def test_a_silent_reader_is_the_last_thing_the_header_leaves_out() -> None:
    silent = replace(FOUR, reader_silent_since=1_700_000_000.0)
    assert plain(header(silent, 70)).rstrip().endswith("reader not responding since 22:13:20")


def test_the_header_says_that_files_cannot_be_read_and_where_the_reasons_are() -> None:
    refused = SkippedFile(Name.of("a.csv"), "cannot be read: Input/output error (EIO)")
    unfit = SkippedFile(Name.of("b.bin"), "not a training log of a known format")
    state = State("runs/").with_snapshot(snapshot(*four_runs(), skipped=(refused, unfit)))
    assert " · 1 stalled · 1 file unreadable: press i" in plain(header(state, 120))


def test_the_header_says_that_an_option_names_a_tag_that_no_run_has() -> None:
    warning = "no tag matches --val vall*; there are val_loss, loss"
    mistaken = tuple(replace(run, warnings=(warning,)) for run in four_runs())
    assert " · no tag matches --val vall*" in plain(header(State("runs/").with_snapshot(snapshot(*mistaken)), 150))
    one_fits = (*mistaken[:-1], four_runs()[-1])
    assert "no tag" not in plain(header(State("runs/").with_snapshot(snapshot(*one_fits)), 150))


def test_a_tag_is_not_said_to_be_missing_while_logs_are_read() -> None:
    mistaken = tuple(replace(run, warnings=("no tag matches --val v; there are loss",)) for run in four_runs())
    reading = replace(snapshot(*mistaken), share_read=0.5)
    assert "no tag" not in plain(header(State("runs/").with_snapshot(reading), 150))
