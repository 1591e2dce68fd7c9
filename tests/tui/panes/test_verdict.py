from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tests.support.lines import stripped_texts
from tests.support.scripted import run_snapshot, snapshot
from tests.support.training_logs import OVERFITTING

from lossmon.core.assessment import Advice
from lossmon.core.checkpoint import Checkpoint
from lossmon.core.snapshot import RunStatus
from lossmon.core.text import Name
from lossmon.core.verdict import Verdict
from lossmon.tui.panes.text_pages import timeline_page
from lossmon.tui.panes.verdict import headline, verdict_lines
from lossmon.tui.state import State
from lossmon.tui.styled_text import plain


def test_advice_keeps_its_share_of_a_few_lines() -> None:
    lines = stripped_texts(verdict_lines(run_snapshot(), 70, 3))
    assert lines[0].startswith(" validation loss rose")
    assert lines[2].startswith(" Try: keep the epoch-10 checkpoint · dropout")


def test_reasons_are_given_where_there_is_room() -> None:
    lines = stripped_texts(verdict_lines(run_snapshot(), 120, 9))
    assert " Try: keep the epoch-10 checkpoint, because validation was best there" in lines
    assert "  or: fewer units, because train still falls fast" in lines


def test_with_less_room_every_piece_keeps_a_line_and_the_first_its_reason() -> None:
    assert stripped_texts(verdict_lines(run_snapshot(), 50, 8))[-4:] == [
        " Try: keep the epoch-10 checkpoint, because",
        "      validation was best there",
        "  or: dropout 0.2-0.5",
        "  or: fewer units",
    ]
    assert stripped_texts(verdict_lines(run_snapshot(), 50, 7))[-3:] == [
        " Try: keep the epoch-10 checkpoint",
        "  or: dropout 0.2-0.5",
        "  or: fewer units",
    ]


def test_if_not_all_advice_fits_the_first_piece_is_whole_and_a_key_shows_the_rest() -> None:
    long = tuple(
        Advice(f"thing {number} that takes a whole line of the pane: call({number})", "so") for number in "abc"
    )
    run = run_snapshot(advice=long)
    assert stripped_texts(verdict_lines(run, 60, 5))[-2:] == [
        " Try: thing a that takes a whole line of the pane: call(a)",
        "   …  2 more: press t",
    ]
    lines = stripped_texts(timeline_page(State("runs/").with_snapshot(snapshot(run)), 70).body)
    assert "  or: thing c that takes a whole line of the pane: call(c), because so" in lines


def test_what_to_do_stands_out_from_why() -> None:
    (line,) = (line for line in verdict_lines(run_snapshot(), 120, 9) if "keep the" in plain(line))
    assert [(text.strip(), style) for text, style in line[2:]] == [
        ("keep the epoch-10 checkpoint,", "advice"),
        ("because validation was best there", "muted"),
    ]


def test_a_verdict_without_evidence_says_what_it_means() -> None:
    run = replace(run_snapshot(verdict=Verdict.CONVERGED), advice=(Advice("stop", "it is flat"),))
    assert stripped_texts(verdict_lines(run, 60, 4))[0] == f" {Verdict.CONVERGED.meaning}"


def test_the_headline_hints_that_validation_may_be_turning() -> None:
    run = run_snapshot(verdict=Verdict.LEARNING)
    watched = replace(run, assessment=replace(run.assessment, watch=True))
    assert plain(headline(watched)) == "learning · 97% sure · validation may be starting to rise"


@pytest.mark.parametrize("height", range(2, 12))
def test_no_line_of_the_verdict_is_empty_while_something_is_cut(height: int) -> None:
    advice = tuple(Advice(f"do thing number {number} at some length", "there is a reason") for number in range(3))
    lines = [plain(line).strip() for line in verdict_lines(run_snapshot(advice=advice), 60, height)]
    assert len(lines) == height or not any(line.endswith("…") for line in lines)
    assert all(lines)
    assert any(line.startswith("Try:") for line in lines)


def test_a_best_checkpoint_that_will_soon_be_deleted_is_warned_of() -> None:
    run = run_snapshot(epochs=len(OVERFITTING), status=RunStatus.RUNNING)
    assert run.history is not None
    best = int(np.argmin(OVERFITTING))
    run = replace(
        run,
        history=replace(run.history, val=np.array(OVERFITTING)),
        assessment=replace(run.assessment, best=best),
        checkpoints=tuple(
            Checkpoint(Name.of(f"run/epoch_{index}.pt"), 1, 0.0, x=float(run.history.x[index]), evaluation=index)
            for index in range(best, len(OVERFITTING))
        ),
    )
    assert stripped_texts(verdict_lines(run, 200, 9))[0].strip().startswith(f"copy epoch_{best}.pt, the best, now")
    without = stripped_texts(verdict_lines(replace(run, checkpoints=()), 200, 9))
    assert not any("copy " in line for line in without)


def test_the_headline_of_a_weak_verdict_is_dim_and_has_its_sign() -> None:
    run = run_snapshot()
    weak = headline(replace(run, assessment=replace(run.assessment, is_weak=True)))
    assert weak[0] == ("◐ maybe overfitting", "overfitting weak")
    assert headline(run)[0] == ("overfitting", "overfitting strong")
