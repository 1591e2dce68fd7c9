"""Settings from the command line and the configuration file, in that order."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import platformdirs

from lossmon.cli.parser import in_seconds
from lossmon.core.errors import LossmonError
from lossmon.tui.axes import X_AXES

_LARGEST = 1 << 16
"""Bytes of a configuration; what has more is something else, perhaps a device without an end."""


def _text(value: object) -> bool:
    return isinstance(value, str)


def _axis(value: object) -> bool:
    return value in X_AXES


def _pace(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and in_seconds(value)


def _switch(value: object) -> bool:
    return isinstance(value, bool)


_FITS: dict[str, Callable[[object], bool]] = {
    "train": _text,
    "val": _text,
    "x": _axis,
    "poll": _pace,
    "no_gpu": _switch,
}


def configured(arguments: argparse.Namespace) -> argparse.Namespace:
    """Return *arguments* with what they leave open taken from the configuration file, if there is one."""
    path = _path(getattr(arguments, "config", None))
    for key, value in (_checked(path, _parsed(path, _read(path))) if path else {}).items():
        if getattr(arguments, key, True) in (None, False):
            setattr(arguments, key, value)
    return arguments


def _path(given: str | None) -> Path | None:
    """Return the file to read: the one given, else the person's own; never one from the watched directory."""
    if given is not None:
        return Path(given)
    path = platformdirs.user_config_path("lossmon") / "config.toml"
    try:
        return path if path.is_file() else None
    except OSError:
        # A home that may not be looked into, such as that of another user, holds no settings.
        return None


def _read(path: Path) -> str:
    try:
        with path.open("rb") as file:
            data = file.read(_LARGEST + 1)
        if len(data) > _LARGEST:
            raise LossmonError(f"{path}: is too large for a configuration; give another with --config")
        return data.decode()
    except OSError as error:
        raise LossmonError(f"{path}: cannot be read: {error.strerror}; give another with --config") from None
    except UnicodeDecodeError:
        raise LossmonError(f"{path}: is not UTF-8; give another with --config") from None


def _parsed(path: Path, text: str) -> dict[str, Any]:
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise LossmonError(f"{path}: is not TOML: {error}") from None
    except RecursionError:
        raise LossmonError(f"{path}: is not TOML that anybody wrote: it is nested too deep") from None


def _checked(path: Path, values: dict[str, Any]) -> dict[str, Any]:
    known = {key.replace("-", "_"): value for key, value in values.items()}
    for key, value in known.items():
        if key not in _FITS:
            raise LossmonError(f"{path}: there is no setting {key!r}; known are {', '.join(_FITS)}")
        if not _FITS[key](value):
            raise LossmonError(f"{path}: {key} cannot be {value!r}")
    return known
