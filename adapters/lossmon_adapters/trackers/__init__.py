"""Experiment trackers, read from the files they keep, without their libraries."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import PurePath
from typing import TYPE_CHECKING

from lossmon.sources.protocol import BaseAdapter

if TYPE_CHECKING:
    from lossmon.sources.protocol import Decoder

_WANDB_SIGNATURE = b":W&B\xe1\xbe\x00"
"""First bytes of a W&B log: a name, a number and the version 0."""


class Wandb(BaseAdapter):
    """The log that W&B keeps of each run, offline and online: ``run-<id>.wandb``."""

    name = "wandb"
    priority = 70

    def claims(self, path: PurePath, head: bytes) -> bool:  # noqa: ARG002 - the signature tells
        """Return whether *head* begins with the signature of W&B."""
        return head.startswith(_WANDB_SIGNATURE)

    def decoder(self) -> Decoder:
        """Return a new decoder for one log."""
        from lossmon_adapters.trackers.wandb_decoder import WandbDecoder

        return WandbDecoder(header_bytes=len(_WANDB_SIGNATURE))

    def framework(self, tags: Collection[str]) -> str:
        """Return the framework whose callback for W&B logs the step under one of *tags*; empty if unknown."""
        if "trainer/global_step" in tags:
            return "lightning"
        return "huggingface" if "train/global_step" in tags else ""


class ClearML(BaseAdapter):
    """The metrics of ClearML's offline mode: ``metrics.jsonl``, of which each line is an array of events."""

    name = "clearml"
    priority = 70

    def claims(self, path: PurePath, head: bytes) -> bool:
        """Return whether *head* begins an array of events that have an iteration, a metric and a variant."""
        is_array = path.suffix == ".jsonl" and head.lstrip().startswith(b"[")
        return is_array and all(name in head for name in (b'"iter"', b'"metric"', b'"variant"', b'"task"'))

    def decoder(self) -> Decoder:
        """Return a new decoder for one log."""
        from lossmon_adapters.trackers.clearml_decoder import ClearMLDecoder

        return ClearMLDecoder()


class Comet(BaseAdapter):
    """The archive that Comet writes when an offline experiment ends."""

    name = "comet"
    priority = 70
    _FIRST_MEMBER, _MESSAGES = b"experiment.json", b"messages.json"

    def claims(self, path: PurePath, head: bytes) -> bool:
        """Return whether *head* begins an archive with the description of an experiment, then its messages."""
        return path.suffix == ".zip" and _is_archive(head, self._FIRST_MEMBER) and self._MESSAGES in head

    def decoder(self) -> Decoder:
        """Return a new decoder for one archive."""
        from lossmon_adapters.trackers.comet_decoder import CometDecoder

        return CometDecoder(self._MESSAGES)


def _is_archive(head: bytes, member: bytes) -> bool:
    """Return whether *head* begins a zip archive whose first member is called *member*."""
    if not head.startswith(b"PK\x03\x04"):
        return False
    from lossmon_adapters.trackers.zip_stream import read_member

    first = read_member(head)
    return first is not None and first.name == member


TRACKER_FORMATS = (Wandb(), ClearML(), Comet())
"""The adapters of all trackers whose logs are files."""
