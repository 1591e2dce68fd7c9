"""A checkpoint belongs to the run that is nearest to it; where that could be two, it belongs to none."""

from __future__ import annotations

from lossmon.core.text import Name
from lossmon.runs.checkpoint_places import owners

A, B = Name.of("a"), Name.of("b")


def test_it_belongs_to_the_run_whose_directory_holds_it() -> None:
    logs = {A: ["/p/a/results.csv"], B: ["/p/b/results.csv"]}
    assert owners(["/p/a/weights/1.pt", "/p/b/1.pt"], logs) == {"/p/a/weights/1.pt": A, "/p/b/1.pt": B}


def test_it_belongs_to_the_only_run_below_the_nearest_directory() -> None:
    logs = {A: ["/p/logs/train/events", "/p/logs/validation/events"]}
    assert owners(["/p/ckpt/1.pt"], logs) == {"/p/ckpt/1.pt": A}


def test_where_two_runs_could_have_saved_it_nothing_is_said() -> None:
    assert owners(["/p/ckpt/1.pt"], {A: ["/p/a/log.csv"], B: ["/p/b/log.csv"]}) == {}
    assert owners(["/p/1.pt"], {A: ["/p/lstm.csv"], B: ["/p/cnn.csv"]}) == {}


def test_the_log_in_a_checkpoint_is_that_of_its_training() -> None:
    logs = {A: ["/p/a/checkpoint-20/trainer_state.json"], B: ["/p/b/checkpoint-20/trainer_state.json"]}
    assert owners(["/p/a/checkpoint-10", "/p/b/checkpoint-20"], logs) == {
        "/p/a/checkpoint-10": A,
        "/p/b/checkpoint-20": B,
    }


def test_a_directory_with_logs_is_a_run_and_no_checkpoint() -> None:
    assert owners(["/p/epoch_10", "/p/epoch_20"], {A: ["/p/epoch_10/log.csv"]}) == {"/p/epoch_20": A}


def test_relative_paths_have_a_directory_too() -> None:
    assert owners(["ckpt/1.pt", "1.pt"], {A: ["log.csv"]}) == {"ckpt/1.pt": A, "1.pt": A}


def test_without_logs_nothing_has_an_owner() -> None:
    assert owners(["/q/ckpt/1.pt"], {}) == {}
