"""JSON logs: a record a line (JSON Lines), or one document that holds the whole history."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import PurePath
from typing import TYPE_CHECKING

from lossmon.core.metric_names import EPOCH_NAMES, LEARNING_RATE_NAMES, STEP_NAMES, is_metric
from lossmon.sources.protocol import BaseAdapter, RunLayout
from lossmon_adapters.json_logs.parse import complete_objects, decode_text

if TYPE_CHECKING:
    from lossmon.sources.protocol import Decoder

_SUFFIXES = {".json", ".jsonl", ".ndjson", ".log", ".txt", ""}
_LONG_HEAD = 4000
"""A head of this many bytes or more may be cut; the first record of a shorter one is complete."""
_NUMBER_KEY = re.compile(r'"([^"\\]{1,200})"\s*:\s*(?=[-+0-9NI])')
_LIST_KEY = re.compile(r'"([^"\\]{1,200})"\s*:\s*\[\s*[-+0-9NI]')
_FIRST_LIST_KEY = re.compile(r'\s*\{\s*"(?:history"\s*:\s*\{\s*")?([^"\\]{1,200})"\s*:\s*\[\s*[-+0-9NI]')
_FIRST_OBJECT = re.compile(r"\s*\[\s*\{[^{}\[\]]{1,4000}\}")


def _are_of_training(names: list[str]) -> bool:
    """Return whether *names*, of numbers, have those of a counter and of a metric."""
    lower = [name.lower() for name in names]
    return any(name in STEP_NAMES or name in EPOCH_NAMES for name in lower) and any(map(is_metric, lower))


def _is_trainer_state(head: bytes) -> bool:
    return head.lstrip().startswith(b"{") and b'"log_history"' in head and b'"global_step"' in head


def _is_mmengine(head: bytes) -> bool:
    objects = complete_objects(head)
    return bool(objects) and {"epoch", "iter", "step", "loss"} <= objects[0].keys()


def _is_lines(head: bytes) -> bool:
    objects = complete_objects(head)
    if not objects and len(head) >= _LONG_HEAD and head.startswith(b"{") and b"\n" not in head:
        return _are_of_training(_NUMBER_KEY.findall(decode_text(head)))
    names = ([key for key, value in record.items() if isinstance(value, (int, float))] for record in objects)
    return any(map(_are_of_training, names))


def _is_history(head: bytes) -> bool:
    text = decode_text(head)
    first = _FIRST_LIST_KEY.match(text)
    if first:
        # The losses may come after a list that is longer than the head.
        if first.group(1).lower() in (*EPOCH_NAMES, *STEP_NAMES, *LEARNING_RATE_NAMES):
            return True
        return any(is_metric(name.lower()) for name in _LIST_KEY.findall(text))
    record = _FIRST_OBJECT.match(text)
    return record is not None and _are_of_training(_NUMBER_KEY.findall(record.group()))


def _trainer_state() -> Decoder:
    from lossmon_adapters.json_logs.documents import DocumentDecoder, trainer_state_records

    return DocumentDecoder(trainer_state_records)


def _history() -> Decoder:
    from lossmon_adapters.json_logs.documents import DocumentDecoder, history_records

    return DocumentDecoder(history_records)


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
        return path.suffix.lower() in _SUFFIXES and self.matches(head)

    def decoder(self) -> Decoder:
        """Return a new decoder for one file."""
        return self.make()

    def framework(self, tags: Collection[str]) -> str:  # noqa: ARG002 - the form of the document tells
        """Return the framework that writes such logs."""
        return self.written_by


JSON_FORMATS = (
    JsonFormat("hf-trainer", _is_trainer_state, _trainer_state, 56, "huggingface", RunLayout.NEWEST_CHECKPOINT),
    # MMEngine's own event files hold the same losses, though train and validation under one tag.
    JsonFormat("mmengine", _is_mmengine, _mmengine, 54, "mmengine", RunLayout.FILE_INSTEAD_OF_DIRECTORY),
    JsonFormat("jsonl", _is_lines, _lines, 30),
    JsonFormat("json-history", _is_history, _history, 28),
)
"""The adapters of all kinds of JSON logs."""
