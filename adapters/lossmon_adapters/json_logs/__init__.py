"""Logs of JSON: an object a line, or one document that holds the whole history."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import PurePath
from typing import TYPE_CHECKING

from lossmon.core.naming import EPOCHS, STEPS, is_metric
from lossmon.sources.protocol import BaseAdapter, RunLayout
from lossmon_adapters.json_logs.parse import complete_objects, text_of

if TYPE_CHECKING:
    from lossmon.sources.protocol import Decoder

_SUFFIXES = {".json", ".jsonl", ".ndjson", ".log", ".txt", ""}
_LONG = 4000
_KEY = re.compile(r'"([^"\\]{1,200})"\s*:\s*(?=[-+0-9NI])')
_LIST = re.compile(r'"([^"\\]{1,200})"\s*:\s*\[\s*[-+0-9NI]')
_FIRST_LIST = re.compile(r'\s*\{\s*"(?:history"\s*:\s*\{\s*")?([^"\\]{1,200})"\s*:\s*\[\s*[-+0-9NI]')
_RATES = ("learning_rate", "lr")
_FIRST_OBJECT = re.compile(r"\s*\[\s*\{[^{}\[\]]{1,4000}\}")


def _tells(keys: list[str]) -> bool:
    """Say whether these names, of numbers, are those of a training log."""
    lower = [key.lower() for key in keys]
    return any(key in STEPS or key in EPOCHS for key in lower) and any(map(is_metric, lower))


def _is_trainer_state(head: bytes) -> bool:
    return head.lstrip().startswith(b"{") and b'"log_history"' in head and b'"global_step"' in head


def _is_mmengine(head: bytes) -> bool:
    objects = complete_objects(head)
    return bool(objects) and {"epoch", "iter", "step", "loss"} <= objects[0].keys()


def _is_lines(head: bytes) -> bool:
    objects = complete_objects(head)
    if not objects and len(head) >= _LONG and head.startswith(b"{") and b"\n" not in head:
        return _tells(_KEY.findall(text_of(head)))
    return any(_tells([key for key, value in one.items() if isinstance(value, (int, float))]) for one in objects)


def _is_history(head: bytes) -> bool:
    text = text_of(head)
    first = _FIRST_LIST.match(text)
    if first:
        # The losses may come after a list that is longer than the head.
        counts = first.group(1).lower() in (*EPOCHS, *STEPS, *_RATES)
        return counts or any(is_metric(name.lower()) for name in _LIST.findall(text))
    rows = _FIRST_OBJECT.match(text)
    return rows is not None and _tells(_KEY.findall(rows.group()))


def _trainer_state() -> Decoder:
    from lossmon_adapters.json_logs.documents import DocumentDecoder, trainer_state

    return DocumentDecoder(trainer_state)


def _history() -> Decoder:
    from lossmon_adapters.json_logs.documents import DocumentDecoder, history

    return DocumentDecoder(history)


def _lines() -> Decoder:
    from lossmon_adapters.json_logs.json_lines import LinesDecoder

    return LinesDecoder()


def _mmengine() -> Decoder:
    from lossmon_adapters.json_logs.json_lines import LinesDecoder, MMEngine

    return LinesDecoder(MMEngine())


@dataclass(frozen=True)
class Json(BaseAdapter):
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


JSON = (
    Json("hf-trainer", _is_trainer_state, _trainer_state, 56, "huggingface", RunLayout.NEWEST_CHECKPOINT),
    # MMEngine's own event files hold the same losses, though train and validation under one tag.
    Json("mmengine", _is_mmengine, _mmengine, 54, "mmengine", RunLayout.FILE_INSTEAD_OF_DIRECTORY),
    Json("jsonl", _is_lines, _lines, 30),
    Json("json-history", _is_history, _history, 28),
)
"""The adapters of all kinds of JSON logs."""
