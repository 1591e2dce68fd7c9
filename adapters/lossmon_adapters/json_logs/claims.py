"""Recognise JSON logs by the start of a file."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import islice

from lossmon.core.metric_names import (
    EPOCH_NAMES,
    LEARNING_RATE_NAMES,
    LOSS_SETTING_WORDS,
    MESSAGE_NAMES,
    ROW_PER_TRAINING_WORDS,
    STEP_NAMES,
    has_train_and_held_out_loss,
    is_held_out,
    is_loss,
    is_metric,
)
from lossmon_adapters.json_logs.parse import complete_objects, decode_text, parse_json, parse_start
from lossmon_adapters.json_logs.shapes import history_records, names_of
from lossmon_adapters.shared.fields import find_fields, number_names
from lossmon_adapters.shared.heads import is_binary, lower_text, may_name_metric
from lossmon_adapters.shared.numbers import parse_number

_LONG_HEAD = 4000
"""A head of so many bytes, or more, may be cut; the first record of a shorter one is complete."""
_MOST_RECORDS = 200
"""Records that are looked at."""
_LONGEST_START = 1024
"""Bytes in which the first value begins."""
_BETWEEN_OBJECTS = re.compile(r"(?<=\n\})\s{0,8}(?=\{)")
_NUMBER_KEY = re.compile(r'"([^"\\]{1,200})"\s*:\s*(?=[-+0-9NI])')
_FIRST_LIST_KEY = re.compile(r'\s*\{\s*"(?:history"\s*:\s*\{\s*")?([^"\\]{1,200})"\s*:\s*\[\s*[-+0-9NI]')


_LOG_HISTORY_FIRST = re.compile(rb'\s*\{\s*"log_history"\s*:\s*\[\s*\{\s*"')
"""The start of a ``trainer_state.json`` that was written again with its keys in another order."""


def begins_document(head: bytes) -> bool:
    """Return whether *head* may begin an object or a list; of most files this is all that is looked at."""
    return lower_text(head[:_LONGEST_START]).lstrip()[:1] in (b"{", b"[") and not is_binary(head)


def is_trainer_state(head: bytes) -> bool:
    """Return whether *head* begins Hugging Face's ``trainer_state.json``."""
    has_state = head.lstrip().startswith(b"{") and b'"log_history"' in head and b'"global_step"' in head
    return has_state or _LOG_HISTORY_FIRST.match(head) is not None


def is_mmengine(head: bytes) -> bool:
    """Return whether *head* begins mmengine's ``scalars.json``."""
    objects = complete_objects(head) if b'"loss"' in head else ()
    return bool(objects) and {"epoch", "iter", "step", "loss"} <= objects[0].keys()


def is_lines(head: bytes) -> bool:
    """Return whether *head* has records of a training, one a line."""
    if not may_name_metric(head):
        return False
    objects = complete_objects(head)
    if not objects and len(head) >= _LONG_HEAD and head.startswith(b"{") and b"\n" not in head:
        text = decode_text(head)
        return _are_of_training(_lower(_NUMBER_KEY.findall(text))) and not is_history(head)
    return _are_records(objects)


def are_objects(head: bytes) -> bool:
    """Return whether *head* has records of a training one after another, each on several lines."""
    if not may_name_metric(head):
        return False
    text = decode_text(head)
    # An object by itself may be anything, a second one shows that they are records.
    parts = _BETWEEN_OBJECTS.split(text, maxsplit=_MOST_RECORDS)
    if len(parts) < 2 or not text.lstrip().startswith("{"):
        return False
    objects = [parse_start(part) for part in parts]
    return _are_records([one for one in objects if isinstance(one, dict)])


def is_history(head: bytes) -> bool:
    """Return whether *head* begins a document that holds the history of a training."""
    text = decode_text(head)
    if text.lstrip()[:1] not in ("{", "["):
        return False
    first = _FIRST_LIST_KEY.match(text)
    if first and parse_json(text) is None:
        # The losses may come after a list that is longer than the head.
        name = first.group(1).lower()
        return name in (*EPOCH_NAMES, *STEP_NAMES, *LEARNING_RATE_NAMES) or is_metric(name)
    if not may_name_metric(head):
        return False
    records = list(islice(history_records(parse_start(text)), _MOST_RECORDS))
    return _are_of_history(names_of(records)) and not _is_row_per_training([record for _, record in records])


def _are_of_history(names: Collection[str]) -> bool:
    """Return whether lists with *names* are a history: a loss, or another metric of train and of held-out data."""
    if any(is_loss(name) and LOSS_SETTING_WORDS.isdisjoint(re.split(r"[^a-z]+", name)) for name in names):
        return True
    metrics = [name for name in names if is_metric(name)]
    return len({is_held_out(name) for name in metrics}) > 1


def _are_records(objects: Sequence[Mapping[str, object]]) -> bool:
    """Return whether a record has a counter and a metric, or the records have losses of train and of held-out data."""
    names = [number_names(record) for record in objects[:_MOST_RECORDS]]
    if any(map(_are_of_training, names)):
        return True
    together = {name for some in names for name in some}
    return len(objects) > 1 and has_train_and_held_out_loss(together) and not _is_row_per_training(objects)


def _are_of_training(names: Sequence[str]) -> bool:
    """Return whether *names*, of numbers, have those of a counter and of a metric."""
    return _has_counter(names) and any(map(is_metric, names))


def _has_counter(names: Sequence[str]) -> bool:
    return any(name in STEP_NAMES or name in EPOCH_NAMES for name in names)


def _is_row_per_training(records: Sequence[Mapping[str, object]]) -> bool:
    """Return whether each record is another training: it has a name of its own, or other settings."""
    if len(records) < 2:
        return False
    fields = find_fields(records[0]).texts
    for name in records[0]:
        values = [record.get(name) for record in records]
        if name.lower() in ROW_PER_TRAINING_WORDS and len(set(map(str, values))) > 1:
            return True
        if name not in fields and name.lower() not in MESSAGE_NAMES and _are_names(values):
            return True
    return False


def _are_names(values: Sequence[object]) -> bool:
    texts = [
        value for value in values if isinstance(value, str) and value[:1].isalpha() and parse_number(value) is None
    ]
    return len(texts) == len(values) == len(set(texts))


def _lower(names: Iterable[str]) -> list[str]:
    return [name.lower() for name in names]
