from __future__ import annotations

from dataclasses import replace
from pathlib import PurePosixPath as Path

from lossmon.runs import LogPlacement, RunGroup, group_logs, run_names
from lossmon.sources.protocol import RunLayout


def events(*directories: str, tags: str = "loss accuracy") -> list[LogPlacement]:
    paths = [Path(directory) / "events.out.tfevents.1" for directory in directories]
    return [LogPlacement(path, "events", RunLayout.DIRECTORY, frozenset(tags.split())) for path in paths]


def table(path: str) -> LogPlacement:
    return LogPlacement(Path(path), "table")


def trainer_state(path: str) -> LogPlacement:
    return LogPlacement(Path(path), "state", RunLayout.NEWEST_CHECKPOINT)


def runs(groups: dict[Path, RunGroup]) -> dict[str, list[tuple[str, str]]]:
    names = run_names(groups)
    return {
        str(names[key]): [(str(member.file.path.parent), member.prefix) for member in group.members]
        for key, group in groups.items()
    }


def test_each_directory_of_event_files_is_a_run() -> None:
    assert runs(group_logs(events("a", "b/c"))) == {"a": [("a", "")], "b/c": [("b/c", "")]}


def test_all_event_files_of_a_directory_are_one_run() -> None:
    first, second = Path("a/events.out.tfevents.1"), Path("a/events.out.tfevents.2")
    groups = group_logs(LogPlacement(path, "events", RunLayout.DIRECTORY) for path in (second, first))
    assert [member.file.path for member in groups[Path("a")].members] == [first, second]


def test_train_and_validation_of_keras_are_one_run() -> None:
    groups = group_logs(events("logs/train", "logs/validation"))
    assert runs(groups) == {"logs": [("logs/train", "train"), ("logs/validation", "validation")]}


def test_train_alone_belongs_to_the_same_run_before_validation_is_there() -> None:
    assert runs(group_logs(events("logs/train"))) == {"logs": [("logs/train", "train")]}


def test_add_scalars_of_torch_is_folded_into_its_run() -> None:
    groups = group_logs([*events("run"), *events("run/loss_train", "run/loss_val", tags="loss")])
    assert runs(groups) == {"run": [("run", ""), ("run/loss_train", "loss_train"), ("run/loss_val", "loss_val")]}


def test_add_scalars_with_other_names_is_folded_by_its_tag() -> None:
    groups = group_logs([*events("gan"), *events("gan/loss_generator", tags="loss")])
    assert runs(groups) == {"gan": [("gan", ""), ("gan/loss_generator", "loss_generator")]}


def test_add_scalars_of_tensorboardx_is_folded_into_its_run() -> None:
    groups = group_logs([*events("run"), *events("run/loss/train", "run/loss/val", tags="loss")])
    assert runs(groups) == {"run": [("run", ""), ("run/loss/train", "loss/train"), ("run/loss/val", "loss/val")]}


def test_a_keras_run_below_a_directory_with_events_of_its_own_stays_a_run() -> None:
    groups = group_logs([*events("."), *events("exp/train", "exp/validation", tags="epoch_loss")])
    assert runs(groups)["exp"] == [("exp/train", "train"), ("exp/validation", "validation")]


def test_a_pair_of_directories_named_train_and_val_is_one_run() -> None:
    assert runs(group_logs(events("mnist_train", "mnist_val"))) == {
        "mnist": [("mnist_train", "mnist_train"), ("mnist_val", "mnist_val")]
    }


def test_runs_that_merely_end_in_a_word_stay_apart() -> None:
    assert runs(group_logs(events("exp_train", "other"))).keys() == {"exp_train", "other"}


def test_hyperparameters_belong_to_the_run_that_they_describe() -> None:
    assert runs(group_logs(events("run", "run/1795384834.05"))).keys() == {"run"}


def test_a_log_file_is_named_after_the_directory_it_has_to_itself() -> None:
    groups = group_logs([table("a/training.log"), table("top.csv")])
    assert {str(name) for name in run_names(groups).values()} == {"a", "top.csv"}


def test_log_files_that_share_a_directory_are_named_after_themselves() -> None:
    groups = group_logs([table("a/one.csv"), table("a/two.csv"), *events("b")])
    groups |= group_logs([table("b/three.csv"), *events("b")])
    assert {str(name) for name in run_names(groups).values()} == {"a/one.csv", "a/two.csv", "b", "b/three.csv"}


def test_of_the_checkpoints_of_a_trainer_the_last_is_read_and_the_others_are_copies() -> None:
    paths = ["out/checkpoint-500/trainer_state.json", "out/checkpoint-1000/trainer_state.json"]
    groups = group_logs(trainer_state(path) for path in paths)
    ((key, group),) = groups.items()
    assert str(run_names(groups)[key]) == "out"
    assert [str(member.file.path) for member in group.members] == [paths[1]]
    assert [str(copy.path) for copy in group.copies] == [paths[0]]


def test_train_and_validation_of_catboost_are_one_run() -> None:
    paths = ["info/learn_error.tsv", "info/test_error.tsv", "info/time_left.tsv"]
    groups = group_logs(table(path) for path in paths)
    assert runs(groups) == {
        "info/error.tsv": [("info", "learn"), ("info", "test")],
        "info/time_left.tsv": [("info", "")],
    }


def test_train_and_validation_of_dvclive_are_one_run_of_all_its_metrics() -> None:
    paths = [f"metrics/{split}/{name}.tsv" for split in ("train", "val") for name in ("acc", "loss")]
    groups = group_logs(table(path) for path in paths)
    assert runs(groups) == {
        "metrics": [
            ("metrics/train", "train"),
            ("metrics/train", "train"),
            ("metrics/val", "val"),
            ("metrics/val", "val"),
        ]
    }


def test_a_directory_that_is_merely_called_train_holds_a_run_of_its_own() -> None:
    assert runs(group_logs([table("detect/train/results.csv")])) == {"detect/train": [("detect/train", "")]}


def test_a_run_is_read_from_its_one_file_or_from_the_directory_of_all() -> None:
    (single,) = group_logs([table("a/training.log")]).values()
    (pair,) = group_logs(events("logs/train", "logs/validation")).values()
    assert (str(single.path), str(pair.path)) == ("a/training.log", "logs")


def test_event_files_are_not_read_beside_a_log_that_holds_the_same_losses() -> None:
    log = LogPlacement(Path("w/vis_data/1.json"), "json", RunLayout.FILE_INSTEAD_OF_DIRECTORY)
    beside, other = events("w/vis_data", "other/vis_data")
    groups = group_logs([log, beside, other])
    assert {key: [member.file for member in group.members] for key, group in groups.items()} == {
        Path("w/vis_data/1.json"): [log],
        Path("other/vis_data"): [other],
    }
    assert groups[Path("w/vis_data/1.json")].copies == [beside]


def test_a_run_that_is_merely_called_test_keeps_its_train_and_validation() -> None:
    both = frozenset({"train", "val"})
    groups = group_logs([replace(file, splits=both) for file in events("runs/test")])
    assert runs(groups) == {"runs/test": [("runs/test", "")]}


def test_a_trainer_state_beside_event_files_is_a_run_of_its_own() -> None:
    groups = group_logs([*events("out"), trainer_state("out/checkpoint-500/trainer_state.json")])
    assert runs(groups) == {"out": [("out", "")], "out/state": [("out/checkpoint-500", "")]}


def metric_file(path: str) -> LogPlacement:
    return LogPlacement(Path(path), "metric", RunLayout.METRIC_FILE)


def test_all_metrics_that_dvclive_writes_are_one_run() -> None:
    names = ("train/loss", "val/loss", "val/acc", "val/f1/macro", "lr")
    groups = group_logs(table(f"a/dvclive/plots/metrics/{name}.tsv") for name in names)
    (group,) = groups.values()
    assert {str(member.file.path): member.prefix for member in group.members} == {
        f"a/dvclive/plots/metrics/{name}.tsv": name.rpartition("/")[0] for name in names
    }


def test_metrics_of_dvclive_without_a_loss_are_no_run() -> None:
    assert group_logs([table("a/dvclive/plots/metrics/val/acc.tsv")]) == {}


def test_a_file_of_one_metric_is_of_the_data_that_its_name_says() -> None:
    assert runs(group_logs([metric_file("a/run-val-tag-loss.json")])) == {"a": [("a", "val")]}


def test_files_of_single_epochs_are_one_run_in_the_order_of_their_numbers() -> None:
    paths = [Path(f"a/metrics_epoch_{epoch}.json") for epoch in (10, 2, 1)]
    (group,) = group_logs(LogPlacement(path, "epoch", RunLayout.FILE_PER_EPOCH) for path in paths).values()
    assert [member.file.path for member in group.members] == paths[::-1]


def test_a_file_of_validation_belongs_to_the_file_without_that_word() -> None:
    groups = group_logs([table("a/epoch_loss.txt"), table("a/epoch_val_loss.txt"), table("a/loss.txt")])
    assert {str(key): [member.prefix for member in group.members] for key, group in groups.items()} == {
        "a/epoch_loss.txt": ["", "val"],
        "a/loss.txt": [""],
    }
