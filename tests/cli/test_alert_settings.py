from __future__ import annotations

import argparse
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lossmon.alerts.gate import QuietHours
from lossmon.alerts.settings import AlertSettings, Command
from lossmon.cli.alert_settings import SETTINGS, wanted_alerts
from lossmon.cli.config_schema import Table, validated
from lossmon.core.errors import LossmonError

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
    | st.sampled_from(["slack", "telegram", "overfitting", "22:00-07:00", "https://x/", "a 'b"]),
    lambda values: st.lists(values, max_size=3)
    | st.dictionaries(st.sampled_from([*SETTINGS, "kind", "url", "token", "chat", "overfitting", "x"]), values),
    max_leaves=8,
)  # fmt: skip
"""What a TOML file can hold, and more."""


def wanted(table: object, **options: object) -> AlertSettings | None:
    values = validated({"alerts": table}, {"alerts": Table(lambda: SETTINGS)})
    given_options = {"bell": False, "on": None, "no_alerts": False, **options}
    return wanted_alerts(argparse.Namespace(alerts=values["alerts"], **given_options))


@given(VALUES)
def test_whatever_stands_in_the_table_gives_settings_or_one_error(table: object) -> None:
    with suppress(LossmonError):
        wanted(table)


def test_the_table_is_turned_into_settings() -> None:
    settings = wanted(
        {
            "verdicts": ["unstable"], "statuses": ["gone"], "quiet": "9:30 - 10:00", "per-hour": 3, "seconds": 5,
            "on": {"maybe-overfitting": "a 'b c'"}, "webhook": [{"kind": "ntfy", "url": " https://ntfy.sh/x "}],
        },
        on=[(("ended",), ("x",))],
    )  # fmt: skip
    assert settings is not None
    assert settings.conditions == {"unstable", "gone"}
    assert settings.quiet == QuietHours(570, 600)
    assert (settings.per_hour, settings.seconds, settings.terminal) == (3, 5.0, True)
    assert settings.commands == (Command(("ended",), ("x",)), Command(("maybe-overfitting",), ("a", "b c")))
    assert [(one.name, one.url) for one in settings.webhooks] == [("ntfy", "https://ntfy.sh/x")]


@pytest.mark.parametrize(
    ("channels", "terminal", "webhooks", "commands"),
    [(["webhook"], False, 1, 0), (["command"], False, 0, 1), (["terminal"], True, 0, 0), ([], False, 0, 0)],
)
def test_only_the_channels_that_are_listed_are_used(
    channels: list[str], terminal: bool, webhooks: int, commands: int
) -> None:
    table = {"channels": channels, "on": {"ended": "x"}, "webhook": [{"kind": "json", "url": "http://x/"}]}
    settings = wanted(table)
    assert settings is not None
    assert (settings.terminal, len(settings.webhooks), len(settings.commands)) == (terminal, webhooks, commands)


def test_the_options_of_the_command_line_need_no_table() -> None:
    assert wanted({}) is None
    bell = wanted({}, bell=True)
    assert bell is not None
    assert bell.terminal
    assert bell.conditions == {"diverged", "overfitting", "ended", "failed", "stalled"}
