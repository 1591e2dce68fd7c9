from __future__ import annotations

import numpy as np

from lossmon.core.assessment import Assessment
from lossmon.core.snapshot import Curve, RunSnapshot
from lossmon.core.text import Name
from lossmon.runs.deduplication import find_duplicates

PRECEDENCE = {"tensorboard": 0, "keras-csv": 1, "text": 2}


def view(path: str, log_format: str, losses: list[float], first: int = 0) -> RunSnapshot:
    values = np.array(losses)
    curve = Curve(
        Name.of("val_loss"), "epoch", np.arange(float(first), first + len(values)), values * np.nan, values, len(values)
    )
    name = Name.of(path)
    return RunSnapshot(name, name, log_format, None, curve, None, Assessment(), (), (), (), (curve,))


def kept(*views: RunSnapshot) -> dict[str, str]:
    return {
        duplicate.path.text: original.path.text for duplicate, original in find_duplicates(views, PRECEDENCE).items()
    }


def test_a_csv_beside_the_event_files_of_the_same_training_is_not_a_second_run() -> None:
    events, table = (
        view("a/logs", "tensorboard", [0.91, 0.52, 0.43, 0.4]),
        view("a/log.csv", "keras-csv", [0.91, 0.52, 0.43]),
    )
    assert kept(events, table) == {"a/log.csv": "a/logs"}


def test_single_and_double_precision_are_the_same_loss() -> None:
    exact = [0.1, 0.2, 0.3]
    single = [float(np.float32(loss)) for loss in exact]
    assert kept(view("a/logs", "tensorboard", single), view("a/x.csv", "keras-csv", exact))


def test_a_log_for_people_is_recognised_by_its_rounded_losses() -> None:
    events = view("a/logs", "tensorboard", [0.912345, 0.523456, 0.434567])
    assert kept(events, view("a/out.txt", "text", [0.9123, 0.5235, 0.4346])) == {"a/out.txt": "a/logs"}


def test_runs_of_one_format_are_never_the_same_training() -> None:
    losses = [0.9, 0.5, 0.4]
    assert not kept(view("a", "tensorboard", losses), view("b", "tensorboard", losses))


def test_runs_that_differ_anywhere_are_two() -> None:
    assert not kept(view("a", "tensorboard", [0.912345, 0.5, 0.4]), view("b", "keras-csv", [0.912345, 0.5, 0.41]))


def test_a_handful_of_points_proves_nothing() -> None:
    assert not kept(view("x/a", "tensorboard", [0.9, 0.5]), view("y/b.csv", "keras-csv", [0.9, 0.5]))
    assert not kept(view("a", "tensorboard", [0.7] * 9), view("b", "keras-csv", [0.7] * 9))


def test_with_equal_seeds_each_log_goes_with_the_nearest() -> None:
    losses = [0.91234567, 0.5, 0.4]
    views = [
        view(f"{run}/{kind}", log_format, losses)
        for run in "ab"
        for kind, log_format in (("tb", "tensorboard"), ("x.csv", "keras-csv"))
    ]
    assert kept(*views) == {"a/x.csv": "a/tb", "b/x.csv": "b/tb"}


def test_a_history_that_becomes_nan_is_still_recognised() -> None:
    losses = [0.91234567, 0.5, 0.4, float("nan")]
    assert kept(view("a", "tensorboard", losses), view("b", "keras-csv", losses))


def test_a_log_that_lacks_the_beginning_is_recognised_where_both_count_alike() -> None:
    losses = [0.91234567, 0.52, 0.43, 0.41, 0.39]
    whole, part = view("a/logs", "tensorboard", losses), view("a/log.csv", "keras-csv", losses[2:], first=2)
    assert kept(whole, part) == {"a/log.csv": "a/logs"}


def test_a_captured_output_that_counts_from_one_is_the_same_training() -> None:
    events = view("a/logs", "tensorboard", [0.912345, 0.523456, 0.434567, 0.404321])
    assert kept(events, view("a/out.txt", "text", [0.9123, 0.5235, 0.4346], first=1)) == {"a/out.txt": "a/logs"}


def test_a_captured_output_of_one_line_belongs_to_the_run_below_it() -> None:
    events = view("a/logs/version_0", "tensorboard", [0.912345, 0.523456, 0.434567])
    assert kept(events, view("a/out.txt", "text", [0.435])) == {"a/out.txt": "a/logs/version_0"}
    assert not kept(events, view("b/out.txt", "text", [0.435]))


def test_a_copy_in_the_same_directory_is_shown_once() -> None:
    losses = [0.91234567, 0.5, 0.4]
    assert kept(view("a/1.json", "mmengine", losses), view("a/2.json", "mmengine", losses)) == {"a/2.json": "a/1.json"}


def test_losses_given_to_four_digits_are_recognised_however_small() -> None:
    events = view("a/logs", "tensorboard", [0.0412345, 0.00523456, 0.000434567])
    assert kept(events, view("a/out.txt", "text", [0.04123, 0.005235, 0.0004346]))


def test_relative_and_absolute_roots_are_compared_without_an_error() -> None:
    losses = [0.91234567, 0.5, 0.4]
    found = kept(view("a/logs", "tensorboard", losses), view("/b/log.csv", "keras-csv", losses))
    assert found == {"/b/log.csv": "a/logs"}
