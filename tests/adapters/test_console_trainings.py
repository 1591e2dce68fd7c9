"""Several trainings in one output."""

from __future__ import annotations

from tests.support.decoding import DATA, new_decoder

EPOCHS = "Epoch 1/2 loss 0.9\nEpoch 2/2 loss 0.8\n"


def trainings(text: str) -> dict[str, int]:
    """Return how many points of its loss each training in *text* has."""
    points: dict[str, int] = {}
    for scalars in new_decoder("text").feed(text.encode()):
        if "loss" in scalars.tag.text:
            points[scalars.run] = points.get(scalars.run, 0) + len(scalars)
    return points


def test_each_fold_is_a_training_and_the_first_has_no_name() -> None:
    text = (DATA / "text" / "three_folds.txt").read_text()
    assert trainings(text) == {"": 16, "fold 2": 16, "fold 3": 16}


def test_headings_stand_behind_a_logging_prefix_and_among_words() -> None:
    heading = "2024-01-01 10:00:00,000 - INFO - --- Running fold {} of 2 ---\n"
    assert trainings(heading.format(1) + EPOCHS + heading.format(2) + EPOCHS) == {"": 2, "fold 2": 2}


def test_folds_may_take_turns_if_each_line_says_its_fold() -> None:
    text = "".join(f"[Fold {fold}] Epoch {epoch} loss 0.{epoch}\n" for epoch in (1, 2, 3) for fold in (1, 2))
    assert trainings(text) == {"": 3, "fold 2": 3}


def test_the_trainings_of_a_sweep_are_named_by_their_settings() -> None:
    assert trainings(f"lr=0.1\n{EPOCHS}Training with lr=0.01\n{EPOCHS}") == {"": 2, "lr=0.01": 2}


def test_fits_of_different_keras_models_are_different_trainings() -> None:
    text = f'Model: "sequential"\n{EPOCHS}Model: "sequential_1"\n{EPOCHS}'
    assert trainings(text) == {"": 2, "sequential_1": 2}


def test_a_training_that_is_started_again_is_one_training() -> None:
    assert trainings(f"seed: 42\n{EPOCHS}seed: 42\n{EPOCHS}") == {"": 4}
    assert trainings(EPOCHS + EPOCHS) == {"": 4}


def test_a_training_that_is_resumed_is_one_training() -> None:
    assert trainings(f"run 1\n{EPOCHS}run 2\nEpoch 3/4 loss 0.7\n") == {"": 3}


def test_names_that_come_twice_get_a_number() -> None:
    text = "".join(f"fold {fold}\n{EPOCHS}" for fold in (1, 2, 1, 2))
    assert trainings(text) == {"": 2, "fold 2": 2, "fold 1": 2, "fold 2 (2)": 2}
