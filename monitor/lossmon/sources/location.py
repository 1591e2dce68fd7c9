"""Files and directories on this machine, as formats see them."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Literal

from lossmon.sources.files import read_ends, read_head
from lossmon.sources.local_file import LocalFileReader
from lossmon.sources.protocol import HEAD_BYTES

NamesIn = Callable[[str], Sequence[str]]
"""Returns the names in a directory, sorted."""


class LocalLocation:
    """A file or directory of this machine."""

    def __init__(
        self,
        local_path: str,
        name: str,
        kind: Literal["file", "directory"],
        names_in: NamesIn,
        open_bytes: Callable[[str], LocalFileReader] = LocalFileReader,
    ) -> None:
        """Make the location of *local_path*, whose path relative to the watched directory is *name*."""
        self._local_path, self._kind, self._names_in, self._open_bytes = local_path, kind, names_in, open_bytes
        self.path = PurePosixPath(name)

    @cached_property
    def uri(self) -> str:
        """The ``file`` URI."""
        return Path(os.path.abspath(self._local_path)).as_uri()

    @property
    def kind(self) -> Literal["file", "directory"]:
        """What it is."""
        return self._kind

    @property
    def local_path(self) -> str:
        """The path on this machine."""
        return self._local_path

    def head(self, size: int = HEAD_BYTES) -> bytes:
        """Return the first *size* bytes of a file, nothing of a directory. Raises OSError."""
        if self._kind == "directory":
            return b""
        return self._head[:size] if size <= HEAD_BYTES else read_head(self._local_path, size)

    def ends(self, size: int) -> bytes:
        """Return the first and the last *size* bytes of a file. Raises OSError."""
        return read_ends(self._local_path, size)

    def entries(self) -> Sequence[str]:
        """Return the names in a directory, nothing for a file. Raises OSError."""
        return self._names_in(self._local_path) if self._kind == "directory" else ()

    def siblings(self) -> Sequence[str]:
        """Return the names in the directory that contains it. Raises OSError."""
        return self._names_in(os.path.dirname(self._local_path) or os.curdir)

    def open_bytes(self) -> LocalFileReader:
        """Return a reader of the file."""
        return self._open_bytes(self._local_path)

    @cached_property
    def _head(self) -> bytes:
        return read_head(self._local_path, HEAD_BYTES)
