"""Which files belong to a log that is not just one file: a directory, or a database with files beside it."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable


class Folders:
    """Directories that one source reads as a whole, and the paths that sources want to have watched."""

    def __init__(self) -> None:
        self._consumed: dict[str, frozenset[str]] = {}
        """Names that its source reads, by directory."""
        self._files: dict[str, set[str]] = {}
        """Files that were found among them, by directory."""
        self._watched: dict[str, str] = {}
        """Path of the log, by watched path."""

    def add(self, directory: str, names: frozenset[str], known: Iterable[str]) -> list[str]:
        """Let one source read the *names* in *directory*; return those of the *known* paths that are among them."""
        if self._consumed.get(directory) == names:
            return []
        self._consumed[directory] = names
        return [path for path in known if self.consumer(path) == directory]

    def watch(self, paths: Collection[str], log: str) -> None:
        """Record that a change of one of *paths* concerns the log at the path *log*."""
        self._watched.update(dict.fromkeys(paths, log))

    def add_file(self, path: str) -> bool:
        """Record that a file was found; return whether the source of another path reads it."""
        log = self._watched.get(path) or self.consumer(path)
        if log is None or log == path:
            return False
        self._files.setdefault(log, set()).add(path)
        return True

    def remove_file(self, path: str) -> None:
        """Record that a file no longer exists."""
        for files in self._files.values():
            files.discard(path)

    def files_of(self, logs: Iterable[str]) -> set[str]:
        """Return the files and directories, besides those themselves, that the sources of *logs* read or watch."""
        logs = frozenset(logs)
        watched = {path for path, log in self._watched.items() if log in logs}
        return watched.union(*(self._files.get(log, ()) for log in logs))

    def consumer(self, path: str) -> str | None:
        """Return the directory above *path* whose source reads it; None if there is none."""
        while self._consumed and (parent := os.path.dirname(path)) != path:
            if os.path.basename(path) in self._consumed.get(parent, ()):
                return parent
            path = parent
        return None

    def log_path(self, path: str) -> str | None:
        """Return the path of the log that a change of *path* concerns; None if it is none of these."""
        inner = path
        while self._watched and inner not in self._watched and (parent := os.path.dirname(inner)) != inner:
            inner = parent
        return self._watched.get(inner) or self.consumer(path)
