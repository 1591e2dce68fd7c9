"""TensorBoard event files, as written by TensorFlow, Keras, PyTorch, tensorboardX, Lightning and many others.

From the bytes of a file to ``Scalars``; each step calls the next:

1. decoder.py: ``feed(data)`` joins pieces of the file, skips images (media.py), and continues after damage.
2. framing.py: finds the records in ``data`` by their headers and gives their offsets and lengths (CRCs: crc.py).
3. record_reader.py: groups records by length, so that many alike are read at once and the others one by one.
4. proto.py reads one ``payload`` into an ``Event``; templates.py reads ``rows``, many records that equal a template.
5. columns.py: collects the points of both, sorts them into the order of the file, and builds one ``Scalars`` a tag.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import PurePath
from typing import TYPE_CHECKING

from lossmon.sources.protocol import BaseAdapter, RunLayout

if TYPE_CHECKING:
    from lossmon.core.points import Scalars
    from lossmon.sources.protocol import Decoder
    from lossmon_adapters.tensorboard.templates import Layouts


class TensorBoard(BaseAdapter):
    """Event files: those whose name contains ``tfevents``, as TensorBoard itself chooses them."""

    name = "tensorboard"
    priority = 100
    run_layout = RunLayout.DIRECTORY

    def __init__(self, layouts: Layouts | None = None) -> None:
        # The runs of one project write the same tags, so layouts that are known from one file speed up the others.
        self._layouts: Layouts = {} if layouts is None else layouts

    def claims(self, path: PurePath, head: bytes) -> bool:
        """Return whether *path* names an event file, maybe empty so far; profiler markers hold no points.

        Source code may be called so, too, but only event files have NUL bytes: their lengths take eight bytes each.
        """
        if "tfevents" not in path.name or path.name.endswith(".profile-empty"):
            return False
        return not head or b"\0" in head

    def decoder(self) -> Decoder:
        """Return a new decoder for one event file."""
        from lossmon_adapters.tensorboard.decoder import TensorBoardDecoder

        return TensorBoardDecoder(self._layouts)

    def framework(self, tags: Collection[str]) -> str:
        """Return the framework whose usual tags are among *tags*, else ``pytorch``."""
        if any(tag.endswith("epoch_loss") for tag in tags):
            return "keras"
        if "epoch" in tags:
            return "lightning"
        if any(tag.startswith("learn/") for tag in tags):
            return "catboost"
        return "huggingface" if {"train/loss", "train/epoch"} <= set(tags) else "pytorch"

    def sample(self, windows: Sequence[bytes]) -> list[Scalars]:
        """Return the points of the whole records in some pieces of one event file."""
        from lossmon_adapters.tensorboard.decoder import decode_windows

        return decode_windows(windows, self._layouts)
