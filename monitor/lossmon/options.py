"""Settings from the command line and the configuration file, in that order."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import platformdirs

from lossmon.arguments import X_AXES, in_seconds
from lossmon.errors import LossmonError

_CHECKS: dict[str, Callable[[Any], bool]] = {
    "train": lambda value: isinstance(value, str),
    "val": lambda value: isinstance(value, str),
    "x": lambda value: value in X_AXES,
    "poll": lambda value: isinstance(value, (int, float)) and not isinstance(value, bool) and in_seconds(value),
    "no_gpu": lambda value: isinstance(value, bool),
}


def configured(arguments: argparse.Namespace) -> argparse.Namespace:
    """Return *arguments* with what they leave open taken from the configuration file, if there is one."""
    path = _path(getattr(arguments, "config", None))
    for key, value in (_read(path) if path else {}).items():
        if getattr(arguments, key, True) in (None, False):
            setattr(arguments, key, value)
    return arguments


def _path(given: str | None) -> Path | None:
    """Return the file to read: the one given, else the person's own; never one from the watched directory."""
    if given is not None:
        return Path(given)
    path = platformdirs.user_config_path("lossmon") / "config.toml"
    return path if path.is_file() else None


def _read(path: Path) -> dict[str, Any]:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise LossmonError(f"{path}: cannot be read: {error}; give another with --config") from None
    return _checked(path, _parsed(path, text))


def _parsed(path: Path, text: str) -> dict[str, Any]:
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise LossmonError(f"{path}: is not TOML: {error}") from None


def _checked(path: Path, values: dict[str, Any]) -> dict[str, Any]:
    known = {key.replace("-", "_"): value for key, value in values.items()}
    for key, value in known.items():
        if key not in _CHECKS:
            raise LossmonError(f"{path}: there is no setting {key!r}; known are {', '.join(_CHECKS)}")
        if not _CHECKS[key](value):
            raise LossmonError(f"{path}: {key} cannot be {value!r}")
    return known
