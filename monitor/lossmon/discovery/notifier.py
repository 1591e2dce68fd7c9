"""Wait until a watched directory may have changed. An event is only a hint: the schedule polls everything anyway."""

from __future__ import annotations

import errno
import os
import select
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from lossmon.discovery.mounts import FileSystems
from lossmon.discovery.schedule import Debounce

if TYPE_CHECKING:
    from types import TracebackType

    from lossmon.discovery.inotify import Inotify

MAX_WATCHES = 4096
"""Directories watched with inotify. Editors need watches too, and the limit is often 8192 for all of a user."""

_ERROR_TEXTS = {
    errno.ENOSPC: "the limit on watches is reached (fs.inotify.max_user_watches)",
    errno.EMFILE: "the limit on instances is reached (fs.inotify.max_user_instances)",
}


def open_inotify() -> Inotify:
    """Open an inotify instance; imports watchdog only now, because polling does not need it."""
    from lossmon.discovery.inotify import Inotify

    return Inotify()


class ChangeNotifier:
    """Blocks until a watched directory, or a file in it, may have changed; ``wake`` interrupts it.

    With *polling*, without inotify, and for directories that other machines write to, ``wait`` only times out.
    All methods except ``wake`` must be called from one thread.
    """

    def __init__(
        self,
        *,
        polling: bool = False,
        gather: float = Debounce.least,
        max_watches: int = MAX_WATCHES,
        file_systems: FileSystems | None = None,
        open_inotify: Callable[[], Inotify] = open_inotify,
    ) -> None:
        self.gather = gather
        """Seconds to collect more changes after the first one, so that a burst of writes ends one wait only."""
        self._polling = polling or not sys.platform.startswith("linux")
        self._max_watches = max_watches
        self._file_systems = file_systems or FileSystems()
        self._open_inotify = open_inotify
        self._inotify: Inotify | None = None
        self._refused: dict[str, str] = {}
        """The reason for each directory that is not watched."""
        self._wake_reader, self._wake_writer = os.pipe()
        os.set_blocking(self._wake_reader, False)
        os.set_blocking(self._wake_writer, False)
        self._wake_poll = select.poll()
        self._wake_poll.register(self._wake_reader, select.POLLIN)
        self._change_poll = select.poll()
        self._change_poll.register(self._wake_reader, select.POLLIN)

    def __enter__(self) -> ChangeNotifier:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def how(self) -> str:
        """How changes are noticed: ``inotify``, ``polling``, or a sentence that gives the reason for polling."""
        if self._polling or not self._refused:
            return "polling" if self._polling else "inotify"
        watched = self._inotify.count if self._inotify else 0
        reason = next(iter(self._refused.values()))
        if not watched:
            return f"polling: {reason}"
        return f"inotify for {watched} of {watched + len(self._refused)} directories, polling for the rest: {reason}"

    def watch(self, directory: str) -> None:
        """Watch *directory*; if that is not possible, ``how`` gives the reason. Cheap if it is watched already."""
        if self._polling or (self._inotify and directory in self._inotify):
            return
        reason = self._reason_to_poll(directory) or self._add_watch(directory)
        if reason:
            self._refused[directory] = reason
        else:
            self._refused.pop(directory, None)

    def forget(self, directory: str) -> None:
        """Stop watching *directory*."""
        self._refused.pop(directory, None)
        if self._inotify:
            self._inotify.discard(directory)

    def wait(self, timeout: float) -> set[str]:
        """Wait at most *timeout* seconds for a change, then ``gather`` seconds for more; return the changed paths.

        The set is empty after a timeout or ``wake``. With *timeout* 0 it returns at once.
        """
        ready = {descriptor for descriptor, _ in self._change_poll.poll(max(0.0, timeout) * 1000)}
        return self.pause(self.gather if ready and timeout > 0 and self._wake_reader not in ready else 0.0)

    def pause(self, seconds: float) -> set[str]:
        """Wait *seconds* whatever changes, and return the paths that changed by then; ``wake`` ends it earlier."""
        self._wake_poll.poll(max(0.0, seconds) * 1000)
        self._drain_wake_pipe()
        return self._inotify.read() if self._inotify else set()

    def wake(self) -> None:
        """End the current wait, or the next one. May be called from any thread."""
        try:
            os.write(self._wake_writer, b"!")
        except BlockingIOError:
            return

    def close(self) -> None:
        """Close all descriptors; no method may be called afterwards."""
        if self._inotify:
            self._inotify.close()
        os.close(self._wake_reader)
        os.close(self._wake_writer)

    def _reason_to_poll(self, directory: str) -> str:
        """Return why *directory* should not be watched, "" if it should."""
        if self._file_systems.remote(directory):
            name = self._file_systems.type_of(directory) or "the file system"
            return f"{name} does not report writes of other machines"
        if self._inotify and self._inotify.count >= self._max_watches:
            return f"at most {self._max_watches} directories are watched"
        return ""

    def _add_watch(self, directory: str) -> str:
        """Watch *directory* with inotify; return why that failed, "" on success or if there is no such directory."""
        try:
            if self._inotify is None:
                self._inotify = self._open_inotify()
                self._change_poll.register(self._inotify.fileno(), select.POLLIN)
            self._inotify.add(directory)
        except (FileNotFoundError, NotADirectoryError):
            return ""
        except OSError as error:
            return _ERROR_TEXTS.get(error.errno or 0, f"inotify: {error.strerror}")
        return ""

    def _drain_wake_pipe(self) -> None:
        try:
            os.read(self._wake_reader, 4096)
        except BlockingIOError:
            return
