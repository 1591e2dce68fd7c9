"""The HTTP requests by which services take a message."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from lossmon.alerts.alert import Alert
from lossmon.alerts.settings import Webhook
from lossmon.report.json_report import JsonValue, dumps

_TELEGRAM = "https://api.telegram.org"
_MAX_DISCORD, _MAX_TELEGRAM = 2000, 4096
"""Characters of a message that these services take."""
_URGENT, _USUAL = 4, 3
"""Priorities of ntfy, from 1 to 5."""


class HttpRequest(NamedTuple):
    """What to post, and where."""

    url: str
    body: bytes
    headers: dict[str, str]


def http_request(webhook: Webhook, alert: Alert) -> HttpRequest:
    """Return the request by which *webhook* takes *alert*."""
    url, body = _REQUESTS[webhook.kind](webhook, alert)
    headers = {"Content-Type": "application/json", "User-Agent": "lossmon"}
    if webhook.token and webhook.kind != "telegram":
        headers["Authorization"] = f"Bearer {webhook.token}"
    return HttpRequest(url, dumps(body).encode(), headers)


def _slack(webhook: Webhook, alert: Alert) -> tuple[str, JsonValue]:
    """https://api.slack.com/messaging/webhooks; Mattermost takes the same. Three characters are control characters."""
    text = alert.text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return webhook.url, {"text": text}


def _discord(webhook: Webhook, alert: Alert) -> tuple[str, JsonValue]:
    """https://discord.com/developers/docs/resources/webhook; the name of a run must not mention anybody."""
    return webhook.url, {"content": alert.text[:_MAX_DISCORD], "allowed_mentions": {"parse": []}}


def _ntfy(webhook: Webhook, alert: Alert) -> tuple[str, JsonValue]:
    """https://docs.ntfy.sh/publish/#publish-as-json: as JSON it goes to the server, with the topic in it."""
    server, _, topic = webhook.url.rstrip("/").rpartition("/")
    priority = _URGENT if alert.is_urgent else _USUAL
    return server, {"topic": topic, "title": alert.title, "message": alert.text, "priority": priority}


def _telegram(webhook: Webhook, alert: Alert) -> tuple[str, JsonValue]:
    """https://core.telegram.org/bots/api#sendmessage."""
    url = f"{(webhook.url or _TELEGRAM).rstrip('/')}/bot{webhook.token}/sendMessage"
    return url, {"chat_id": webhook.chat, "text": alert.text[:_MAX_TELEGRAM]}


def _json(webhook: Webhook, alert: Alert) -> tuple[str, JsonValue]:
    return webhook.url, dict(alert.facts)


_REQUESTS: dict[str, Callable[[Webhook, Alert], tuple[str, JsonValue]]] = {
    "slack": _slack,
    "discord": _discord,
    "ntfy": _ntfy,
    "telegram": _telegram,
    "json": _json,
}
