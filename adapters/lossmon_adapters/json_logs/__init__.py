"""JSON logs: a record a line (JSON Lines), or one document that holds the whole history."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import PurePath
from typing import TYPE_CHECKING

from lossmon.sources.protocol import BaseAdapter, RunLayout
from lossmon_adapters.json_logs.claims import (
    are_objects,
    begins_document,
    is_history,
    is_lines,
    is_mmengine,
    is_trainer_state,
)
from lossmon_adapters.shared.heads import suffix_of

if TYPE_CHECKING:
    from lossmon.sources.protocol import Decoder

_SUFFIXES = {".json", ".jsonl", ".ndjson", ".log", ".txt", ""}


def _trainer_state() -> Decoder:
    from lossmon_adapters.json_logs.documents import DocumentDecoder, trainer_state_records

    return DocumentDecoder(trainer_state_records)


def _history() -> Decoder:
    from lossmon_adapters.json_logs.histories import HistoryDecoder

    return HistoryDecoder()


def _objects() -> Decoder:
    from lossmon_adapters.json_logs.objects import ObjectsDecoder

    return ObjectsDecoder()


def _lines() -> Decoder:
    from lossmon_adapters.json_logs.json_lines import JsonLinesDecoder

    return JsonLinesDecoder()


def _mmengine() -> Decoder:
    from lossmon_adapters.json_logs.json_lines import JsonLinesDecoder, MMEngineRecords

    return JsonLinesDecoder(MMEngineRecords().convert)


@dataclass(frozen=True)
class JsonFormat(BaseAdapter):
    """One kind of JSON log."""

    name: str
    matches: Callable[[bytes], bool]
    make: Callable[[], Decoder]
    priority: int
    written_by: str = ""
    """The framework that writes such logs; empty if several do."""
    run_layout: RunLayout = RunLayout.FILE

    def claims(self, path: PurePath, head: bytes) -> bool:
        """Return whether *head* begins such a log."""
        return suffix_of(path) in _SUFFIXES and begins_document(head) and self.matches(head)

    def decoder(self) -> Decoder:
        """Return a new decoder for one file."""
        return self.make()

    def framework(self, tags: Collection[str]) -> str:  # noqa: ARG002 - the form of the document tells
        """Return the framework that writes such logs."""
        return self.written_by


JSON_FORMATS = (
    JsonFormat("hf-trainer", is_trainer_state, _trainer_state, 56, "huggingface", RunLayout.NEWEST_CHECKPOINT),
    # MMEngine's own event files hold the same losses, though train and validation under one tag.
    JsonFormat("mmengine", is_mmengine, _mmengine, 54, "mmengine", RunLayout.FILE_INSTEAD_OF_DIRECTORY),
    JsonFormat("jsonl", is_lines, _lines, 30),
    JsonFormat("json-objects", are_objects, _objects, 29),
    JsonFormat("json-history", is_history, _history, 28),
)
"""The adapters of all kinds of JSON logs."""
