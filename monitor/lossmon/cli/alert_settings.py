"""The table ``[alerts]`` of the configuration file, and the alerts that it and the command line ask for."""

from __future__ import annotations

import argparse
import os
import re
import shlex
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from lossmon.cli.alert_options import shell_word, wants_alerts
from lossmon.cli.config_schema import Schema, Setting, Table, is_list_of, is_text
from lossmon.core.conditions import CONDITIONS, STATUS_CONDITIONS, VERDICT_CONDITIONS
from lossmon.core.errors import LossmonError

if TYPE_CHECKING:
    from lossmon.alerts.gate import QuietHours
    from lossmon.alerts.settings import AlertSettings, Command, Webhook

WEBHOOK_KINDS = ("slack", "discord", "ntfy", "telegram", "json", "apprise")
CHANNELS = ("terminal", "webhook", "command")
_QUIET = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)\s*-\s*([01]?\d|2[0-3]):([0-5]\d)")
_MAX_PER_HOUR, _MAX_SECONDS = 3600, 3600
_HTTP = ("http", "https")


def _is_command(value: object) -> bool:
    return isinstance(value, str) and bool(split_command(value)) and not shell_word(value)


def _is_quiet(value: object) -> bool:
    return isinstance(value, str) and _QUIET.fullmatch(value) is not None


def _count(limit: int) -> Setting:
    return Setting(
        lambda value: isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= limit,
        f"a whole number from 1 to {limit}",
    )


_TEXT = Setting(is_text, "a string")
_SECRET = Setting(is_text, "a string", is_secret=True)
_WEBHOOK: Schema = {
    "kind": Setting(WEBHOOK_KINDS.__contains__, f"one of {', '.join(WEBHOOK_KINDS)}"),
    "name": _TEXT,
    "url": _SECRET,
    "url_env": _TEXT,
    "token": _SECRET,
    "token_env": _TEXT,
    "chat": Setting(lambda value: isinstance(value, (str, int)), "a string or a number"),
}
_COMMAND = "a command as one string, such as 'notify-send hi'; one with a pipe or > needs sh -c '…'"
_COMMANDS: Schema = dict.fromkeys(CONDITIONS, Setting(_is_command, _COMMAND))
SETTINGS: Schema = {
    "verdicts": Setting(is_list_of(VERDICT_CONDITIONS), f"a list of {', '.join(VERDICT_CONDITIONS)}"),
    "statuses": Setting(is_list_of(STATUS_CONDITIONS), f"a list of {', '.join(STATUS_CONDITIONS)}"),
    "channels": Setting(is_list_of(CHANNELS), f"a list of {', '.join(CHANNELS)}"),
    "quiet": Setting(_is_quiet, "a time of day as '22:00-07:00'"),
    "per_hour": _count(_MAX_PER_HOUR),
    "seconds": _count(_MAX_SECONDS),
    "on": Table(lambda: _COMMANDS, keeps_names=True),
    "webhook": Table(lambda: _WEBHOOK, repeats=True),
}
"""What may stand in ``[alerts]``."""


def split_command(text: str) -> tuple[str, ...]:
    """Return the words of a command, as a shell would split it; none if a quote is missing or it holds a NUL."""
    try:
        return () if "\0" in text else tuple(shlex.split(text))
    except ValueError:
        return ()


def wanted_alerts(arguments: argparse.Namespace) -> AlertSettings | None:
    """Return the alerts that the command line and the configuration ask for; None if there are none.

    *arguments* hold what ``apply_config`` found. Raises LossmonError if something is missing.
    """
    if not wants_alerts(arguments):
        return None
    from lossmon.alerts.settings import DEFAULT_CONDITIONS, DEFAULT_PER_HOUR, DEFAULT_SECONDS, AlertSettings

    table: Mapping[str, Any] = {} if arguments.no_alerts else arguments.alerts or {}
    channels = table.get("channels", CHANNELS if table else ())
    verdicts = table.get("verdicts", [one for one in DEFAULT_CONDITIONS if one in VERDICT_CONDITIONS])
    statuses = table.get("statuses", [one for one in DEFAULT_CONDITIONS if one in STATUS_CONDITIONS])
    return AlertSettings(
        conditions=frozenset((*verdicts, *statuses)),
        terminal=arguments.bell or "terminal" in channels,
        webhooks=tuple(_webhooks(table.get("webhook", ()), os.environ)) if "webhook" in channels else (),
        commands=(*_given_commands(arguments), *(_table_commands(table) if "command" in channels else ())),
        quiet=_quiet_hours(table["quiet"]) if "quiet" in table else None,
        per_hour=table.get("per_hour", DEFAULT_PER_HOUR),
        seconds=float(table.get("seconds", DEFAULT_SECONDS)),
    )


def secrets_problem(path: Path, table: Mapping[str, Any]) -> str:
    """Return what is wrong with the permissions of the file at *path*, if the *table* in it holds secrets."""
    if not any(name in webhook for webhook in table.get("webhook", ()) for name in ("url", "token")):
        return ""
    try:
        mode = path.stat().st_mode
    except OSError:
        return ""
    if not stat.S_ISREG(mode) or not mode & (stat.S_IRGRP | stat.S_IROTH):
        return ""
    return f"{path}: others can read the secrets in it; run: chmod 600 {shlex.quote(str(path))}"


def _given_commands(arguments: argparse.Namespace) -> Iterator[Command]:
    from lossmon.alerts.settings import Command

    for conditions, argv in arguments.on or ():
        yield Command(conditions, argv)


def _table_commands(table: Mapping[str, Any]) -> Iterator[Command]:
    from lossmon.alerts.settings import Command

    for condition, text in table.get("on", {}).items():
        yield Command((condition,), split_command(text))


def _quiet_hours(text: str) -> QuietHours:
    from lossmon.alerts.gate import QuietHours

    match = _QUIET.fullmatch(text)
    assert match is not None, "it was checked"
    hour, minute, end_hour, end_minute = map(int, match.groups())
    return QuietHours(hour * 60 + minute, end_hour * 60 + end_minute)


def _webhooks(tables: list[dict[str, Any]], environ: Mapping[str, str]) -> Iterator[Webhook]:
    """Yield the webhooks, each under a name of its own."""
    from lossmon.alerts.settings import Webhook

    names: dict[str, int] = {}
    for number, table in enumerate(tables, 1):
        where = f"alerts.webhook[{number}]"
        kind = table.get("kind")
        if kind is None:
            raise LossmonError(f"{where} has no kind; it is one of {', '.join(WEBHOOK_KINDS)}")
        url, token = (_secret(table, name, where, environ) for name in ("url", "token"))
        _require(kind, url, token, table, where)
        base = table.get("name", kind)
        names[base] = names.get(base, 0) + 1
        yield Webhook(
            kind, base if names[base] == 1 else f"{base}-{names[base]}", url, token, str(table.get("chat", ""))
        )


def _secret(table: Mapping[str, Any], name: str, where: str, environ: Mapping[str, str]) -> str:
    """Return a secret from the file, or from the environment variable that the file names."""
    variable = table.get(f"{name}_env")
    if variable is None:
        return str(table.get(name, "")).strip()
    if variable not in environ:
        raise LossmonError(f"{where}: the environment variable {variable} is not set")
    return environ[variable].strip()


def _require(kind: str, url: str, token: str, table: Mapping[str, Any], where: str) -> None:
    if kind == "telegram":
        for name, value in (("token", token), ("chat", table.get("chat", ""))):
            if value == "":
                raise LossmonError(f"{where}: telegram needs {name}")
    elif not url:
        raise LossmonError(f"{where}: {kind} needs url, or url_env, the name of an environment variable that holds it")
    if url and kind != "apprise" and not _is_http(url):
        raise LossmonError(f"{where}: its url is not valid; it begins with https://")


def _is_http(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in _HTTP and bool(parts.hostname) and url.isprintable() and " " not in url
