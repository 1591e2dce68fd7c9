"""TensorBoard event files, as written by TensorFlow, Keras, PyTorch, tensorboardX, Lightning and many others."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import PurePath
from typing import TYPE_CHECKING

from lossmon.sources.protocol import BaseAdapter, RunLayout

if TYPE_CHECKING:
    from lossmon.core.points import Scalars
    from lossmon.sources.protocol import Decoder
    from lossmon_adapters.tensorboard.templates import Layout


class TensorBoard(BaseAdapter):
    """Event files: those whose name contains ``tfevents``, as TensorBoard itself chooses them."""

    name = "tensorboard"
    priority = 100
    run_layout = RunLayout.DIRECTORY

    def __init__(self) -> None:
        # The runs of one project write the same tags, so what one file taught serves the others.
        self._layouts: dict[int, list[Layout]] = {}

    def claims(self, path: PurePath, head: bytes) -> bool:  # noqa: ARG002 - a file that is still empty counts too
        """Return whether *path* names an event file; profiler markers hold no points and are left out."""
        return "tfevents" in path.name and not path.name.endswith(".profile-empty")

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
        from lossmon_adapters.tensorboard.sampling import sampled

        return sampled(windows, self._layouts)
