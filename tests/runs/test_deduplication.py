from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from tests.support.watched_monitor import Clock

from lossmon.core.assessment import Assessment
from lossmon.core.snapshot import Curve, RunSnapshot
from lossmon.core.text import Name
from lossmon.runs import Deduplicator, DuplicateThresholds, find_duplicates
from lossmon.sources.protocol import LogFormat
from lossmon_adapters import BUILTIN

FORMATS = {adapter.name: adapter for adapter in BUILTIN}


def run(path: str, log_format: str, losses: list[float], first: int = 0) -> RunSnapshot:
    values = np.array(losses)
    curve = Curve(
        Name.of("val_loss"), "epoch", np.arange(float(first), first + len(values)), values * np.nan, values, len(values)
    )
    name = Name.of(path)
    return RunSnapshot(name, name, log_format, None, curve, None, Assessment(), (), (), (), (curve,))


def kept(*runs: RunSnapshot) -> dict[str, str]:
    """Return the path of the run that is kept, by the path of each duplicate."""
    found = find_duplicates(runs, FORMATS)
    return {duplicate.path.text: original.path.text for duplicate, original in found.items()}


def test_a_csv_beside_the_event_files_of_the_same_training_is_not_a_second_run() -> None:
    events, table = (
        run("a/logs", "tensorboard", [0.91, 0.52, 0.43, 0.4]),
        run("a/log.csv", "keras-csv", [0.91, 0.52, 0.43]),
    )
    assert kept(events, table) == {"a/log.csv": "a/logs"}


def test_single_and_double_precision_are_the_same_loss() -> None:
    exact = [0.1, 0.2, 0.3]
    single = [float(np.float32(loss)) for loss in exact]
    assert kept(run("a/logs", "tensorboard", single), run("a/x.csv", "keras-csv", exact))


def test_a_log_for_people_is_recognised_by_its_rounded_losses() -> None:
    events = run("a/logs", "tensorboard", [0.912345, 0.523456, 0.434567])
    assert kept(events, run("a/out.txt", "text", [0.9123, 0.5235, 0.4346])) == {"a/out.txt": "a/logs"}


def test_runs_of_one_format_are_never_the_same_training() -> None:
    losses = [0.9, 0.5, 0.4]
    assert not kept(run("a", "tensorboard", losses), run("b", "tensorboard", losses))


def test_runs_that_differ_anywhere_are_two() -> None:
    assert not kept(run("a", "tensorboard", [0.912345, 0.5, 0.4]), run("b", "keras-csv", [0.912345, 0.5, 0.41]))


def test_a_handful_of_points_proves_nothing() -> None:
    assert not kept(run("x/a", "tensorboard", [0.9, 0.5]), run("y/b.csv", "keras-csv", [0.9, 0.5]))
    assert not kept(run("a", "tensorboard", [0.7] * 9), run("b", "keras-csv", [0.7] * 9))


def test_with_equal_seeds_each_log_goes_with_the_nearest() -> None:
    losses = [0.91234567, 0.5, 0.4]
    runs = [
        run(f"{directory}/{kind}", log_format, losses)
        for directory in "ab"
        for kind, log_format in (("tb", "tensorboard"), ("x.csv", "keras-csv"))
    ]
    assert kept(*runs) == {"a/x.csv": "a/tb", "b/x.csv": "b/tb"}


def test_a_history_that_becomes_nan_is_still_recognised() -> None:
    losses = [0.91234567, 0.5, 0.4, float("nan")]
    assert kept(run("a", "tensorboard", losses), run("b", "keras-csv", losses))


def test_a_log_that_lacks_the_beginning_is_recognised_where_both_count_alike() -> None:
    losses = [0.91234567, 0.52, 0.43, 0.41, 0.39]
    whole, part = run("a/logs", "tensorboard", losses), run("a/log.csv", "keras-csv", losses[2:], first=2)
    assert kept(whole, part) == {"a/log.csv": "a/logs"}


def test_a_captured_output_that_counts_from_one_is_the_same_training() -> None:
    events = run("a/logs", "tensorboard", [0.912345, 0.523456, 0.434567, 0.404321])
    assert kept(events, run("a/out.txt", "text", [0.9123, 0.5235, 0.4346], first=1)) == {"a/out.txt": "a/logs"}


def test_a_captured_output_of_one_line_belongs_to_the_run_below_it() -> None:
    events = run("a/logs/version_0", "tensorboard", [0.912345, 0.523456, 0.434567])
    assert kept(events, run("a/out.txt", "text", [0.435])) == {"a/out.txt": "a/logs/version_0"}
    assert not kept(events, run("b/out.txt", "text", [0.435]))


def test_a_copy_in_the_same_directory_is_shown_once() -> None:
    losses = [0.91234567, 0.5, 0.4]
    assert kept(run("a/1.json", "mmengine", losses), run("a/2.json", "mmengine", losses)) == {"a/2.json": "a/1.json"}


def test_losses_given_to_four_digits_are_recognised_however_small() -> None:
    events = run("a/logs", "tensorboard", [0.0412345, 0.00523456, 0.000434567])
    assert kept(events, run("a/out.txt", "text", [0.04123, 0.005235, 0.0004346]))


def test_relative_and_absolute_roots_are_compared_without_an_error() -> None:
    losses = [0.91234567, 0.5, 0.4]
    found = kept(run("a/logs", "tensorboard", losses), run("/b/log.csv", "keras-csv", losses))
    assert found == {"/b/log.csv": "a/logs"}


LOSSES = [0.91, 0.7234, 0.61818, 0.5555, 0.512345]
CSV, JSON = run("runs/a", "csv", LOSSES), run("runs/b", "jsonl", LOSSES)


class CountedComparisons:
    """A deduplicator that notes how many runs it compared, each time it did."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.compared: list[int] = []
        self._deduplicator = Deduplicator(FORMATS, self.clock, compare=self._compare)

    def _compare(
        self, runs: Sequence[RunSnapshot], formats: Mapping[str, LogFormat], thresholds: DuplicateThresholds
    ) -> dict[RunSnapshot, RunSnapshot]:
        self.compared.append(len(runs))
        return find_duplicates(runs, formats, thresholds)

    def find(self, *runs: RunSnapshot, complete: bool) -> dict[Name, RunSnapshot]:
        return self._deduplicator.find(list(runs), complete=complete)


def test_the_run_whose_format_has_the_higher_priority_is_kept() -> None:
    events, table = run("b", "tensorboard", LOSSES), run("a", "csv", LOSSES)
    for order in ([events, table], [table, events]):
        assert Deduplicator(FORMATS, Clock()).find(order, complete=True) == {table.name: events}


def test_runs_are_not_compared_again_while_they_stay_the_same() -> None:
    runs = CountedComparisons()
    for _ in range(100):
        runs.find(CSV, JSON, complete=True)
        runs.clock.now += 1.0
    assert runs.compared == [2]


def test_runs_that_change_all_the_time_are_compared_now_and_then() -> None:
    runs = CountedComparisons()
    for _ in range(100):
        runs.find(run("a", "csv", LOSSES), complete=True)
        runs.clock.now += 0.1
    assert len(runs.compared) == 2


def test_they_are_compared_at_once_when_everything_was_read() -> None:
    runs = CountedComparisons()
    runs.find(CSV, complete=False)
    runs.find(CSV, JSON, complete=False)
    assert runs.compared == [1]
    assert runs.find(CSV, JSON, complete=True)
    assert runs.compared == [1, 2]


def test_a_log_is_no_duplicate_of_one_with_hardly_any_value_that_its_last_value_is_near_to() -> None:
    begun, long = run("a.csv", "ultralytics", [0.779]), run("b.csv", "csv", [1.9, 1.2, 0.9, 0.8])
    assert kept(begun, long) == {}
    assert kept(long, replace(begun, format="tensorboard")) == {}


def test_many_runs_that_take_turns_are_not_compared_each_time_all_of_them_are_read() -> None:
    runs = CountedComparisons()
    for turn in range(40):
        runs.find(run("a", "csv", LOSSES), complete=turn % 2 == 0)
        runs.clock.now += 0.1
    assert runs.compared == [1]
    runs.find(CSV, JSON, complete=True)
    assert runs.compared == [1, 2]


def test_how_many_evaluations_must_agree_can_be_chosen() -> None:
    runs = [run("x/a", "tensorboard", [0.9, 0.5]), run("y/b.csv", "keras-csv", [0.9, 0.5])]
    assert find_duplicates(runs, FORMATS, DuplicateThresholds(min_evaluations=2)) == {runs[1]: runs[0]}


def test_the_sum_of_rounded_terms_is_as_inexact_as_all_of_them_together() -> None:
    terms = {"train/box": [1.5123, 1.3311, 0.96166], "train/cls": [4.7111, 3.5773, 1.7655]}
    errors = {"train/box": 4.9e-5, "train/cls": 4.9e-5}
    table = sum_of(terms, "a/results.csv", "ultralytics")
    exact = {name: [value + errors[name] for value in values] for name, values in terms.items()}
    exact["train/box"][-1] = terms["train/box"][-1] + 4.9e-6
    assert kept(sum_of(exact, "a/events", "tensorboard"), table) == {"a/results.csv": "a/events"}


def sum_of(terms: Mapping[str, list[float]], path: str, log_format: str) -> RunSnapshot:
    """Return a run whose train loss is the sum of *terms*."""
    curves = tuple(replace(run("", "csv", values).metrics[0], tag=Name.of(name)) for name, values in terms.items())
    total = [sum(values) for values in zip(*terms.values(), strict=True)]
    one = run(path, log_format, total)
    return replace(one, val=replace(one.metrics[0], tag=Name.of(" + ".join(terms))), metrics=curves)
