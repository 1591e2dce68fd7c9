"""What alerts are wanted, and where they go."""

from __future__ import annotations

from dataclasses import dataclass, field

from lossmon.alerts.gate import QuietHours

DEFAULT_CONDITIONS = ("diverged", "overfitting", "ended", "failed", "stalled")
"""What is told if nothing else is asked for."""
DEFAULT_PER_HOUR = 20
DEFAULT_SECONDS = 30.0
COMMAND_PREFIX = "command on "
"""How the name of the channel of a command begins."""


@dataclass(frozen=True, slots=True)
class Webhook:
    """A service that takes messages."""

    kind: str
    """One of ``WEBHOOK_KINDS``."""
    name: str
    """What it is called for the user."""
    url: str = field(repr=False)
    """It may hold a secret, so it is never shown."""
    token: str = field(default="", repr=False)
    chat: str = ""
    """The chat of Telegram."""


@dataclass(frozen=True, slots=True)
class Command:
    """A command that is run when one of some conditions holds."""

    conditions: tuple[str, ...]
    argv: tuple[str, ...]

    @property
    def name(self) -> str:
        """What it is called for the user."""
        return f"{COMMAND_PREFIX}{','.join(self.conditions)}"


@dataclass(frozen=True, slots=True)
class AlertSettings:
    """What alerts are wanted, and where they go."""

    conditions: frozenset[str] = frozenset(DEFAULT_CONDITIONS)
    """What is told on the terminal and by webhooks."""
    terminal: bool = False
    """Whether the terminal rings."""
    webhooks: tuple[Webhook, ...] = ()
    commands: tuple[Command, ...] = ()
    quiet: QuietHours | None = None
    """When nothing is told on the terminal or by webhooks."""
    per_hour: int = DEFAULT_PER_HOUR
    """Messages that are sent in an hour at most; what is more comes in one digest."""
    seconds: float = DEFAULT_SECONDS
    """How long a command may run."""
