"""Replays bundled histories of real training runs as live ones, written by the writers people use."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from lossmon.demo.scenario import Replay

__all__ = ["Replay", "open_demo"]


@contextmanager
def open_demo(speed: float = 1.0, keep: Path | None = None) -> Iterator[Path]:
    """Replay into a new directory while the context lasts; yield it with the first runs already under way.

    *speed* multiplies the pace, at 1 the story takes 70 seconds; 0 or infinity writes all of it at once. The directory
    is removed at the end, unless *keep* names one to use instead, which must be new or empty. Raise OSError if the
    directory cannot be written.
    """
    with _directory(keep) as directory, closing(Replay(directory, speed)) as replay:
        replay.start()
        yield directory


@contextmanager
def _directory(keep: Path | None) -> Iterator[Path]:
    if keep is None:
        with TemporaryDirectory(prefix="lossmon-demo-", ignore_cleanup_errors=True) as temporary:
            yield Path(temporary)
        return
    keep.mkdir(parents=True, exist_ok=True)
    if any(keep.iterdir()):
        raise FileExistsError(errno.EEXIST, "is not empty; name a new directory", str(keep))
    yield keep
