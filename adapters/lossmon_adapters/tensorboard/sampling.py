"""Points from anywhere in an event file: where a record begins can be told without what comes before it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate

import numpy as np

from lossmon.core.points import Scalars
from lossmon_adapters.tensorboard.framing import HEADER, Framer, Frames, next_header
from lossmon_adapters.tensorboard.record_reader import RecordReader
from lossmon_adapters.tensorboard.templates import Layout


def sampled(windows: Sequence[bytes], layouts: dict[int, list[Layout]] | None = None) -> list[Scalars]:
    """Return the points of the whole records in *windows*, pieces of one file in its order, in that order.

    Each window is read from the first header in it up to the first damage; large records are left out, as are
    records whose checksum is wrong.
    """
    buffer = b"".join(windows)
    ends = list(accumulate(map(len, windows)))
    framer = Framer()
    found = [_frames(framer, buffer, begin, end) for begin, end in zip([0, *ends], ends, strict=False)]
    offsets = [np.asarray(frames.offsets, np.int64) for frames in found]
    lengths = [np.asarray(frames.lengths, np.int64) for frames in found]
    if not offsets:
        return []
    frames = Frames(np.concatenate(offsets), np.concatenate(lengths), len(buffer), False)
    return RecordReader(layouts).read(buffer, frames)


def _frames(framer: Framer, buffer: bytes, begin: int, end: int) -> Frames:
    """Return the records that lie whole in one window of *buffer*."""
    first = next_header(buffer, begin, end) if end - begin >= HEADER else None
    return Frames([], [], end, False) if first is None else framer.frames(buffer, first, end)
