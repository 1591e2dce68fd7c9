from __future__ import annotations

import threading

from tests.support.alerts import ScriptedChannel, an_alert

from lossmon.alerts.channel import RETRY_SECONDS, DeliveryError, Outbox

ALERT = an_alert()
SECONDS = 10.0


class Waits:
    """Notes how long somebody would have waited."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    def __call__(self, seconds: float) -> bool:
        self.seconds.append(seconds)
        return False


def sent_by(channel: ScriptedChannel, *, alerts: int = 1, wait: Waits | None = None) -> list[str]:
    """Send *alerts* and return the notices."""
    notices: list[str] = []
    outbox = Outbox(channel, notices.append, wait=wait or Waits())
    for _ in range(alerts):
        outbox.put(ALERT)
    outbox.finish()
    outbox.join(SECONDS)
    return notices


def test_an_attempt_that_fails_is_repeated_later_and_later() -> None:
    channel, waits = ScriptedChannel([DeliveryError("HTTP 500", may_pass=True)] * 2), Waits()
    assert sent_by(channel, wait=waits) == []
    assert channel.sent == [ALERT]
    assert waits.seconds == [*RETRY_SECONDS[:2]]


def test_a_server_may_ask_for_more_time_but_not_for_days() -> None:
    errors = [DeliveryError("HTTP 429", may_pass=True, retry_after=seconds) for seconds in (30.0, 1e9)]
    waits = Waits()
    sent_by(ScriptedChannel(errors), wait=waits)
    assert waits.seconds == [30.0, 300.0]


def test_an_alert_is_given_up_after_some_attempts_and_that_is_told_once() -> None:
    channel = ScriptedChannel([DeliveryError("HTTP 500", may_pass=True)] * 2 * (len(RETRY_SECONDS) + 1))
    assert sent_by(channel, alerts=3) == ["alerts: scripted: HTTP 500"]
    assert channel.sent == [ALERT]


def test_what_cannot_succeed_is_not_repeated() -> None:
    channel = ScriptedChannel([DeliveryError("HTTP 404")])
    assert sent_by(channel) == ["alerts: scripted: HTTP 404"]
    assert channel.attempts == 1


def test_a_failure_after_a_success_is_told_again() -> None:
    channel = ScriptedChannel([DeliveryError("first"), None, DeliveryError("second")])
    assert sent_by(channel, alerts=3) == ["alerts: scripted: first", "alerts: scripted: second"]


def test_a_programming_error_in_a_channel_ends_nothing() -> None:
    channel = ScriptedChannel([ZeroDivisionError()])  # type: ignore[list-item]
    assert sent_by(channel, alerts=2) == ["alerts: scripted: internal error: ZeroDivisionError"]
    assert channel.sent == [ALERT]


class HangingChannel(ScriptedChannel):
    """A channel that hangs until it is stopped."""

    def __init__(self) -> None:
        super().__init__()
        self.hangs, self.may_end = threading.Event(), threading.Event()

    def send(self, alert: object) -> str:
        self.hangs.set()
        self.may_end.wait(SECONDS)
        return ""


def test_a_channel_that_hangs_delays_nobody_and_what_it_cannot_take_is_lost_with_a_word() -> None:
    channel, notices = HangingChannel(), list[str]()
    outbox = Outbox(channel, notices.append)
    for _ in range(200):
        outbox.put(ALERT)
    assert channel.hangs.wait(SECONDS)
    assert notices == ["alerts: scripted: alerts are lost, because it is too slow"]
    outbox.finish()
    outbox.join(0.0)
    channel.may_end.set()


def test_without_an_alert_there_is_no_thread() -> None:
    before = threading.active_count()
    outbox = Outbox(ScriptedChannel(), print)
    assert threading.active_count() == before
    outbox.finish()
    outbox.join(SECONDS)


def test_an_alert_that_is_not_sent_in_time_at_the_end_is_told_with_the_reason() -> None:
    channel, notices = ScriptedChannel([DeliveryError("Connection refused", may_pass=True)]), list[str]()
    waits, may_end = threading.Event(), threading.Event()

    def wait(_: float) -> bool:
        waits.set()
        return may_end.wait(SECONDS)

    outbox = Outbox(channel, notices.append, wait=wait)
    outbox.put(ALERT)
    assert waits.wait(SECONDS)
    outbox.finish()
    outbox.join(0.001)
    may_end.set()
    assert notices == ["alerts: scripted: Connection refused; the last alerts are lost"]
