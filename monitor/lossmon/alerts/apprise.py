"""Send alerts with Apprise, which knows more services than we do, in a process of its own.

It comes with ``pip install lossmon[apprise]``, takes 0.2 s to import, and may do anything: only the child imports it.
"""

from __future__ import annotations

import json
import sys

from lossmon.alerts.alert import Alert
from lossmon.alerts.channel import DeliveryError
from lossmon.alerts.process import run_limited
from lossmon.alerts.settings import Webhook

_CODE = """
import sys
sys.path[:] = [path for path in sys.path if path]  # never from the current directory
import json
try:
    import apprise
except ImportError:
    sys.exit(3)
facts = json.load(sys.stdin)
service = apprise.Apprise()
if not service.add(facts["url"]):
    sys.exit(4)
sys.exit(0 if service.notify(title=facts["title"], body=facts["body"], notify_type=facts["type"]) else 5)
"""
_REASONS = {3: "is not installed: pip install 'lossmon[apprise]'", 4: "does not know this kind of URL"}


class AppriseChannel:
    """Sends alerts with Apprise, which has *seconds* for each."""

    def __init__(self, webhook: Webhook, seconds: float) -> None:
        self.name = webhook.name
        self._url, self._seconds = webhook.url, seconds

    def send(self, alert: Alert) -> str:
        """Send *alert*; raises DeliveryError. The URL goes through a pipe: a command line can be seen by others."""
        kind = "warning" if alert.is_urgent else "info"
        facts = {"url": self._url, "title": alert.title, "body": alert.text, "type": kind}
        status = run_limited((sys.executable, "-c", _CODE), json.dumps(facts).encode(), self._seconds)
        if status:
            raise DeliveryError(f"Apprise {_REASONS.get(status, 'could not send it')}", may_pass=status == 5)
        return "sent with Apprise"
