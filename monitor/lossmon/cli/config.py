"""The configuration file, which sets options that the command line does not give, and ``lossmon config``."""

from __future__ import annotations

import argparse
import json
import os
import select
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import platformdirs

from lossmon.cli.config_schema import Schema, Setting, Table, is_switch, is_text, table_lines, validated
from lossmon.cli.messages import print_notice
from lossmon.cli.option_values import MAX_POLL_SECONDS, MIN_POLL_SECONDS, MODES, is_poll_interval
from lossmon.core.errors import LossmonError
from lossmon.core.own_files import UnusableFileError, read_own_file
from lossmon.core.text import sanitize
from lossmon.presentation.axes import X_AXES
from lossmon.tui.theme import THEMES

_MAX_FILE_SIZE = 1 << 16
"""Bytes; a larger file is not a configuration, and a device such as /dev/zero has no end."""
_MAX_WAIT_SECONDS = 1.0
"""How long to wait for a pipe, such as ``--config <(command)``."""


def _is_x_axis(value: object) -> bool:
    return value in X_AXES


def _is_interval(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and is_poll_interval(value)


def _alert_settings() -> Schema:
    from lossmon.cli.alert_settings import SETTINGS

    return SETTINGS


_SETTINGS: dict[str, Setting | Table] = {
    "train": Setting(is_text, "a string", "the tag of the train loss is chosen by its name"),
    "val": Setting(is_text, "a string", "the tags of the validation loss are chosen by their names"),
    "mode": Setting(MODES.__contains__, f"one of {', '.join(MODES)}", "a metric rises or falls by its name"),
    "x": Setting(_is_x_axis, f"one of {', '.join(X_AXES)}", "what the log counts"),
    "poll": Setting(
        _is_interval,
        f"a number of seconds from {MIN_POLL_SECONDS:g} to {MAX_POLL_SECONDS:g}",
        "changes are reported by the system where it can",
    ),
    "no_gpu": Setting(is_switch, "true or false", "GPUs are shown"),
    "theme": Setting(THEMES.__contains__, f"one of {', '.join(THEMES)}", "the theme that T chose last"),
    "ascii": Setting(is_switch, "true or false", "charts are drawn with what the terminal can show"),
    "no_mouse": Setting(is_switch, "true or false", "clicks and the wheel work on the screen"),
    "follow": Setting(is_switch, "true or false", "links that lead out of a path are not followed"),
    "alerts": Table(_alert_settings, "nobody is told when a run overfits"),
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
        given = getattr(arguments, name, None)
        if given not in (None, False):
            yield f"{name} = {json.dumps(given)}  # command line"
        elif name not in values:
            yield f"# {name} is not set: {setting.default}"
        elif isinstance(setting, Setting):
            yield f"{name} = {json.dumps(values[name])}  # this file"
    for name, setting in _SETTINGS.items():
        if isinstance(setting, Table) and name in values:
            yield from table_lines(name, values[name], setting)


def apply_config(arguments: argparse.Namespace) -> argparse.Namespace:
    """Set each option that the command line left open to its value in the configuration file; return *arguments*.

    Raises LossmonError if the file cannot be read or is invalid.
    """
    path, values = _read_config(arguments)
    for name, value in values.items():
        if getattr(arguments, name, True) in (None, False):
            setattr(arguments, name, value)
    if getattr(arguments, "alerts", None):
        from lossmon.cli.alert_settings import secrets_problem

        if problem := secrets_problem(path, arguments.alerts):
            print_notice(problem)
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
    """Return *values* by the names of options; raises LossmonError if one is unknown or invalid."""
    try:
        return validated(values, _SETTINGS)
    except LossmonError as error:
        raise LossmonError(f"{path}: {error}") from None
