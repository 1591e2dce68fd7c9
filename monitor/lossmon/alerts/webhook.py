"""Send alerts to a service by HTTP."""

from __future__ import annotations

import http.client
import math
import ssl
import urllib.error
import urllib.parse
import urllib.request
from email.message import Message
from typing import IO

from lossmon.alerts.alert import Alert
from lossmon.alerts.channel import DeliveryError
from lossmon.alerts.requests import http_request
from lossmon.alerts.settings import Webhook
from lossmon.core.text import sanitize

_TIMEOUT = 10.0
"""Seconds that a server may be silent."""
_MAX_ANSWER = 200
"""Bytes of an answer that are shown."""
_PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})
"""The statuses of HTTP after which another attempt may succeed."""


class WebhookChannel:
    """Posts alerts to a service; *timeout* is how long it may be silent, in seconds."""

    def __init__(self, webhook: Webhook, timeout: float = _TIMEOUT) -> None:
        self.name = webhook.name
        self._webhook, self._timeout = webhook, timeout

    def send(self, alert: Alert) -> str:
        """Post *alert* and return the status; raises DeliveryError.

        A redirection is not followed: it would send the message, or a token, to somebody else.
        """
        request = http_request(self._webhook, alert)
        opener = urllib.request.build_opener(_NoRedirect)
        try:
            post = urllib.request.Request(request.url, request.body, request.headers, method="POST")  # noqa: S310 - the settings allow only http and https
            with opener.open(post, timeout=self._timeout) as response:
                return f"HTTP {response.status}"
        except urllib.error.HTTPError as error:
            raise self._refusal(error) from None
        except urllib.error.URLError as error:
            raise DeliveryError(self._reason(error.reason), may_pass=True) from None
        except (OSError, http.client.HTTPException) as error:
            raise DeliveryError(self._reason(error), may_pass=True) from None
        except ValueError:
            raise DeliveryError("its URL or token is not valid") from None

    def _refusal(self, error: urllib.error.HTTPError) -> DeliveryError:
        """Return the error for an answer that is no success, with the beginning of what the server says."""
        with error:
            try:
                said = error.read(_MAX_ANSWER).decode("utf-8", "replace").strip()
            except (OSError, http.client.HTTPException):
                said = ""
        reason = f"HTTP {error.code}{self._without_secrets(f': {said}' if said else '')}"
        return DeliveryError(reason, may_pass=error.code in _PASSING, retry_after=_retry_after(error.headers))

    def _reason(self, error: object) -> str:
        """Return what a network error says, without the URL."""
        if isinstance(error, TimeoutError):
            return f"no answer within {self._timeout:g} s"
        if isinstance(error, ssl.SSLCertVerificationError):
            return f"its certificate is not valid: {error.verify_message}"
        if isinstance(error, OSError) and error.strerror:
            return self._without_secrets(error.strerror)
        return type(error).__name__ if isinstance(error, Exception) else "cannot be reached"

    def _without_secrets(self, text: str) -> str:
        """Return *text*, in which a server may repeat what was sent, without the URL, its path and the token."""
        path = urllib.parse.urlsplit(self._webhook.url).path.rstrip("/")
        for secret in (self._webhook.url, path, path.rpartition("/")[2], self._webhook.token):
            text = text.replace(secret, "…") if len(secret) > 1 else text
        return sanitize(text, _MAX_ANSWER)


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: Message, newurl: str
    ) -> None:
        """Refuse, so that the redirection is an error."""
        del req, fp, code, msg, headers, newurl


def _retry_after(headers: Message) -> float:
    """Return the seconds to wait that a server asks for; 0 if it does not say."""
    try:
        seconds = float(headers.get("Retry-After", "0"))
    except ValueError:
        return 0.0
    return seconds if math.isfinite(seconds) and seconds > 0 else 0.0
