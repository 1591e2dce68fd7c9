"""Tell by its path whether a file belongs to a checkpoint, and which epoch or step its name gives."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from enum import Enum

from lossmon.core.checkpoint import CheckpointRole


class Numbering(Enum):
    """How the numbers in the name of a checkpoint count."""

    UNKNOWN = "as the training script chose"
    HUGGING_FACE = "steps, as its log counts them"
    LIGHTNING = "epochs from 0; steps that were done, one more than its log names"
    KERAS = "epochs from 1"


@dataclass(frozen=True, slots=True)
class CheckpointName:
    """What the path of a file says of the checkpoint that it belongs to."""

    path: str
    """The checkpoint: this file, the directory of all its files, or what the names of its parts begin with."""
    role: CheckpointRole
    epoch: int | None = None
    step: int | None = None
    number: int | None = None
    """A number of which the name does not say what it counts; None beside an epoch or step."""
    values: tuple[str, ...] = ()
    """Numbers with a fraction, one of which may be the validation loss: ``0.42``."""
    numbering: Numbering = Numbering.UNKNOWN
    has_weights: bool = True
    """Whether this file holds weights, or at least shows that its directory is a checkpoint."""
    is_directory: bool = False

    @property
    def has_number(self) -> bool:
        """Whether an epoch, a step or any number is named."""
        return (self.epoch, self.step, self.number) != (None, None, None)


_DIRECTORIES = (
    re.compile(r"(?P<path>(?:.*/)?(?P<label>checkpoint)[-_](?P<number>\d{1,12}))/(?P<rest>.+)", re.DOTALL),
    re.compile(
        r"(?P<path>(?:.*/)?(?P<label>epoch|step|iter|global_step)[-_=]?(?P<number>\d{1,12}))/(?P<rest>.+)", re.DOTALL
    ),
)
"""Paths in a directory that is named after a step or an epoch, the surest name first."""
_NUMBERED_DIRECTORY = re.compile(r"(?:checkpoint[-_]|(?:epoch|step|iter)[-_=]?)\d{1,12}/")
"""What a path without these need not be compared with them, which takes longer."""
_MODEL_FILES = re.compile(
    r"(?:.*/)?(?:model|pytorch_model|adapter_model|tf_model|flax_model|diffusion_pytorch_model|consolidated|mp_rank_\d+\w*)"
    r"(?:[-_.]?\d+(?:-of-\d+)?)?(?:_fsdp_\d+)?\.(?:safetensors|bin|pt|pth|h5|msgpack)|.*\.distcp",
    re.DOTALL,
)
"""Files in such a directory that hold weights."""
_SUFFIXES = (
    ".weights.h5", ".pth.tar", ".pt.tar", ".ckpt", ".pt", ".pth", ".keras", ".cbm", ".ubj", ".pdparams", ".safetensors"
)  # fmt: skip
"""What hardly anything but a model ends in."""
_AMBIGUOUS_SUFFIXES = (".h5", ".hdf5", ".bin", ".pkl", ".joblib", ".model", ".zip", ".params")
"""What a model may end in, but other data too."""
_KERAS_SUFFIXES = (".weights.h5", ".keras", ".h5", ".hdf5")
_TENSORFLOW = re.compile(r"(?P<path>.+?)\.(?:index|(?P<weights>data-\d{5}-of-\d{5}))", re.DOTALL)
"""The parts of a checkpoint that TensorFlow writes: ``ckpt-5.index``, ``ckpt-5.data-00000-of-00001``."""
_SHARD = re.compile(r"[-_]\d{3,6}-of-\d{3,6}$")
_VERSION = re.compile(r"-v\d+$")
"""What Lightning adds to a name that is taken."""

_UNITS = {"epoch": "epoch", "epochs": "epoch", "ep": "epoch", "e": "epoch"}
"""Labels that count epochs; all others count steps."""
_LABELLED = re.compile(
    r"(?<![a-z])(epochs?|ep|e|global_?steps?|steps?|iterations?|iters?|it|rounds?)[=_\-. ]{0,2}(\d{1,12})(?![\d]|\.\d)"
)
_LABELLED_AFTER = re.compile(r"(?<![\d.])(\d{1,12})[_\- ]?(epochs?|steps?|iterations?|iters?|rounds?)(?![a-z])")
_NEGATIVE = re.compile(r"(?<![a-z])(?:epochs?|ep|e|global_?steps?|steps?|iterations?|iters?|it|rounds?)[=_]-\d")
"""An epoch or step below 0, which no log has; without ``=`` or ``_`` before it the ``-`` only separates."""
_VALUE = re.compile(r"(?<![\d.])(\d{1,9}\.\d{1,12})(?![\d.])")
_NUMBER = re.compile(
    r"(?<![a-z0-9])(?<!\d\.)(\d{1,9})(?![a-z0-9])|(?<![a-z])(?:model|ckpt|checkpoint|cp|weights)(\d{1,9})(?![a-z0-9])"
)
_MAX_PLAIN_NUMBER = 10_000_000
"""An unlabelled number from here on is more likely a date than an epoch or a step."""

_MODEL_WORDS = frozenset({
    "model", "models", "ckpt", "ckpts", "checkpoint", "checkpoints", "chkpt", "cp", "weights", "weight", "net",
    "network", "snapshot", "snapshots", "best", "last", "latest", "final", "generator", "discriminator",
})  # fmt: skip
_OTHER_STATE = frozenset({"optimizer", "optim", "scheduler", "sched", "scaler", "rng", "args", "ema_state"})
"""Words in the names of files that lie beside a model and hold no weights."""
_DATA = frozenset({
    "dataset", "features", "embeddings", "vocab", "tokenizer", "cache", "samples", "labels", "logits", "predictions",
    "preds", "outputs", "results", "history", "images", "stats",
})  # fmt: skip
"""Words in the names of files that hold data, unless a word for a model stands beside them."""
_SPLITS = frozenset({"data", "train", "val", "valid", "test", "batch"})
"""The same, unless an epoch or a step is named too."""


def checkpoint_name(path: str) -> CheckpointName | None:
    """Return what *path*, with ``/`` between its parts, says of a checkpoint; None if it belongs to none.

    >>> checkpoint_name("out/checkpoint-200/model.safetensors").path
    'out/checkpoint-200'
    >>> checkpoint_name("weights.05-0.42.hdf5").number, checkpoint_name("epoch=3-step=400.ckpt").step
    (5, 400)
    >>> checkpoint_name("resnet50.pth"), checkpoint_name("processed/data_12.pt"), checkpoint_name("log.csv")
    (None, None, None)
    """
    if _NUMBERED_DIRECTORY.search(path):
        matches = filter(None, (one.fullmatch(path) for one in _DIRECTORIES))
        if directory := next(matches, None):
            return _in_directory(directory)
    folder, _, file = path.rpartition("/")
    if part := _TENSORFLOW.fullmatch(file):
        return _of_tensorflow(part, folder)
    lower = file.lower()
    suffix = next((one for one in (*_SUFFIXES, *_AMBIGUOUS_SUFFIXES) if lower.endswith(one)), "")
    if not suffix or len(suffix) == len(lower):
        return None
    found = _of_stem(lower[: -len(suffix)], folder, is_ambiguous=suffix in _AMBIGUOUS_SUFFIXES)
    if found and found.role is CheckpointRole.PLAIN and _MODEL_FILES.fullmatch(file):
        role = _role(set(re.split(r"[^a-z]+", folder.rpartition("/")[2].lower())), has_number=False)
        if role is not CheckpointRole.PLAIN:
            return replace(found, path=folder, role=role, is_directory=True)
    return found and replace(found, path=_without_shard(path, suffix), numbering=_numbering(lower, suffix))


def _in_directory(match: re.Match[str]) -> CheckpointName:
    is_step, number = match["label"] != "epoch", int(match["number"])
    return CheckpointName(
        match["path"],
        CheckpointRole.NUMBERED,
        epoch=None if is_step else number,
        step=number if is_step else None,
        numbering=Numbering.HUGGING_FACE if match["label"] == "checkpoint" else Numbering.UNKNOWN,
        has_weights=_MODEL_FILES.fullmatch(match["rest"]) is not None,
        is_directory=True,
    )


def _of_tensorflow(match: re.Match[str], folder: str) -> CheckpointName | None:
    """Return what a part of a checkpoint says; without ``.ckpt`` its number only counts what was saved."""
    stem = match["path"].lower()
    is_of_keras = stem.endswith(".ckpt")
    found = _of_stem(stem.removesuffix(".ckpt"), folder, is_ambiguous=True)
    return found and replace(
        found,
        path=f"{folder}/{match['path']}" if folder else match["path"],
        number=found.number if is_of_keras else None,
        numbering=Numbering.KERAS if is_of_keras else Numbering.UNKNOWN,
        has_weights=match["weights"] is not None,
    )


def _numbering(file: str, suffix: str) -> Numbering:
    if suffix in _KERAS_SUFFIXES:
        return Numbering.KERAS
    return Numbering.LIGHTNING if suffix == ".ckpt" and re.search(r"(epoch|step)=\d", file) else Numbering.UNKNOWN


def _without_shard(path: str, suffix: str) -> str:
    stem, end = path[: -len(suffix)], path[-len(suffix) :]
    return _SHARD.sub("", stem) + end


def _of_stem(stem: str, folder: str, *, is_ambiguous: bool) -> CheckpointName | None:
    """Return what the name of a file says without its suffix, or None if it is no model."""
    stem = _VERSION.sub("", _SHARD.sub("", stem))
    words = set(re.split(r"[^a-z]+", stem))
    epoch, step, left = _labelled(stem)
    values = tuple(_VALUE.findall(left))
    number = _plain_number(_VALUE.sub(" ", left)) if epoch is None and step is None else None
    is_named_model = bool(words & _MODEL_WORDS)
    other = _DATA if (epoch, step) != (None, None) else _DATA | _SPLITS
    if words & _OTHER_STATE or (words & other and not is_named_model):
        return None
    is_in_models = folder.rpartition("/")[2].lower() in _MODEL_WORDS
    if is_ambiguous and not (is_named_model or is_in_models):
        return None
    has_number = (epoch, step, number) != (None, None, None)
    if not (has_number or values or is_named_model):
        return None
    if _NEGATIVE.search(stem):
        return CheckpointName("", _role(words, has_number=False), values=values)
    return CheckpointName("", _role(words, has_number=has_number), epoch, step, number, values)


def _role(words: set[str], *, has_number: bool) -> CheckpointRole:
    if "best" in words:
        return CheckpointRole.BEST
    if words & {"last", "latest"}:
        return CheckpointRole.LAST
    return CheckpointRole.NUMBERED if has_number else CheckpointRole.PLAIN


def _labelled(stem: str) -> tuple[int | None, int | None, str]:
    """Return the epoch and the step that *stem* names, and what is left of it."""
    found = [(match[1], match[2]) for match in _LABELLED.finditer(stem)]
    left = _LABELLED.sub(" ", stem)
    if not found:
        found = [(match[2], match[1]) for match in _LABELLED_AFTER.finditer(stem)]
        left = _LABELLED_AFTER.sub(" ", stem)
    numbers = {_UNITS.get(label, "step"): int(digits) for label, digits in found}
    return numbers.get("epoch"), numbers.get("step"), left


def _plain_number(stem: str) -> int | None:
    """Return the only number that stands by itself in *stem*, or right after a word for a model."""
    numbers = [int(match[1] or match[2]) for match in _NUMBER.finditer(stem)]
    return numbers[0] if len(numbers) == 1 and numbers[0] < _MAX_PLAIN_NUMBER else None
