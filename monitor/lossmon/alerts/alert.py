"""An alert, and the digest of several."""

from __future__ import annotations

import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from lossmon.alerts.message import condition_message, program_message
from lossmon.core.conditions import STATUS_CONDITIONS
from lossmon.core.snapshot import ProgramOutput, RunSnapshot
from lossmon.core.text import plural, sanitize
from lossmon.core.verdict import Verdict
from lossmon.report.json_report import SCHEMA, JsonValue, run_report

SEVERAL, TEST = "several", "test"
"""The conditions of an alert that is a digest, and of one that only tests a channel."""
_HARMLESS = ("ended", "converged", "learning", TEST)
_MAX_LISTED = 10
"""Alerts of which a digest gives the message."""
_MAX_LENGTH = 600
"""Characters of a message."""


@dataclass(frozen=True, slots=True)
class Alert:
    """One thing to tell, with the facts for programs."""

    condition: str
    """What holds now: one of ``CONDITIONS``, ``several`` or ``test``."""
    message: str
    """One sentence, safe to show anywhere; a digest has a line for each alert."""
    place: str = ""
    """Where: ``host: path``; empty if there is no single place."""
    facts: dict[str, JsonValue] = field(default_factory=dict)

    @property
    def title(self) -> str:
        """Two or three words: ``lossmon: overfitting``."""
        return f"lossmon: {self.condition.replace('-', ' ')}"

    @property
    def text(self) -> str:
        """The message, and where."""
        return f"{self.message}\n{self.place}" if self.place else self.message

    @property
    def is_urgent(self) -> bool:
        """Whether somebody should look soon."""
        return self.condition not in _HARMLESS


def run_alert(condition: str, run: RunSnapshot) -> Alert:
    """Return the alert that *condition* holds for *run*; its facts are those of ``check --json``."""
    report = run_report(run)
    assert isinstance(report, dict), "the report on a run is an object"
    place = sanitize(f"{socket.gethostname()}: {run.path.full_text}", _MAX_LENGTH)
    return _alert(condition, condition_message(condition, run), place, report)


def program_alert(output: ProgramOutput) -> Alert:
    """Return the alert that the program whose output is watched has ended."""
    condition = "failed" if output.failure else "ended"
    return _alert(condition, program_message(output), sanitize(socket.gethostname()), {})


def sample_alert() -> Alert:
    """Return the alert by which a channel is tested."""
    example = f"for example: {Verdict.OVERFITTING.value} since epoch 10"
    return _alert(TEST, f"this is a test of lossmon's alerts ({example})", sanitize(socket.gethostname()), {})


def digest(alerts: Sequence[Alert], left_out: int = 0) -> Alert:
    """Return one alert that lists *alerts*, after which *left_out* more are only counted."""
    listed = [alert.message for alert in alerts[:_MAX_LISTED]]
    more = len(alerts) - len(listed) + left_out
    lines = [f"{plural(len(alerts) + left_out, 'alert')}:", *listed, *([f"and {more} more"] if more else [])]
    facts: list[JsonValue] = [alert.facts for alert in alerts]
    message = "\n".join(lines)
    return Alert(SEVERAL, message, facts={**_common(SEVERAL, message), "alerts": facts, "left_out": left_out})


def _alert(condition: str, message: str, place: str, report: dict[str, JsonValue]) -> Alert:
    short = sanitize(message, _MAX_LENGTH)
    return Alert(condition, short, place, {**_common(condition, short), **report})


def _common(condition: str, message: str) -> dict[str, JsonValue]:
    kind = "status" if condition in STATUS_CONDITIONS else "verdict"
    return {
        "schema": SCHEMA,
        "alert": condition,
        "kind": condition if condition in (SEVERAL, TEST) else kind,
        "message": message,
        "host": sanitize(socket.gethostname()),
        "time": round(time.time(), 3),
    }
