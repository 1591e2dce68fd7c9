"""Alerts, channels and services on loopback, for tests of alerts."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.support.evaluated import evaluated_run

from lossmon.alerts.alert import Alert, run_alert
from lossmon.alerts.channel import DeliveryError


def an_alert(name: str = "lstm") -> Alert:
    """Return the alert that the run called *name* overfits."""
    return run_alert("overfitting", evaluated_run(name))


class ScriptedChannel:
    """A channel whose attempts end as *outcomes* say, one after the other; then all succeed."""

    name = "scripted"

    def __init__(self, outcomes: Sequence[DeliveryError | None] = ()) -> None:
        self._outcomes = [*outcomes]
        self.sent: list[Alert] = []
        self.attempts = 0

    def send(self, alert: Alert) -> str:
        self.attempts += 1
        error = self._outcomes.pop(0) if self._outcomes else None
        if error is not None:
            raise error
        self.sent.append(alert)
        return "sent"


class Service:
    """A web service on loopback that answers with *statuses*, one after the other, and then with the last one."""

    def __init__(self, statuses: Sequence[int], headers: dict[str, str], answer: bytes) -> None:
        self.requests: list[tuple[str, dict[str, str], Any]] = []
        """Path, headers and JSON of each request."""
        service, left = self, [*statuses]

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                data = self.rfile.read(int(self.headers["Content-Length"]))
                service.requests.append((self.path, dict(self.headers), json.loads(data)))
                self.send_response(left.pop(0) if len(left) > 1 else left[0])
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *args: object) -> None:
                """Print nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"


@contextmanager
def serving(*statuses: int, headers: dict[str, str] | None = None, answer: bytes = b"") -> Iterator[Service]:
    """Run a service, which answers 200 unless *statuses* say otherwise."""
    service = Service(statuses or (200,), headers or {}, answer)
    thread = threading.Thread(target=service.server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield service
    finally:
        service.server.shutdown()
        thread.join()
        service.server.server_close()


@contextmanager
def silent_port() -> Iterator[int]:
    """Yield a port on loopback that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield int(server.getsockname()[1])


def refused_port() -> int:
    """Return a port on loopback on which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])
