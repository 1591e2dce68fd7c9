"""The rules of other programs report what those programs report; each figure here was seen in the named release."""

from __future__ import annotations

import pytest
from tests.bench.histories.programs import PROGRAMS

DOCTOR, MEDIC, EPOKIO, PROOF = "finetune-doctor 0.2.2", "runmedic 0.1.1", "epokio 0.9.5", "trainproof 0.22"
STOPPING, SMOOTHED = "sk-autod 0.1.1, missed early stopping", "sk-autod 0.1.1, overfitting"
SPOTTER, LINT, RISE = "trainspotter 0.2.6", "losslint 0.4.1", "training-doctor 0.1.0, rise"
FALLING = [1.0 - 0.02 * at for at in range(30)]


def reports(name: str, validation: list[float], train: list[float] | None = None) -> list[bool]:
    return PROGRAMS[name]((train or FALLING)[: len(validation)], validation)


def risen(share: float) -> list[float]:
    """Return a validation loss that lies *share* over its best, which is the second of ten, at the third and after."""
    return [1.0, 0.5, *[0.5 * (1 + share)] * 8]


def turned(rise: float = 0.02) -> list[float]:
    """Return a validation loss that falls to 0.5 in ten evaluations and then rises by *rise* in each of twenty."""
    return [1.0 - 0.05 * at for at in range(11)] + [0.5 + rise * at for at in range(1, 20)]


@pytest.mark.parametrize(
    ("name", "share"), [(DOCTOR, 0.03), (MEDIC, 0.05), (STOPPING, 0.05), (EPOKIO, 0.1), (PROOF, 0.2)]
)
def test_a_rise_is_reported_from_the_share_that_the_program_states(name: str, share: float) -> None:
    assert reports(name, risen(share + 0.004))[-1]
    assert not any(reports(name, risen(share - 0.004)))


@pytest.mark.parametrize(
    ("name", "first"),
    [
        (DOCTOR, 11),
        (MEDIC, 13),
        (EPOKIO, 14),
        (PROOF, 17),
        (STOPPING, 12),
        (SMOOTHED, 14),
        (SPOTTER, 13),
        (LINT, 13),
        (RISE, 20),
    ],
)
def test_a_smooth_turn_at_the_eleventh_evaluation_is_reported_at_this_one(name: str, first: int) -> None:
    assert reports(name, turned()).index(True) == first


@pytest.mark.parametrize("name", [EPOKIO, PROOF, MEDIC, SMOOTHED, LINT, RISE])
def test_a_rise_that_train_shares_is_not_reported(name: str) -> None:
    rising = [1.0 + 0.2 * at for at in range(30)]
    assert not any(reports(name, turned(), rising))


@pytest.mark.parametrize("name", [DOCTOR, STOPPING, SPOTTER])
def test_these_rules_do_not_look_at_train(name: str) -> None:
    rising = [1.0 + 0.2 * at for at in range(30)]
    assert reports(name, turned(), rising) == reports(name, turned())


def test_finetune_doctor_takes_a_rise_of_twice_the_noise_for_noise() -> None:
    assert reports(DOCTOR, [1.0, 0.5, *[0.53, 0.53] * 4])[-1]
    assert not reports(DOCTOR, [1.0, *[0.5, 0.53] * 4])[-1]


def test_trainspotter_wants_a_line_that_rises_beyond_doubt() -> None:
    assert reports(SPOTTER, [1.0, 0.5, 0.51, 0.515, 0.52, 0.53])[-1]
    assert not reports(SPOTTER, [1.0, 0.5, 0.6, 0.51, 0.59, 0.52])[-1]


def test_training_doctor_compares_the_last_third_with_the_middle_one() -> None:
    flat = [1.0, *[0.5] * 5]
    assert reports(RISE, [*flat, *[0.527] * 3])[-1]
    assert not any(reports(RISE, [*flat, *[0.523] * 3]))


def test_losslint_counts_rises_in_a_row_and_forgets_them_at_the_first_fall() -> None:
    falls, rises = [0.9, 0.8, 0.7, 0.6, 0.5], [0.51, 0.52, 0.53]
    assert reports(LINT, [*falls, *rises, 0.52]) == [*[False] * 7, True, False]


def test_sk_autod_says_nothing_of_a_best_in_the_last_tenth() -> None:
    late = [1.0 - 0.01 * at for at in range(28)]
    assert not reports(STOPPING, [*late, 0.9])[-1]
    assert reports(STOPPING, [*late[:-5], *[0.9] * 6])[-1]


def test_epokio_leaves_out_evaluations_of_zero() -> None:
    assert not any(reports(EPOKIO, [0.0, 0.0, 0.0, *[0.5] * 9]))
