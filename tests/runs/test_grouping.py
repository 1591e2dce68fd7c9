from __future__ import annotations

from pathlib import PurePosixPath as Path

from lossmon.runs.grouping import LogPlacement, RunGroup, group_logs, run_names


def events(*directories: str, tags: str = "loss accuracy") -> list[LogPlacement]:
    made = [Path(directory) / "events.out.tfevents.1" for directory in directories]
    return [LogPlacement(path, "tensorboard", frozenset(tags.split())) for path in made]


def runs(plans: dict[Path, RunGroup]) -> dict[str, list[tuple[str, str]]]:
    called = run_names(plans)
    return {
        str(called[key]): [(str(member.file.path.parent), member.prefix) for member in plan.members]
        for key, plan in plans.items()
    }


def test_each_directory_of_event_files_is_a_run() -> None:
    assert runs(group_logs(events("a", "b/c"))) == {"a": [("a", "")], "b/c": [("b/c", "")]}


def test_all_event_files_of_a_directory_are_one_run() -> None:
    first, second = Path("a/events.out.tfevents.1"), Path("a/events.out.tfevents.2")
    plans = group_logs([LogPlacement(second, "tensorboard"), LogPlacement(first, "tensorboard")])
    assert [member.file.path for member in plans[Path("a")].members] == [first, second]


def test_train_and_validation_of_keras_are_one_run() -> None:
    plans = group_logs(events("logs/train", "logs/validation"))
    assert runs(plans) == {"logs": [("logs/train", "train"), ("logs/validation", "validation")]}


def test_train_alone_belongs_to_the_same_run_before_validation_is_there() -> None:
    assert runs(group_logs(events("logs/train"))) == {"logs": [("logs/train", "train")]}


def test_add_scalars_of_torch_is_folded_into_its_run() -> None:
    plans = group_logs([*events("run"), *events("run/loss_train", "run/loss_val", tags="loss")])
    assert runs(plans) == {"run": [("run", ""), ("run/loss_train", "loss_train"), ("run/loss_val", "loss_val")]}


def test_add_scalars_with_other_names_is_folded_by_its_tag() -> None:
    plans = group_logs([*events("gan"), *events("gan/loss_generator", tags="loss")])
    assert runs(plans) == {"gan": [("gan", ""), ("gan/loss_generator", "loss_generator")]}


def test_add_scalars_of_tensorboardx_is_folded_into_its_run() -> None:
    plans = group_logs([*events("run"), *events("run/loss/train", "run/loss/val", tags="loss")])
    assert runs(plans) == {"run": [("run", ""), ("run/loss/train", "loss/train"), ("run/loss/val", "loss/val")]}


def test_a_keras_run_below_a_directory_with_events_of_its_own_stays_a_run() -> None:
    plans = group_logs([*events("."), *events("exp/train", "exp/validation", tags="epoch_loss")])
    assert runs(plans)["exp"] == [("exp/train", "train"), ("exp/validation", "validation")]


def test_a_pair_of_directories_named_train_and_val_is_one_run() -> None:
    assert runs(group_logs(events("mnist_train", "mnist_val"))) == {
        "mnist": [("mnist_train", "mnist_train"), ("mnist_val", "mnist_val")]
    }


def test_runs_that_merely_end_in_a_word_stay_apart() -> None:
    assert runs(group_logs(events("exp_train", "other"))).keys() == {"exp_train", "other"}


def test_hyperparameters_belong_to_the_run_that_they_describe() -> None:
    assert runs(group_logs(events("run", "run/1795384834.05"))).keys() == {"run"}


def test_a_log_file_is_named_after_the_directory_it_has_to_itself() -> None:
    plans = group_logs([LogPlacement(Path("a/training.log"), "keras-csv"), LogPlacement(Path("top.csv"), "csv")])
    assert {str(name) for name in run_names(plans).values()} == {"a", "top.csv"}


def test_log_files_that_share_a_directory_are_named_after_themselves() -> None:
    plans = group_logs([LogPlacement(Path("a/one.csv"), "csv"), LogPlacement(Path("a/two.csv"), "csv"), *events("b")])
    plans |= group_logs([LogPlacement(Path("b/three.csv"), "csv"), *events("b")])
    assert {str(name) for name in run_names(plans).values()} == {"a/one.csv", "a/two.csv", "b", "b/three.csv"}


def test_of_the_checkpoints_of_a_trainer_the_last_is_read_and_the_others_are_copies() -> None:
    paths = ["out/checkpoint-500/trainer_state.json", "out/checkpoint-1000/trainer_state.json"]
    plans = group_logs(LogPlacement(Path(path), "hf-trainer") for path in paths)
    ((key, plan),) = plans.items()
    assert str(run_names(plans)[key]) == "out"
    assert [str(member.file.path) for member in plan.members] == [paths[1]]
    assert [str(copy.path) for copy in plan.copies] == [paths[0]]


def test_train_and_validation_of_catboost_are_one_run() -> None:
    paths = ["info/learn_error.tsv", "info/test_error.tsv", "info/time_left.tsv"]
    plans = group_logs(LogPlacement(Path(path), "csv") for path in paths)
    assert runs(plans) == {
        "info/error.tsv": [("info", "learn"), ("info", "test")],
        "info/time_left.tsv": [("info", "")],
    }


def test_train_and_validation_of_dvclive_are_one_run_of_all_its_metrics() -> None:
    paths = [f"metrics/{split}/{name}.tsv" for split in ("train", "val") for name in ("acc", "loss")]
    plans = group_logs(LogPlacement(Path(path), "csv") for path in paths)
    assert runs(plans) == {
        "metrics": [
            ("metrics/train", "train"),
            ("metrics/train", "train"),
            ("metrics/val", "val"),
            ("metrics/val", "val"),
        ]
    }


def test_a_directory_that_is_merely_called_train_holds_a_run_of_its_own() -> None:
    assert runs(group_logs([LogPlacement(Path("detect/train/results.csv"), "ultralytics")])) == {
        "detect/train": [("detect/train", "")]
    }


def test_a_run_is_read_from_its_one_file_or_from_the_directory_of_all() -> None:
    (single,) = group_logs([LogPlacement(Path("a/training.log"), "keras-csv")]).values()
    (pair,) = group_logs(events("logs/train", "logs/validation")).values()
    assert (str(single.place), str(pair.place)) == ("a/training.log", "logs")


def test_event_files_of_mmengine_are_left_to_the_log_beside_them() -> None:
    log = LogPlacement(Path("w/vis_data/1.json"), "mmengine")
    beside, other = events("w/vis_data", "other/vis_data")
    plans = group_logs([log, beside, other])
    assert {key: [member.file for member in plan.members] for key, plan in plans.items()} == {
        Path("w/vis_data/1.json"): [log],
        Path("other/vis_data"): [other],
    }
    assert plans[Path("w/vis_data/1.json")].copies == [beside]


def test_a_run_that_is_merely_called_test_keeps_its_train_and_validation() -> None:
    both = frozenset({"train", "val"})
    plans = group_logs([LogPlacement(file.path, file.format, file.tags, both) for file in events("runs/test")])
    assert runs(plans) == {"runs/test": [("runs/test", "")]}
