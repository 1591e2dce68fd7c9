"""A log that holds several runs: each of them is shown and judged as if it had a log of its own."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.support.several_runs import SeveralRuns, lines
from tests.support.watched_monitor import WatchedMonitor

from lossmon.core.snapshot import RunSnapshot, RunStatus, Snapshot
from lossmon.core.verdict import Verdict
from lossmon.monitor import Monitor, MonitorSettings
from lossmon.report.json_report import dumps, snapshot_report
from lossmon.runs import Limits, TagOverride
from lossmon_adapters import BUILTIN

EPOCHS = range(30)


def read(root: Path, settings: MonitorSettings | None = None) -> Snapshot:
    formats = (SeveralRuns(), *BUILTIN)
    return Monitor([str(root)], formats, settings or MonitorSettings(once=True)).read_all()


def names(snapshot: Snapshot) -> list[str]:
    return [run.name.text for run in snapshot.runs]


def write(path: Path, *parts: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(parts), errors="surrogateescape")
    return path


def losses(run: RunSnapshot) -> dict[str, list[float]]:
    return {curve.tag.text: curve.value.tolist() for curve in run.metrics}


def test_each_run_has_the_points_and_the_verdict_of_a_log_of_its_own(tmp_path: Path) -> None:
    folds = {"fold 1": lines("fold 1", EPOCHS), "fold 2": lines("fold 2", EPOCHS, turn=9)}
    together = read(write(tmp_path / "all" / "folds.several", *folds.values())).runs
    assert [run.name.text for run in together] == ["folds.several/fold 1", "folds.several/fold 2"]
    assert [run.assessment.verdict for run in together] == [Verdict.CONVERGED, Verdict.OVERFITTING]
    for run, (name, text) in zip(together, folds.items(), strict=True):
        (alone,) = read(write(tmp_path / name / "a.several", text)).runs
        assert (losses(run), run.assessment, run.timeline) == (losses(alone), alone.assessment, alone.timeline)
        assert run.assessment.flags == ()


def test_runs_that_take_turns_in_a_log_are_told_apart(tmp_path: Path) -> None:
    text = "".join(lines("a", range(epoch, epoch + 1)) + lines("b", range(epoch, epoch + 1)) for epoch in EPOCHS)
    runs = read(write(tmp_path / "x.several", text)).runs
    assert [run.val.logged_points for run in runs if run.val] == [30, 30]


def test_a_log_in_a_directory_of_its_own_gives_its_runs_the_name_of_the_directory(tmp_path: Path) -> None:
    write(tmp_path / "exp" / "log.several", lines("fold 1", EPOCHS), lines("fold 2", EPOCHS))
    write(tmp_path / "other" / "log.several", lines("", EPOCHS))
    assert names(read(tmp_path)) == ["exp/fold 1", "exp/fold 2", "other"]


def test_a_run_without_a_name_beside_others_gets_its_number(tmp_path: Path) -> None:
    log = write(tmp_path / "x.several", lines("b", EPOCHS), lines("", EPOCHS), lines(" ", EPOCHS))
    assert names(read(log)) == ["x.several", "x.several/3", "x.several/b"]


def test_two_runs_never_have_the_same_name(tmp_path: Path) -> None:
    write(tmp_path / "a" / "x.several", lines("b", EPOCHS), lines("c", EPOCHS))
    write(tmp_path / "a" / "b" / "x.several", lines("", EPOCHS, turn=9))
    assert len(set(names(read(tmp_path)))) == 3


@pytest.mark.parametrize("name", ["\x1b[2J", "/etc", "../..", "\udcff", "\u202e", "x" * 10_000])
def test_names_in_a_log_are_sanitised_and_cannot_lead_elsewhere(tmp_path: Path, name: str) -> None:
    runs = read(write(tmp_path / "x.several", lines(name, EPOCHS), lines("b", EPOCHS))).runs
    assert len({run.name for run in runs}) == 2
    assert all(run.name.text.startswith("x.several/") and run.name.text.isprintable() for run in runs)


def test_equal_runs_in_one_log_are_both_shown(tmp_path: Path) -> None:
    snapshot = read(write(tmp_path / "x.several", lines("fold 1", EPOCHS), lines("fold 2", EPOCHS)))
    assert (len(snapshot.runs), snapshot.skipped) == (2, ())


def test_a_step_back_inside_a_run_is_a_restart_as_before(tmp_path: Path) -> None:
    log = write(tmp_path / "x.several", lines("a", EPOCHS), lines("b", EPOCHS), lines("a", range(20, 40)))
    first, second = read(log).runs
    assert first.assessment.flags == ("restarted",)
    assert second.assessment.flags == ()


def test_options_and_json_work_on_each_run(tmp_path: Path) -> None:
    log = write(tmp_path / "x.several", lines("a", EPOCHS), lines("b", EPOCHS))
    snapshot = read(log, MonitorSettings(TagOverride(val="loss"), once=True))
    report = json.loads(dumps(snapshot_report(snapshot)))
    assert [(run["run"], run["path"], run["val"]["tag"]) for run in report["runs"]] == [
        (f"x.several/{run}", str(log), "loss") for run in "ab"
    ]


def test_points_of_all_runs_count_for_the_limit_of_memory(tmp_path: Path) -> None:
    log = write(tmp_path / "x.several", *(lines(f"fold {fold}", range(2000)) for fold in range(4)))
    snapshot = read(log, MonitorSettings(once=True, limits=Limits(total_points=4000, min_points_per_tag=16)))
    assert sum(len(curve.x) for run in snapshot.runs for curve in run.metrics) <= 4000
    assert [run.val.logged_points for run in snapshot.runs if run.val] == [2000] * 4


def test_a_log_of_endless_runs_is_read_up_to_a_limit_and_says_so(tmp_path: Path) -> None:
    log = write(tmp_path / "x.several", *(f"{run};0;1;1\n" for run in range(50)))
    runs = read(log, MonitorSettings(once=True, limits=Limits(runs_per_log=20))).runs
    assert len(runs) == 20
    assert runs[0].warnings == ("more than 20 runs: the others are left out",)


@pytest.fixture
def watch(tmp_path: Path) -> WatchedMonitor:
    return WatchedMonitor(tmp_path, formats=(SeveralRuns(),))


def append(log: Path, text: str) -> None:
    with log.open("a") as file:
        file.write(text)


def test_a_run_that_begins_while_we_watch_leaves_the_earlier_ones_as_they_are(
    tmp_path: Path, watch: WatchedMonitor
) -> None:
    log = write(tmp_path / "x.several", lines("fold 1", EPOCHS))
    before = watch.run("x.several/fold 1")
    append(log, lines("fold 2", range(5)))
    first, second = watch.look().runs
    assert first is before
    assert (second.name.text, second.val and second.val.logged_points) == ("x.several/fold 2", 5)


def test_an_unnamed_run_keeps_the_name_of_its_log_when_another_begins(tmp_path: Path, watch: WatchedMonitor) -> None:
    log = write(tmp_path / "x.several", lines("", EPOCHS))
    (alone,) = watch.look().runs
    append(log, lines("second", range(5)))
    first, second = watch.look().runs
    assert first.name == alone.name
    assert second.name.text.endswith("x.several/second")


def test_a_run_that_the_log_has_left_behind_is_finished_not_stalled(tmp_path: Path, watch: WatchedMonitor) -> None:
    log = write(tmp_path / "x.several", lines("fold 1", range(5)))
    watch.look()
    append(log, lines("fold 1", range(5, 9)))
    watch.look()
    append(log, lines("fold 2", range(5)))
    watch.wall_clock.now = log.stat().st_mtime
    assert [run.status for run in watch.look().runs] == [RunStatus.ENDED, RunStatus.RUNNING]
    watch.clock.now += 100_000
    assert [run.status for run in watch.look().runs] == [RunStatus.ENDED, RunStatus.STALLED]


def test_an_overwritten_log_holds_only_its_new_runs(tmp_path: Path, watch: WatchedMonitor) -> None:
    log = write(tmp_path / "x.several", lines("a", EPOCHS), lines("b", EPOCHS))
    assert len(watch.look().runs) == 2
    log.write_text(lines("c", range(40)) + lines("b", range(40), turn=9))
    watch.look()
    assert [(run.name.text, run.assessment.flags) for run in watch.look().runs] == [
        ("x.several/b", ("restarted",)),
        ("x.several/c", ()),
    ]


def test_train_and_validation_files_with_the_same_runs_are_put_together_run_by_run(tmp_path: Path) -> None:
    for split in ("train", "val"):
        write(tmp_path / f"loss_{split}.several", *(lines(fold, EPOCHS) for fold in ("fold 1", "fold 2")))
    snapshot = read(tmp_path)
    assert [run.name.text.rpartition("/")[2] for run in snapshot.runs] == ["fold 1", "fold 2"]
    assert all(len(run.metrics) == 4 for run in snapshot.runs)
