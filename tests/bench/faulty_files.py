"""A file system that fails at random, inside the process: what one thread sees below one directory."""

from __future__ import annotations

import errno
import os
import threading
import time
import zlib
from collections.abc import Callable, Iterable
from contextlib import ExitStack, nullcontext
from dataclasses import dataclass
from random import Random
from types import TracebackType
from typing import Any, Final, TypeVar
from unittest.mock import patch

_Result = TypeVar("_Result")
_SHORT, _DELAY, _HIDDEN = "short reads", "delays", "incomplete listings"
_KINDS: Final[tuple[int | str, ...]] = (
    errno.EIO,
    errno.EACCES,
    errno.ESTALE,
    errno.ENOENT,
    _SHORT,
    _DELAY,
    _HIDDEN,
)
_LONGEST_DELAY = 0.03
"""Seconds by which one call is delayed at most."""


@dataclass(frozen=True, slots=True)
class Faults:
    """What goes wrong: some *kinds* of fault in a *share* of the calls, in all directories or in *half* of them."""

    kinds: tuple[int | str, ...] = ()
    share: float = 0.0
    half: int | None = None

    @classmethod
    def random(cls, chance: Random) -> Faults:
        """Return one to three kinds of fault, from rare to at every call."""
        kinds = tuple(chance.sample(_KINDS, chance.randint(1, 3)))
        return cls(kinds, chance.choice((0.05, 0.3, 1.0)), chance.choice((None, None, 0, 1)))

    def concern(self, path: str) -> bool:
        """Return whether calls for *path*, relative to the root, may fail."""
        directory, _, _ = path.partition(os.sep)
        return self.half is None or zlib.crc32(directory.encode()) % 2 == self.half

    def __str__(self) -> str:
        names = [errno.errorcode[kind] if isinstance(kind, int) else kind for kind in self.kinds]
        return f"{', '.join(names)} in {self.share:.0%} of the calls" if names else "no faults"


class FaultyFiles:
    """While entered, the system calls of the thread that made it fail below *root* as ``faults`` says.

    Other threads see the files as they are. Faults are counted in ``count``.
    """

    def __init__(self, root: str, chance: Random) -> None:
        self.faults = Faults()
        self.count = 0
        self._root, self._chance, self._thread = root, chance, threading.get_ident()
        self._paths: dict[int, str] = {}
        """The paths of the open descriptors."""
        self._patches = ExitStack()

    def __enter__(self) -> FaultyFiles:
        wrappers: dict[str, Callable[[Callable[..., Any]], object]] = {
            "stat": self._by_path,
            "open": self._open,
            "scandir": self._scandir,
            "fstat": self._by_descriptor,
            "pread": self._pread,
            "close": self._close,
        }
        for name, wrap in wrappers.items():
            self._patches.enter_context(patch.object(os, name, wrap(getattr(os, name))))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._patches.close()

    def _by_path(self, call: Callable[..., _Result]) -> Callable[..., _Result]:
        def faulty(path: Any, *arguments: Any, **keywords: Any) -> _Result:
            self._fail(path)
            return call(path, *arguments, **keywords)

        return faulty

    def _scandir(self, call: Callable[[Any], Iterable[os.DirEntry[str]]]) -> Callable[[Any], object]:
        faulty = self._by_path(call)

        def incomplete(path: Any) -> object:
            entries = faulty(path)
            if _HIDDEN not in self.faults.kinds or not self._is_ours(path):
                return entries
            return nullcontext(entry for entry in entries if not self._happens(_HIDDEN, entry.path))

        return incomplete

    def _by_descriptor(self, call: Callable[..., _Result]) -> Callable[..., _Result]:
        def faulty(descriptor: int, *arguments: Any) -> _Result:
            self._fail(self._paths.get(descriptor))
            return call(descriptor, *arguments)

        return faulty

    def _open(self, call: Callable[..., int]) -> Callable[..., int]:
        faulty = self._by_path(call)

        def remembering(path: Any, *arguments: Any, **keywords: Any) -> int:
            descriptor = faulty(path, *arguments, **keywords)
            if self._is_ours(path):
                self._paths[descriptor] = path
            return descriptor

        return remembering

    def _close(self, call: Callable[[int], None]) -> Callable[[int], None]:
        def forgetting(descriptor: int) -> None:
            if threading.get_ident() == self._thread:
                self._paths.pop(descriptor, None)
            call(descriptor)

        return forgetting

    def _pread(self, call: Callable[[int, int, int], bytes]) -> Callable[[int, int, int], bytes]:
        faulty = self._by_descriptor(call)

        def shorter(descriptor: int, count: int, position: int) -> bytes:
            if count > 1 and self._happens(_SHORT, self._paths.get(descriptor)):
                count = self._chance.randint(max(1, count // 4), count)
            return faulty(descriptor, count, position)

        return shorter

    def _is_ours(self, path: object) -> bool:
        is_below = isinstance(path, str) and path.startswith(self._root)
        return is_below and threading.get_ident() == self._thread

    def _happens(self, kind: int | str, path: object) -> bool:
        """Return whether a fault of this *kind* happens now, and count it."""
        faults = self.faults
        if kind not in faults.kinds or not (
            self._is_ours(path) and faults.concern(os.path.relpath(str(path), self._root))
        ):
            return False
        happens = self._chance.random() < faults.share
        self.count += happens
        return happens

    def _fail(self, path: object) -> None:
        """Raise one of the errors, or wait, if one of these faults happens now."""
        for kind in self.faults.kinds:
            if isinstance(kind, int) and self._happens(kind, path):
                raise OSError(kind, os.strerror(kind), path)
        if self._happens(_DELAY, path):
            time.sleep(self._chance.uniform(0.0, _LONGEST_DELAY))
