"""The configuration file: defaults for options that the command line does not give."""

from __future__ import annotations

import argparse
import os
import select
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import platformdirs

from lossmon.cli.messages import print_notice
from lossmon.cli.parser import MAX_POLL_SECONDS, MIN_POLL_SECONDS, MODES, is_poll_interval
from lossmon.core.errors import LossmonError
from lossmon.core.own_files import UnusableFileError, read_own_file
from lossmon.presentation.axes import X_AXES

_MAX_FILE_SIZE = 1 << 16
"""Bytes; a larger file is not a configuration, and a device such as /dev/zero has no end."""
_MAX_WAIT_SECONDS = 1.0
"""How long to wait for a pipe, such as ``--config <(command)``."""


class _Setting(NamedTuple):
    """The values that a setting may have."""

    is_valid: Callable[[object], bool]
    expected: str
    """The valid values in words, for error messages."""


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_x_axis(value: object) -> bool:
    return value in X_AXES


def _is_interval(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and is_poll_interval(value)


def _is_switch(value: object) -> bool:
    return isinstance(value, bool)


_SETTINGS = {
    "train": _Setting(_is_text, "a string"),
    "val": _Setting(_is_text, "a string"),
    "mode": _Setting(MODES.__contains__, f"one of {', '.join(MODES)}"),
    "x": _Setting(_is_x_axis, f"one of {', '.join(X_AXES)}"),
    "poll": _Setting(_is_interval, f"a number of seconds from {MIN_POLL_SECONDS:g} to {MAX_POLL_SECONDS:g}"),
    "no_gpu": _Setting(_is_switch, "true or false"),
    "follow": _Setting(_is_switch, "true or false"),
}


def apply_config(arguments: argparse.Namespace) -> argparse.Namespace:
    """Set each option that the command line left open to its value in the configuration file; return *arguments*.

    Raises LossmonError if the file cannot be read or is invalid.
    """
    given = getattr(arguments, "config", None)
    path = Path(given) if given is not None else platformdirs.user_config_path("lossmon") / "config.toml"
    values = _parse_toml(path, _read_given(path)) if given is not None else _read_own(path)
    settings = _validated(path, values)
    for name, value in settings.items():
        if getattr(arguments, name, True) in (None, False):
            setattr(arguments, name, value)
    return arguments


def _read_own(path: Path) -> dict[str, Any]:
    """Return what the configuration file of the user says; nothing if there is none, or if it cannot be used.

    A file in the watched directory is never read: the program that writes the logs must not change options.
    """
    try:
        return _parse_toml(path, read_own_file(path, _MAX_FILE_SIZE))
    except UnusableFileError as error:
        print_notice(f"{path}: configuration ignored: {error}")
    except LossmonError as error:
        print_notice(f"{error}; the configuration is ignored")
    except OSError:
        pass  # the home directory may be unreadable, for instance that of another user
    return {}


def _read_given(path: Path) -> bytes:
    """Return what is in the file that the command line names; it may be of any kind and belong to anybody."""
    try:
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY), "rb", buffering=0) as file:
            select.select([file], [], [], _MAX_WAIT_SECONDS)
            data = file.read(_MAX_FILE_SIZE + 1) or b""
    except OSError as error:
        raise LossmonError(f"{path}: cannot be read: {error.strerror}; give another file with --config") from None
    if len(data) > _MAX_FILE_SIZE:
        raise LossmonError(f"{path}: larger than {_MAX_FILE_SIZE >> 10} KiB; give a configuration file with --config")
    return data


def _parse_toml(path: Path, data: bytes) -> dict[str, Any]:
    """Return what the TOML in *data* says; raises LossmonError if it is invalid."""
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    try:
        return tomllib.loads(data.decode())
    except UnicodeDecodeError:
        raise LossmonError(f"{path}: not valid UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        raise LossmonError(f"{path}: invalid TOML: {error}") from None
    except RecursionError:
        raise LossmonError(f"{path}: invalid TOML: nested too deeply") from None


def _validated(path: Path, values: dict[str, Any]) -> dict[str, Any]:
    """Return *values* by the names of options, ``no-gpu`` as ``no_gpu``; raises LossmonError if one is invalid."""
    named = {key.replace("-", "_"): value for key, value in values.items()}
    for name, value in named.items():
        if name not in _SETTINGS:
            raise LossmonError(f"{path}: unknown setting {name!r}; known settings: {', '.join(_SETTINGS)}")
        if not _SETTINGS[name].is_valid(value):
            raise LossmonError(f"{path}: {name} is {value!r}, but must be {_SETTINGS[name].expected}")
    return named
