"""The demo: replays bundled histories of real training runs, in the log formats of the common frameworks."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from lossmon.demo.histories import load_histories
from lossmon.demo.scenario import SCENARIO, Replay, schedule

__all__ = ["SCENARIO", "Replay", "load_histories", "open_demo", "schedule"]


@contextmanager
def open_demo(speed: float = 1.0, keep: Path | None = None) -> Iterator[Path]:
    """Replay the scenario into a new directory while the context is open; yield the directory with the first records.

    *speed* is seconds of the scenario per second: at 1 it takes 70 s, 0 and infinity write all of it at once. The
    directory is removed at the end, unless *keep* names one to use instead, which must be new or empty. Raise OSError
    if the directory cannot be written.
    """
    with _open_directory(keep) as directory, closing(Replay(directory, speed)) as replay:
        replay.start()
        yield directory


@contextmanager
def _open_directory(keep: Path | None) -> Iterator[Path]:
    if keep is None:
        with TemporaryDirectory(prefix="lossmon-demo-", ignore_cleanup_errors=True) as temporary:
            yield Path(temporary)
        return
    keep.mkdir(parents=True, exist_ok=True)
    if any(keep.iterdir()):
        raise FileExistsError(errno.EEXIST, "is not empty; give a new directory", str(keep))
    yield keep
