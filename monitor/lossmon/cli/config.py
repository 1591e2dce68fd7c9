"""The configuration file, which sets options that the command line does not give, and ``lossmon config``."""

from __future__ import annotations

import argparse
import difflib
import json
import os
import select
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, NamedTuple

import platformdirs

from lossmon.cli.messages import print_notice
from lossmon.cli.parser import MAX_POLL_SECONDS, MIN_POLL_SECONDS, MODES, is_poll_interval
from lossmon.core.errors import LossmonError
from lossmon.core.own_files import UnusableFileError, read_own_file
from lossmon.core.text import sanitize
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
    default: str
    """What holds where it is not set, in words."""


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_x_axis(value: object) -> bool:
    return value in X_AXES


def _is_interval(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and is_poll_interval(value)


def _is_switch(value: object) -> bool:
    return isinstance(value, bool)


_SETTINGS = {
    "train": _Setting(_is_text, "a string", "the tag of the train loss is chosen by its name"),
    "val": _Setting(_is_text, "a string", "the tags of the validation loss are chosen by their names"),
    "mode": _Setting(MODES.__contains__, f"one of {', '.join(MODES)}", "a metric rises or falls by its name"),
    "x": _Setting(_is_x_axis, f"one of {', '.join(X_AXES)}", "what the log counts"),
    "poll": _Setting(
        _is_interval,
        f"a number of seconds from {MIN_POLL_SECONDS:g} to {MAX_POLL_SECONDS:g}",
        "changes are reported by the system where it can",
    ),
    "no_gpu": _Setting(_is_switch, "true or false", "GPUs are shown"),
    "no_mouse": _Setting(_is_switch, "true or false", "clicks and the wheel work on the screen"),
    "follow": _Setting(_is_switch, "true or false", "links that lead out of a path are not followed"),
}


def run(arguments: argparse.Namespace) -> int:
    """Print the settings that hold, each with where it comes from, and return 0."""
    for line in _effective_lines(arguments):
        print(line)
    return 0


def _effective_lines(arguments: argparse.Namespace) -> Iterable[str]:
    """Yield the lines of a TOML file with the settings in effect."""
    path, values = _read_config(arguments)
    yield f"# {sanitize(str(path))}" + ("" if path.exists() else " is not there: all settings have their defaults")
    for name, setting in _SETTINGS.items():
        given = getattr(arguments, name)
        if given not in (None, False):
            yield f"{name} = {json.dumps(given)}  # command line"
        elif name in values:
            yield f"{name} = {json.dumps(values[name])}  # this file"
        else:
            yield f"# {name} is not set: {setting.default}"


def apply_config(arguments: argparse.Namespace) -> argparse.Namespace:
    """Set each option that the command line left open to its value in the configuration file; return *arguments*.

    Raises LossmonError if the file cannot be read or is invalid.
    """
    for name, value in _read_config(arguments)[1].items():
        if getattr(arguments, name, True) in (None, False):
            setattr(arguments, name, value)
    return arguments


def _read_config(arguments: argparse.Namespace) -> tuple[Path, dict[str, Any]]:
    """Return the path of the configuration file and its settings; raises LossmonError if one is invalid."""
    given = getattr(arguments, "config", None)
    path = Path(given) if given is not None else platformdirs.user_config_path("lossmon") / "config.toml"
    values = _parse_toml(path, _read_given(path)) if given is not None else _read_own(path)
    return path, _validated(path, values)


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
            raise LossmonError(f"{path}: unknown setting {name!r}; {_known_names(name)}")
        if not _SETTINGS[name].is_valid(value):
            raise LossmonError(f"{path}: {name} is {value!r}, but must be {_SETTINGS[name].expected}")
    return named


def _known_names(unknown: str) -> str:
    """Return what the writer of an unknown name may have meant: the nearest known one, else all."""
    nearest = difflib.get_close_matches(unknown, _SETTINGS, 1)
    return f"did you mean {nearest[0]}?" if nearest else f"known settings: {', '.join(_SETTINGS)}"
