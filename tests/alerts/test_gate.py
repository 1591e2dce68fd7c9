from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from tests.support.alerts import an_alert

from lossmon.alerts.alert import Alert
from lossmon.alerts.gate import Gate, QuietHours
from lossmon.report.json_report import JsonValue

ALERT = an_alert()


class Times:
    """A clock in seconds, and the minute of the day."""

    def __init__(self) -> None:
        self.now, self.minute = 0.0, 12 * 60

    def gate(self, per_hour: int = 20, quiet: QuietHours | None = None) -> Gate:
        return Gate(per_hour, quiet, clock=lambda: self.now, minute=lambda: self.minute)


def alerts_in(message: Alert) -> list[JsonValue]:
    """Return the alerts that a message tells."""
    listed = message.facts.get("alerts", [message.facts])
    assert isinstance(listed, list)
    return listed


def test_an_alert_passes_at_once_and_once() -> None:
    gate = Times().gate()
    assert gate.passing([ALERT]) == [ALERT]
    assert gate.passing([]) == []


def test_many_alerts_at_one_time_are_one_digest() -> None:
    gate = Times().gate()
    (message,) = gate.passing([an_alert(f"run-{number}") for number in range(12)])
    assert message.title == "lossmon: several"
    lines = message.message.splitlines()
    assert lines[0] == "12 alerts:"
    assert lines[1].startswith("run-0 is overfitting since epoch 10")
    assert lines[-1] == "and 2 more"
    assert len(alerts_in(message)) == 12


def test_what_is_too_much_is_held_back_and_comes_as_a_digest_when_its_time_has_come() -> None:
    times = Times()
    gate = times.gate(per_hour=2)
    assert len([one for _ in range(4) for one in gate.passing([ALERT])]) == 2
    times.now += 1799
    assert gate.passing([]) == []
    times.now += 2
    (message,) = gate.passing([])
    assert message.message.startswith("2 alerts:\n")


def test_quiet_hours_hold_everything_back_until_their_end() -> None:
    times = Times()
    gate = times.gate(quiet=QuietHours(22 * 60, 7 * 60))
    times.minute = 23 * 60
    assert gate.passing([ALERT]) == []
    times.minute = 6 * 60 + 59
    assert gate.passing([ALERT]) == []
    assert gate.last() == []
    times.minute = 7 * 60
    assert gate.passing([]) == [ALERT, ALERT]


def test_at_the_end_what_was_too_much_is_told_too() -> None:
    gate = Times().gate(per_hour=1)
    assert gate.passing([ALERT]) == [ALERT]
    assert gate.passing([ALERT]) == []
    assert gate.last() == [ALERT]


def test_of_thousands_of_alerts_that_are_held_back_most_are_only_counted() -> None:
    times = Times()
    gate = times.gate(quiet=QuietHours(0, 24 * 60 - 1))
    for _ in range(3000):
        gate.passing([ALERT])
    times.minute = 24 * 60 - 1
    (message,) = gate.passing([])
    assert message.message.startswith("3000 alerts:\n")
    assert message.message.endswith("\nand 2990 more")
    assert message.facts["left_out"] == 2800


@given(st.lists(st.tuples(st.integers(0, 5000), st.integers(0, 9)), max_size=20), st.integers(1, 60))
def test_never_more_messages_than_allowed_and_no_alert_is_lost(steps: list[tuple[int, int]], per_hour: int) -> None:
    times = Times()
    gate = times.gate(per_hour)
    sent: list[Alert] = []
    for seconds, count in steps:
        times.now += seconds
        sent += gate.passing([ALERT] * count)
        assert len(sent) <= 5 + times.now * per_hour / 3600 + 1e-6
    times.now += 3600
    sent += gate.passing([])
    assert sum(len(alerts_in(one)) for one in sent) == sum(count for _, count in steps)
