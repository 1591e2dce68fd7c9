"""Waits until something may have changed; a notice is a hint only, since the reader looks at its own pace too."""

from __future__ import annotations

import errno
import os
import select
import sys
from typing import TYPE_CHECKING

from lossmon.discovery.mounts import FileSystems

if TYPE_CHECKING:
    from types import TracebackType

    from lossmon.discovery.inotify import Inotify

MOST_WATCHES = 4096
"""Directories watched through inotify: editors live on the same allowance, often 8192 a user."""

GATHER = 0.05

_WORDS = {
    errno.ENOSPC: "the limit of watches is reached (fs.inotify.max_user_watches)",
    errno.EMFILE: "no inotify instance is left (fs.inotify.max_user_instances)",
}


class ChangeNotifier:
    """Ends a wait when a watched directory, or a file in it, may have changed, or when it is asked to.

    Without inotify, on a file system that does not announce changes, or if *polling* is asked for, waits just end
    in time. All but ``wake`` is for one thread.
    """

    def __init__(self, *, polling: bool = False, gather: float = GATHER) -> None:
        self._polling = polling or not sys.platform.startswith("linux")
        self.gather = gather
        """Seconds from the first notice to the end of the wait, so that a burst of writes ends one wait."""
        self._systems = FileSystems()
        self._inotify: Inotify | None = None
        self._refused: dict[str, str] = {}
        self._woken, self._bell = os.pipe()
        os.set_blocking(self._woken, False)
        os.set_blocking(self._bell, False)
        self._bells = select.poll()
        self._bells.register(self._woken, select.POLLIN)
        self._news = select.poll()
        self._news.register(self._woken, select.POLLIN)

    def __enter__(self) -> ChangeNotifier:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def how(self) -> str:
        """How changes are noticed: ``inotify``, ``polling``, or a sentence that says why not only inotify."""
        watched = self._inotify.count if self._inotify else 0
        if self._polling or not self._refused:
            return "polling" if self._polling else "inotify"
        reason = next(iter(self._refused.values()))
        if not watched:
            return f"polling: {reason}"
        return f"inotify for {watched} of {watched + len(self._refused)} directories, polling for the rest: {reason}"

    def watch(self, directory: str) -> None:
        """Let changes in *directory* end a wait; what cannot be watched is told by ``how``. Doing so again is cheap."""
        if self._polling or (self._inotify and directory in self._inotify):
            return
        reason = self._refuse(directory) or self._add(directory)
        if reason:
            self._refused[directory] = reason
        else:
            self._refused.pop(directory, None)

    def forget(self, directory: str) -> None:
        """Watch *directory* no more."""
        self._refused.pop(directory, None)
        if self._inotify:
            self._inotify.discard(directory)

    def wait(self, timeout: float) -> set[str]:
        """Return the paths that may have changed, after at most *timeout* seconds and the time to gather more.

        None are known if it is empty. Whoever has no time to wait is not made to.
        """
        ready = {descriptor for descriptor, _ in self._news.poll(max(0.0, timeout) * 1000)}
        if ready and timeout > 0 and self._woken not in ready:
            self._bells.poll(self.gather * 1000)
        self._silence()
        return self._inotify.read() if self._inotify else set()

    def wake(self) -> None:
        """End the wait, from any thread."""
        try:
            os.write(self._bell, b"!")
        except BlockingIOError:
            return

    def close(self) -> None:
        """Give everything back; nothing may be called after it."""
        if self._inotify:
            self._inotify.close()
        os.close(self._woken)
        os.close(self._bell)

    def _refuse(self, directory: str) -> str:
        if self._systems.remote(directory):
            return f"{self._systems.kind(directory) or 'the file system'} does not announce what other machines write"
        if self._inotify and self._inotify.count >= MOST_WATCHES:
            return f"no more than {MOST_WATCHES} directories are watched"
        return ""

    def _add(self, directory: str) -> str:
        """Watch *directory* through inotify and return why not, "" if it is watched."""
        try:
            if self._inotify is None:
                self._inotify = self._start()
            self._inotify.add(directory)
        except (FileNotFoundError, NotADirectoryError):
            return ""
        except OSError as error:
            return _WORDS.get(error.errno or 0, f"inotify: {error.strerror}")
        return ""

    def _start(self) -> Inotify:
        from lossmon.discovery.inotify import Inotify

        inotify = Inotify()
        self._news.register(inotify.fileno(), select.POLLIN)
        return inotify

    def _silence(self) -> None:
        try:
            os.read(self._woken, 4096)
        except BlockingIOError:
            return
