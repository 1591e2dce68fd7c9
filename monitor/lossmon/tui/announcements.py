"""What other threads have to say while the screen is shown: notices, and escape sequences that ring the terminal."""

from __future__ import annotations

from collections.abc import Callable

from textual.message import Message

from lossmon.core.text import sanitize


class Announced(Message):
    """Something to show in the last line, or to write to the terminal."""

    def __init__(self, notice: str = "", sequence: str = "") -> None:
        super().__init__()
        self.notice, self.sequence = notice, sequence


class Announcements:
    """Passes announcements on to the screen; before it is shown and after it has gone they are dropped."""

    def __init__(self) -> None:
        self._post: Callable[[Announced], object] | None = None

    def connect(self, post: Callable[[Announced], object] | None) -> None:
        """Pass announcements on to *post*, which may be called from any thread; to nobody if it is None."""
        self._post = post

    def show(self, notice: str) -> bool:
        """Show *notice* in the last line until the next key; return False if there is no screen to show it on."""
        return self._pass_on(Announced(notice=sanitize(notice)))

    def ring(self, sequence: str) -> None:
        """Write *sequence* to the terminal, between two frames."""
        self._pass_on(Announced(sequence=sequence))

    def _pass_on(self, announcement: Announced) -> bool:
        if self._post is None:
            return False
        try:
            self._post(announcement)
        except RuntimeError:  # the loop of the application has just been closed
            return False
        return True
