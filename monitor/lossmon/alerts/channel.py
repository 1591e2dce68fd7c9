"""A way on which alerts leave, and the thread that sends them, so that nobody waits for it."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from typing import Protocol

from lossmon.alerts.alert import Alert

RETRY_SECONDS = (2.0, 10.0, 60.0)
"""Seconds before each further attempt."""
_MAX_RETRY_SECONDS = 300.0
"""The longest time that a server may ask to wait."""
_NO_ANSWER = "no answer yet"
_MAX_WAITING = 50
"""Alerts that wait for a channel; more are lost, which is told once."""


class DeliveryError(Exception):
    """An alert that could not be sent; the message says why and holds no secrets."""

    def __init__(self, reason: str, *, may_pass: bool = False, retry_after: float = 0.0) -> None:
        super().__init__(reason)
        self.may_pass = may_pass
        """Whether another attempt may succeed."""
        self.retry_after = retry_after
        """Seconds that the other side asks to wait before it."""


class Channel(Protocol):
    """A way on which alerts leave."""

    @property
    def name(self) -> str:
        """What it is called for the user, without secrets."""

    def send(self, alert: Alert) -> str:
        """Send *alert*, within a limited time, and return what came back; raises DeliveryError."""


class Outbox:
    """Sends alerts on one channel in a thread, which is started with the first one.

    A failed attempt is repeated after a while if that may help. The first failure, and the first after a success, goes
    to *notice*. *wait* gets seconds and returns early, with True, when the outbox is closed.
    """

    def __init__(
        self,
        channel: Channel,
        notice: Callable[[str], None],
        *,
        wait: Callable[[float], bool] | None = None,
    ) -> None:
        self._channel, self._notice = channel, notice
        self._closing = threading.Event()
        self._wait = wait or self._closing.wait
        self._queue: queue.Queue[Alert | None] = queue.Queue(_MAX_WAITING + 1)
        self._thread: threading.Thread | None = None
        self._has_failed = False
        self._problem = _NO_ANSWER
        """Why the alert that is being sent was not yet sent."""

    def put(self, alert: Alert) -> None:
        """Send *alert* soon; never waits."""
        if self._queue.qsize() >= _MAX_WAITING:
            self._tell("alerts are lost, because it is too slow")
            return
        self._queue.put_nowait(alert)
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name=f"alerts to {self._channel.name}", daemon=True)
            self._thread.start()

    def finish(self) -> None:
        """Send what waits and then end; returns at once."""
        self._queue.put_nowait(None)

    def join(self, timeout: float) -> None:
        """Wait for the end, at most *timeout* seconds, and then give up, which is told; a command that runs goes on."""
        if self._thread is not None:
            self._thread.join(timeout)
            if self._thread.is_alive() and timeout > 0:
                self._tell(f"{self._problem}; the last alerts are lost")
            self._closing.set()

    def _run(self) -> None:
        while (alert := self._queue.get()) is not None and not self._closing.is_set():
            self._deliver(alert)

    def _deliver(self, alert: Alert) -> None:
        delays = iter(RETRY_SECONDS)
        while (error := self._attempt(alert)) is not None:
            delay = next(delays, None)
            if delay is None or not error.may_pass:
                self._tell(str(error))
                return
            self._problem = str(error)
            if self._wait(max(delay, min(error.retry_after, _MAX_RETRY_SECONDS))):
                return
        self._has_failed, self._problem = False, _NO_ANSWER

    def _attempt(self, alert: Alert) -> DeliveryError | None:
        try:
            self._channel.send(alert)
        except DeliveryError as error:
            return error
        except Exception as error:  # noqa: BLE001 - a channel must not end the program, nor print on its screen
            return DeliveryError(f"internal error: {type(error).__name__}")
        return None

    def _tell(self, problem: str) -> None:
        if not self._has_failed and not self._closing.is_set():
            self._has_failed = True
            self._notice(f"alerts: {self._channel.name}: {problem}")
