"""The names that frameworks give to what they save are understood, and others are left alone."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lossmon.core.checkpoint import CheckpointRole
from lossmon.runs.checkpoint_names import Numbering, checkpoint_name


@pytest.mark.parametrize(
    ("path", "checkpoint", "epoch", "step", "number"),
    [
        ("out/checkpoint-20/model.safetensors", "out/checkpoint-20", None, 20, None),
        ("out/checkpoint-20/adapter_model.safetensors", "out/checkpoint-20", None, 20, None),
        ("out/checkpoint-20/pytorch_model.bin", "out/checkpoint-20", None, 20, None),
        ("out/checkpoint-20/model-00001-of-00002.safetensors", "out/checkpoint-20", None, 20, None),
        ("out/checkpoint-20/global_step20/mp_rank_00_model_states.pt", "out/checkpoint-20", None, 20, None),
        ("v/checkpoints/epoch=3-step=400.ckpt", "v/checkpoints/epoch=3-step=400.ckpt", 3, 400, None),
        ("v/checkpoints/epoch=3-step=400-v1.ckpt", "v/checkpoints/epoch=3-step=400-v1.ckpt", 3, 400, None),
        ("epoch=03-val_loss=0.42.ckpt", "epoch=03-val_loss=0.42.ckpt", 3, None, None),
        ("weights.05-0.42.hdf5", "weights.05-0.42.hdf5", None, None, 5),
        ("ckpt/05-0.42.weights.h5", "ckpt/05-0.42.weights.h5", None, None, 5),
        ("model_05.keras", "model_05.keras", None, None, 5),
        ("cp-0004.ckpt.data-00000-of-00001", "cp-0004.ckpt", None, None, 4),
        ("weights/epoch10.pt", "weights/epoch10.pt", 10, None, None),
        ("epoch_12.pth", "epoch_12.pth", 12, None, None),
        ("iter_4000.pth", "iter_4000.pth", None, 4000, None),
        ("best_coco_bbox_mAP_epoch_10.pth", "best_coco_bbox_mAP_epoch_10.pth", 10, None, None),
        ("netG_epoch_10.pth", "netG_epoch_10.pth", 10, None, None),
        ("rl_model_1000_steps.zip", "rl_model_1000_steps.zip", None, 1000, None),
        ("checkpoint_0008.pth.tar", "checkpoint_0008.pth.tar", None, None, 8),
        ("checkpoint12.pt", "checkpoint12.pt", None, None, 12),
        ("lstm_10.pt", "lstm_10.pt", None, None, 10),
        ("10.pt", "10.pt", None, None, 10),
        ("model_10.ubj", "model_10.ubj", None, None, 10),
        ("models/model_3.pkl", "models/model_3.pkl", None, None, 3),
    ],
)
def test_epoch_and_step_are_read_from_the_name(
    path: str, checkpoint: str, epoch: int | None, step: int | None, number: int | None
) -> None:
    name = checkpoint_name(path)
    assert name
    assert (name.path, name.epoch, name.step, name.number, name.has_weights) == (checkpoint, epoch, step, number, True)


@pytest.mark.parametrize(
    "path",
    [
        "log.csv",
        "yolov8n.pt",
        "resnet50.pth",
        "resnet18-f37072fd.pth",
        "processed/data_12.pt",
        "train_1.pt",
        "dataset.h5",
        "vocab_10.pkl",
        "optimizer_epoch_3.pt",
        "predictions_epoch_3.pt",
        "training_args.bin",
        "events.out.tfevents.1700000000.host.1.0",
        ".pt",
        "tmp-checkpoint-10.json",
    ],
)
def test_other_files_are_no_checkpoints(path: str) -> None:
    assert checkpoint_name(path) is None


@pytest.mark.parametrize("path", ["out/checkpoint-20/optimizer.pt", "out/checkpoint-20/trainer_state.json"])
def test_what_lies_beside_the_weights_belongs_to_the_checkpoint(path: str) -> None:
    name = checkpoint_name(path)
    assert name
    assert (name.path, name.step, name.has_weights) == ("out/checkpoint-20", 20, False)


@pytest.mark.parametrize(
    ("path", "role"),
    [
        ("weights/best.pt", CheckpointRole.BEST),
        ("best_model.zip", CheckpointRole.BEST),
        ("weights/last.pt", CheckpointRole.LAST),
        ("checkpoints/last.ckpt", CheckpointRole.LAST),
        ("model.keras", CheckpointRole.PLAIN),
        ("model_20240101.pt", CheckpointRole.PLAIN),
        ("ckpt-5.data-00000-of-00001", CheckpointRole.NUMBERED),
    ],
)
def test_a_name_without_an_epoch_or_step_says_what_it_is_kept_for(path: str, role: CheckpointRole) -> None:
    name = checkpoint_name(path)
    assert name
    assert (name.role, name.has_number) == (role, False)


def test_a_directory_may_say_what_the_model_in_it_is_kept_for() -> None:
    name = checkpoint_name("out/best_model/model.safetensors")
    assert name
    assert (name.path, name.role, name.is_directory) == ("out/best_model", CheckpointRole.BEST, True)


def test_the_framework_says_how_its_numbers_count() -> None:
    paths = ["checkpoint-5/model.safetensors", "epoch=1-step=9.ckpt", "model_05.keras", "model_5.pt"]
    numberings = [name.numbering for path in paths if (name := checkpoint_name(path))]
    assert numberings == [Numbering.HUGGING_FACE, Numbering.LIGHTNING, Numbering.KERAS, Numbering.UNKNOWN]


_PARTS = st.sampled_from([
    "checkpoint-", "epoch", "step", "=", "-", "_", ".", "/", "0", "12", "999999999999", "0.42", "best", "model", "-of-",
    ".pt", ".ckpt", ".h5", ".index", ".data-00000-of-00001", ".safetensors", "\x1b[2J", "\udcff", "é", "\n", "", "²",
    "٣",
])  # fmt: skip


@given(st.one_of(st.text(max_size=60), st.lists(_PARTS, max_size=9).map("".join)))
@settings(max_examples=500, deadline=None)
def test_no_name_is_too_strange(path: str) -> None:
    name = checkpoint_name(path)
    if name is not None:
        assert path.startswith(name.path.removesuffix("/")[:1])
        assert all(float(value) >= 0 for value in name.values)


def test_a_very_long_name_takes_no_time() -> None:
    for path in ("epoch" * 800 + ".pt", "1-" * 2000 + ".pt", "0." * 2000 + ".pt", "checkpoint-1/" * 300 + "x"):
        checkpoint_name(path)


@pytest.mark.parametrize("name", ["epoch=-5.ckpt", "epoch=-5-step=-3.ckpt", "model_epoch_-1.pt", "step=-10.ckpt"])
def test_a_number_below_0_is_no_epoch_or_step(name: str) -> None:
    found = checkpoint_name(name)
    assert found is not None
    assert (found.has_number, found.role) == (False, CheckpointRole.PLAIN)


def test_a_metric_below_0_leaves_the_epoch_known() -> None:
    found = checkpoint_name("epoch=3-reward=-5.ckpt")
    assert found is not None
    assert found.epoch == 3
