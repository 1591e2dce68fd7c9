"""A checkpoint belongs to the run that is nearest to it; where that could be two, it belongs to none."""

from __future__ import annotations

from lossmon.core.text import Name
from lossmon.runs.checkpoint_places import owners

A, B = Name.of("a"), Name.of("b")


def test_it_belongs_to_the_run_whose_directory_holds_it() -> None:
    logs = {A: ["/p/a/results.csv"], B: ["/p/b/results.csv"]}
    assert owners(["/p/a/weights", "/p/b"], logs) == {"/p/a/weights": A, "/p/b": B}


def test_it_belongs_to_the_only_run_below_the_nearest_directory() -> None:
    assert owners(["/p/ckpt"], {A: ["/p/logs/train/events", "/p/logs/validation/events"]}) == {"/p/ckpt": A}


def test_where_two_runs_could_have_saved_it_nothing_is_said() -> None:
    assert owners(["/p/ckpt"], {A: ["/p/a/log.csv"], B: ["/p/b/log.csv"]}) == {}
    assert owners(["/p"], {A: ["/p/lstm.csv"], B: ["/p/cnn.csv"]}) == {}


def test_the_log_in_a_checkpoint_is_that_of_its_training() -> None:
    logs = {A: ["/p/a/checkpoint-20/trainer_state.json"], B: ["/p/b/checkpoint-20/trainer_state.json"]}
    assert owners(["/p/a", "/p/b"], logs) == {"/p/a": A, "/p/b": B}


def test_relative_paths_have_a_directory_too() -> None:
    assert owners(["ckpt", "."], {A: ["log.csv"]}) == {"ckpt": A, ".": A}


def test_runs_beside_the_watched_directory_are_not_looked_for() -> None:
    assert owners(["/q/ckpt"], {}) == {}
