"""The kinds of settings in the configuration file, and how they are checked."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from lossmon.cli.messages import did_you_mean
from lossmon.core.errors import LossmonError


class Setting(NamedTuple):
    """The values that a setting may have."""

    is_valid: Callable[[object], bool]
    expected: str
    """The valid values in words, for error messages."""
    default: str = ""
    """What holds where it is not set, in words."""
    is_secret: bool = False
    """Whether its value must not be shown."""


class Table(NamedTuple):
    """A table of settings, or with *repeats* a list of such tables: ``[alerts]``, ``[[alerts.webhook]]``."""

    settings: Callable[[], Schema]
    default: str = ""
    """What holds where there is none, in words."""
    repeats: bool = False
    keeps_names: bool = False
    """Whether hyphens in the names of its settings are kept; elsewhere they stand for underscores."""


Schema = Mapping[str, "Setting | Table"]


def is_text(value: object) -> bool:
    """Return whether *value* is a string."""
    return isinstance(value, str)


def is_switch(value: object) -> bool:
    """Return whether *value* is true or false."""
    return isinstance(value, bool)


def is_list_of(words: tuple[str, ...]) -> Callable[[object], bool]:
    """Return a function that tells whether a value is a list of some of *words*."""
    return lambda value: isinstance(value, list) and all(word in words for word in value)


def validated(
    values: Mapping[str, Any], schema: Schema, where: str = "", *, keeps_names: bool = False
) -> dict[str, Any]:
    """Return *values* by the names of options, ``no-gpu`` as ``no_gpu``.

    Raises LossmonError if one is unknown or invalid; *where* is the table that they are in, such as ``alerts.``.
    """
    named = {key if keeps_names else key.replace("-", "_"): value for key, value in values.items()}
    return {name: _checked(name, value, schema, where) for name, value in named.items()}


def _checked(name: str, value: Any, schema: Schema, where: str) -> Any:  # noqa: ANN401 - what TOML holds
    entry = schema.get(name)
    if entry is None:
        raise LossmonError(f"unknown setting {where + name!r}; {_known_names(name, schema)}")
    full = where + name
    if isinstance(entry, Setting):
        if not entry.is_valid(value):
            shown = "not valid" if entry.is_secret else repr(value)
            raise LossmonError(f"{full} is {shown}, but must be {entry.expected}")
        return value
    if not entry.repeats:
        return _checked_table(value, entry, full)
    if not isinstance(value, list):
        raise LossmonError(f"{full} must be written as [[{full}]]")
    return [_checked_table(one, entry, f"{full}[{number}]") for number, one in enumerate(value, 1)]


def _checked_table(value: object, table: Table, where: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise LossmonError(f"{where} is {value!r}, but must be a table: [{where}]")
    return validated(value, table.settings(), f"{where}.", keeps_names=table.keeps_names)


def _known_names(unknown: str, schema: Schema) -> str:
    """Return what the writer of an unknown name may have meant: the nearest known one, else all."""
    return did_you_mean(unknown, schema) or f"known settings: {', '.join(schema)}"


def table_lines(name: str, values: Mapping[str, Any], table: Table) -> Iterator[str]:
    """Yield the lines of a table in TOML, as ``lossmon config`` prints it: secrets are not shown, and commented out."""
    entries = table.settings()
    inner = {one: entry for one in values if isinstance(entry := entries[one], Table)}
    yield f"[{name}]  # this file"
    for one in values:
        if one not in inner:
            yield f"{one} = {json.dumps(values[one])}"
    for one, entry in inner.items():
        if not entry.repeats:
            yield from table_lines(f"{name}.{one}", values[one], entry)
            continue
        for repeated in values[one]:
            yield f"# [[{name}.{one}]]"
            yield from (_commented(key, value, entry.settings()[key]) for key, value in repeated.items())


def _commented(name: str, value: object, setting: Setting | Table) -> str:
    is_secret = isinstance(setting, Setting) and setting.is_secret
    return f"# {name} is set, and not shown" if is_secret else f"# {name} = {json.dumps(value)}"
