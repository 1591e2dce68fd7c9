"""Hyperparameters that programs write into files beside their logs."""

from __future__ import annotations

import json
import os
import re
import stat
import time
from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

from lossmon.core.hyperparameters import Hyperparameters, flatten, from_texts, merge
from lossmon.sources.files import OPEN_FLAGS, TIMESTAMP_RESOLUTION, read_at
from lossmon.sources.settings_yaml import read_settings

_MAX_BYTES = 1 << 16
"""A larger file is no list of settings, and is not read."""
_STATE_SETTINGS = (
    "train_batch_size", "max_steps", "num_train_epochs", "eval_steps", "logging_steps", "save_steps", "trial_name",
)  # fmt: skip
"""What Hugging Face's ``trainer_state.json`` has of settings beside the history."""
_STATE_LINE = re.compile(rf'^ {{0,4}}"({"|".join(_STATE_SETTINGS)})": ([^\n]{{1,200}}?),?$', re.MULTILINE)
_WANDB_VALUE = re.compile(r"([^.]+)\.value((?:\..*)?)")
"""W&B's ``config.yaml`` has the value of each setting one level down, beside a description."""

_Status: TypeAlias = "tuple[int, int, int]"
"""Inode, size and time of the last change of a file."""


def _read_json(data: bytes) -> Hyperparameters:
    return flatten(json.loads(data))


def _read_yaml(data: bytes) -> Hyperparameters:
    return from_texts(read_settings(data.decode("utf-8", "replace")))


def _read_wandb(data: bytes) -> Hyperparameters:
    settings = read_settings(data.decode("utf-8", "replace"))
    matches = ((_WANDB_VALUE.fullmatch(name), value) for name, value in settings)
    return from_texts((f"{match[1]}{match[2]}", value) for match, value in matches if match and match[1] != "_wandb")


def _read_state(data: bytes) -> Hyperparameters:
    """Read the settings among the lines of ``trainer_state.json``, as the Trainer indents them."""
    stated = _STATE_LINE.findall(data.decode("utf-8", "replace"))
    return from_texts((name, value) for name, value in stated if value != "null")


_READERS: Mapping[str, Callable[[bytes], Hyperparameters]] = {
    "hparams.yaml": _read_yaml,
    ".hydra/config.yaml": _read_yaml,
    "args.yaml": _read_yaml,
    "opt.yaml": _read_yaml,
    "hyp.yaml": _read_yaml,
    "params.yaml": _read_yaml,
    "args.json": _read_json,
    "hparams.json": _read_json,
    "params.json": _read_json,
    "training_args.json": _read_json,
    "files/config.yaml": _read_wandb,
    "config.yaml": _read_yaml,
    "config.yml": _read_yaml,
    "config.json": _read_json,
    "trainer_state.json": _read_state,
}
"""The files that hold settings, by their path below the directory of a log; of two values of one name the first counts.

Written by Lightning, Hydra, Ultralytics and YOLOv5, DVC, Ray Tune, Hugging Face, W&B, and many programs of users.
"""


class SettingsFiles:
    """Reads the files with settings in some directories, and reads them again only after they have changed."""

    def __init__(self, directories: Sequence[str] = ()) -> None:
        self._directories = {path: _Directory(path) for path in directories}

    def use(self, directories: Sequence[str]) -> bool:
        """Look in these *directories* from now on, the first one before the others; return whether they differ."""
        if [*directories] == [*self._directories]:
            return False
        self._directories = {path: self._directories.get(path) or _Directory(path) for path in directories}
        return True

    @property
    def paths(self) -> list[str]:
        """The files in which settings were found when they were last read."""
        return [path for directory in self._directories.values() for path in directory.paths]

    def read(self) -> Hyperparameters:
        """Return all settings. Files that cannot be read or understood have none; nothing raises."""
        return merge(directory.read() for directory in self._directories.values())


class _Directory:
    """One directory, and what was read of the files in it."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._listed: tuple[int, int] | None = None
        """Inode and time of the last change of the directory when the names of the files were looked up."""
        self._names: tuple[str, ...] = ()
        self._files: dict[str, tuple[_Status, Hyperparameters]] = {}

    @property
    def paths(self) -> list[str]:
        return [f"{self._path}/{name}" for name in self._names if self._files.get(name, (None, ()))[1]]

    def read(self) -> Hyperparameters:
        self._look_up_names()
        return merge(self._read_file(name) for name in self._names)

    def _look_up_names(self) -> None:
        """Find which of the files there are, unless the directory is as it was."""
        try:
            status = os.stat(self._path)
        except OSError:
            self._names, self._listed = (), None
            return
        listed = status.st_ino, status.st_mtime_ns
        if listed != self._listed:
            self._names = tuple(name for name in _READERS if self._holds(name))
            # Two changes within a moment may leave the same time.
            self._listed = listed if abs(time.time() - status.st_mtime) > TIMESTAMP_RESOLUTION else None

    def _holds(self, name: str) -> bool:
        inner = name.rpartition("/")[0]
        is_behind_link = bool(inner) and os.path.islink(f"{self._path}/{inner}")
        return not is_behind_link and _status(f"{self._path}/{name}") is not None

    def _read_file(self, name: str) -> Hyperparameters:
        path = f"{self._path}/{name}"
        status, known = _status(path), self._files.get(name)
        if status is None:
            return ()
        if known is None or known[0] != status:
            known = self._files[name] = status, _read(path, _READERS[name])
        return known[1]


def _status(path: str) -> _Status | None:
    """Return the status of a regular file; None for anything else, also behind a link, which may lead anywhere."""
    try:
        status = os.lstat(path)
    except (OSError, ValueError):
        return None
    return (status.st_ino, status.st_size, status.st_mtime_ns) if stat.S_ISREG(status.st_mode) else None


def _read(path: str, reader: Callable[[bytes], Hyperparameters]) -> Hyperparameters:
    try:
        data = _read_bytes(path)
        return reader(data) if reader is _read_state or len(data) <= _MAX_BYTES else ()
    except (OSError, ValueError, RecursionError):
        return ()


def _read_bytes(path: str) -> bytes:
    """Return the first bytes of a regular file, and the last ones of one that is longer. Raises OSError."""
    descriptor = os.open(path, OPEN_FLAGS | os.O_NOFOLLOW)
    try:
        size = os.fstat(descriptor).st_size
        if size <= _MAX_BYTES:
            return read_at(descriptor, _MAX_BYTES + 1, 0)
        return read_at(descriptor, _MAX_BYTES, 0) + b"\n" + read_at(descriptor, _MAX_BYTES // 2, size - _MAX_BYTES // 2)
    finally:
        os.close(descriptor)
