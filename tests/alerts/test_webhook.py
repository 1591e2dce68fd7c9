from __future__ import annotations

import pytest
from tests.support.alerts import an_alert, refused_port, serving, silent_port

from lossmon.alerts.alert import digest
from lossmon.alerts.channel import DeliveryError, Outbox
from lossmon.alerts.settings import AlertSettings, Webhook
from lossmon.alerts.webhook import WebhookChannel

ALERT = an_alert("a <b> & @everyone")
SECRET = "T0K3N"


def failure(webhook: Webhook, timeout: float = 5.0) -> DeliveryError:
    with pytest.raises(DeliveryError) as error:
        WebhookChannel(webhook, timeout).send(ALERT)
    return error.value


def slack(url: str) -> Webhook:
    return Webhook("slack", "slack", f"{url}/services/{SECRET}")


def test_slack_gets_text_without_control_characters_of_its_own() -> None:
    with serving() as service:
        assert WebhookChannel(slack(service.url)).send(ALERT) == "HTTP 200"
    ((path, headers, body),) = service.requests
    assert path == f"/services/{SECRET}"
    assert headers["Content-Type"] == "application/json"
    assert body["text"].startswith("a &lt;b&gt; &amp; @everyone is overfitting since epoch 10 (val 0.34 → ")


def test_discord_mentions_nobody() -> None:
    with serving(204) as service:
        WebhookChannel(Webhook("discord", "discord", service.url)).send(digest([ALERT] * 200))
    body = service.requests[0][2]
    assert body["allowed_mentions"] == {"parse": []}
    assert len(body["content"]) <= 2000


def test_ntfy_gets_json_with_topic_title_and_priority() -> None:
    with serving() as service:
        WebhookChannel(Webhook("ntfy", "ntfy", f"{service.url}/my-topic", token=SECRET)).send(ALERT)
    ((path, headers, body),) = service.requests
    assert path == "/"
    assert headers["Authorization"] == f"Bearer {SECRET}"
    assert (body["topic"], body["title"], body["priority"]) == ("my-topic", "lossmon: overfitting", 4)
    assert body["message"] == ALERT.text


def test_telegram_gets_the_chat_and_the_text() -> None:
    with serving() as service:
        WebhookChannel(Webhook("telegram", "telegram", service.url, token=f"1:{SECRET}", chat="42")).send(ALERT)
    ((path, headers, body),) = service.requests
    assert path == f"/bot1:{SECRET}/sendMessage"
    assert "Authorization" not in headers
    assert body == {"chat_id": "42", "text": ALERT.text}


def test_plain_json_holds_the_facts_of_the_run() -> None:
    with serving() as service:
        WebhookChannel(Webhook("json", "json", service.url)).send(ALERT)
    body = service.requests[0][2]
    assert (body["alert"], body["verdict"], body["onset"]["x"]) == ("overfitting", "overfitting", 10)
    assert body["message"] == ALERT.message


@pytest.mark.parametrize(("status", "may_pass"), [(500, True), (503, True), (429, True), (404, False), (302, False)])
def test_an_answer_that_is_no_success_is_an_error_and_may_pass_or_not(status: int, may_pass: bool) -> None:
    with serving(
        status, headers={"Location": "http://127.0.0.1:1/", "Retry-After": "7"}, answer=b"no\x1b[2J"
    ) as service:
        error = failure(slack(service.url))
    assert str(error) == f"HTTP {status}: no␛[2J"
    assert (error.may_pass, error.retry_after) == (may_pass, 7.0)


def test_a_server_that_hangs_or_refuses_is_an_error_that_may_pass() -> None:
    with silent_port() as port:
        error = failure(slack(f"http://127.0.0.1:{port}"), timeout=0.05)
    assert (str(error), error.may_pass) == ("no answer within 0.05 s", True)
    error = failure(slack(f"http://127.0.0.1:{refused_port()}"))
    assert (str(error), error.may_pass) == ("Connection refused", True)


def test_an_error_never_holds_the_url_or_the_token() -> None:
    with serving(400) as service:
        webhook = Webhook("ntfy", "ntfy", f"{service.url}/{SECRET}", token=SECRET)
        told = [str(failure(webhook)), repr(webhook), repr(AlertSettings(webhooks=(webhook,)))]
    with serving(400, answer=f"no such token: {SECRET}".encode()) as service:
        told.append(str(failure(Webhook("json", "json", service.url, token=SECRET))))
    assert told[-1] == "HTTP 400: no such token: …"
    with serving(404, answer=f"not found: /services/{SECRET}, {SECRET}".encode()) as service:
        told.append(str(failure(slack(service.url))))
    assert told[-1] == "HTTP 404: not found: …, …"
    assert [text for text in told if SECRET in text] == []


@pytest.mark.parametrize("token", ["a\nb", "päss\u2603"])
def test_a_token_that_no_header_can_hold_is_an_error(token: str) -> None:
    assert str(failure(Webhook("json", "json", "http://127.0.0.1:1/", token=token))) == "its URL or token is not valid"


def test_a_service_that_fails_at_first_gets_the_alert_in_the_end() -> None:
    notices: list[str] = []
    with serving(500, 200) as service:
        outbox = Outbox(WebhookChannel(slack(service.url)), notices.append, wait=lambda _: False)
        outbox.put(ALERT)
        outbox.finish()
        outbox.join(10.0)
    assert len(service.requests) == 2
    assert notices == []
