from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.scripted import run_snapshot

from lossmon.core.snapshot import RunSnapshot
from lossmon.core.text import Name
from lossmon.presentation.run_groups import group_runs

RUN = run_snapshot()


def runs(*names: str, settings: list[dict[str, str]] | None = None) -> list[RunSnapshot]:
    stated = settings or [{} for _ in names]
    return [
        replace(RUN, name=Name.of(name), hyperparameters=tuple(each.items()))
        for name, each in zip(names, stated, strict=True)
    ]


def grouped(*names: str, settings: list[dict[str, str]] | None = None) -> dict[str, list[str]]:
    groups = group_runs(runs(*names, settings=settings))
    return {group.name: [run.name.text for run in group.runs] for group in groups}


@pytest.mark.parametrize(
    ("names", "group"),
    [
        (["lstm-seed42", "lstm-seed1337"], "lstm-seed*"),
        (["cv.log/fold 1", "cv.log/fold 2"], "cv.log/fold *"),
        (["a/seed_1/csv", "a/seed_20/csv"], "a/seed_*/csv"),
        (["exp-0", "exp-1", "exp-2"], "exp-*"),
        (["exp-9/run_1", "exp-9/run_10"], "exp-9/run_*"),
    ],
)
def test_names_that_differ_in_the_number_of_a_repetition_are_a_group(names: list[str], group: str) -> None:
    assert grouped(*names) == {group: names}


@pytest.mark.parametrize(
    "names", [["lstm-128", "lstm-512"], ["resnet18", "resnet34"], ["a-seed1", "b-seed2"], ["a1b1", "a2b2"], ["a"]]
)
def test_other_numbers_make_no_group(names: list[str]) -> None:
    assert grouped(*names) == {}


def test_runs_whose_settings_differ_in_more_than_the_seed_are_no_group() -> None:
    rates = [{"lr": "0.1", "seed": "1"}, {"lr": "0.2", "seed": "2"}]
    assert grouped("exp-0", "exp-1", settings=rates) == {}
    assert grouped("exp-seed1", "exp-seed2", settings=rates) == {}


def test_runs_whose_settings_differ_only_in_the_seed_are_a_group_by_whatever_names() -> None:
    settings = [{"lr": "0.1", "seed": seed, "output_dir": f"/a/{seed}"} for seed in "127"]
    assert grouped("exp-calm", "exp-wild", "exp-x", settings=settings) == {"exp-*": ["exp-calm", "exp-wild", "exp-x"]}
    assert grouped("exp-calm", "exp-wild", settings=[{"lr": "1"}, {"lr": "1"}]) == {}


def test_several_groups_are_told_apart_and_other_runs_are_in_none() -> None:
    names = ["a/fold1", "a/fold2", "b/fold1", "b/fold2", "c"]
    assert grouped(*names) == {"a/fold*": ["a/fold1", "a/fold2"], "b/fold*": ["b/fold1", "b/fold2"]}


def test_a_group_knows_the_spread_of_the_best_values_and_what_all_members_share() -> None:
    members = runs("s-seed1", "s-seed2", "s-seed3", settings=[{"lr": "1", "seed": seed} for seed in "123"])
    bests = (0.5, 0.25, float("nan"))
    (group,) = group_runs(
        [
            replace(run, assessment=replace(run.assessment, best_value=best))
            for run, best in zip(members, bests, strict=True)
        ]
    )
    assert (group.best_values, group.spread, group.settings) == ((0.25, 0.5), "0.25–0.5", {"lr": "1"})


NAMES = st.lists(st.from_regex(r"[ab]{0,2}(seed|fold|-)?[0-9]{0,3}(/[0-9])?", fullmatch=True), unique=True, max_size=9)


@given(NAMES)
def test_no_run_is_in_two_groups_and_every_group_has_members(names: list[str]) -> None:
    groups = group_runs(runs(*names))
    members = [run.name for group in groups for run in group.runs]
    assert len(members) == len(set(members))
    assert all(len(group.runs) > 1 for group in groups)


def test_runs_whose_names_begin_with_other_words_are_no_group_though_no_setting_tells_the_models_apart() -> None:
    settings = [{"lr": "0.1", "seed": seed} for seed in "1234"]
    assert grouped("cnn-41", "tfm-44", settings=settings[:2]) == {}
    assert grouped("calm", "wild", settings=settings[:2]) == {}
    names = ["cnn-41", "cnn-46", "tfm-44", "tfm-49"]
    assert grouped(*names, settings=settings) == {"cnn-*": names[:2], "tfm-*": names[2:]}
    assert len(grouped("2026-01-31/09-10", "2026-01-31/09-15", settings=settings[:2])) == 1
