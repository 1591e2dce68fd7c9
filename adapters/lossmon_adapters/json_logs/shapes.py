"""Find the histories in a JSON document, whatever its shape: records of one or of several trainings."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from lossmon.core.metric_names import (
    EARLIEST_WALL_TIME,
    HISTORY_NAMES,
    LOSS_PART_WORDS,
    RUN_KEY_WORDS,
    SPLIT_WORDS,
    STEP_NAMES,
    VALUE_COLUMN_NAMES,
    is_loss,
    is_metric,
)
from lossmon_adapters.shared.fields import MAX_DEPTH, find_fields, is_counter, number_names, run_name
from lossmon_adapters.shared.numbers import parse_number

_NUMBERED = re.compile(r"([a-z_]{0,24}?)[ _\-#]{0,2}([0-9]{1,12})", re.IGNORECASE)
"""A key with a number: ``3``, ``epoch_3``, ``fold 3``."""
_X_NAMES = ("step", "steps", "epoch", "epochs", "iteration", "iterations", "x")
"""Names of the list of positions beside one of values, as Sacred writes them."""
_Y_NAMES = ("value", "values", "y")


class RunRecord(NamedTuple):
    """A record of the history of one training."""

    run: str
    """Empty for the only training of the document."""
    record: dict[str, object]


def history_records(document: object) -> Iterator[RunRecord]:
    """Yield the records in *document*, those of each training in their order.

    >>> [record for _, record in history_records({"loss": [0.5, 0.25]})]
    [{'epoch': 0, 'loss': 0.5}, {'epoch': 1, 'loss': 0.25}]
    """
    finder = _Finder()
    finder.search(document, "", "", 0)
    for run, columns in finder.columns.items():
        yield from (RunRecord(run, record) for record in _rows_of_columns(columns))
    yield from finder.records


class _Finder:
    """Collects lists of numbers, which are columns of one table for each training, and records."""

    def __init__(self) -> None:
        self.columns: dict[str, dict[str, Sequence[object]]] = {}
        """By training and name."""
        self.records: list[RunRecord] = []

    def search(self, value: object, name: str, run: str, depth: int) -> None:
        """Search *value*, which is called *name*."""
        if depth > MAX_DEPTH:
            return
        if isinstance(value, list):
            self._search_list(value, name, run, depth)
        elif isinstance(value, dict):
            self._search_object(value, name, run, depth)

    def _search_object(self, value: dict[str, object], name: str, run: str, depth: int) -> None:
        split = _pandas_split(value)
        numbered = _numbered_keys(value)
        if split is not None:
            self._add_rows(split, name, run)
        elif pairs := _named_lists(value):
            self._add_pairs(name, run, pairs)
        elif numbered and all(_is_number(child) for child in value.values()):
            self.columns.setdefault(run, {})[name] = list(value.values())
        elif numbered and all(isinstance(child, dict) for child in value.values()):
            self._search_numbered(value, name, run, depth)
        else:
            are_runs = _are_trainings(value)
            for key, child in value.items():
                is_run = isinstance(child, (dict, list)) and (are_runs or _is_run_key(key))
                inner = f"{run} {key}".strip() if is_run else run
                self.search(child, name if is_run else _join(name, key), inner, depth + 1)

    def _search_numbered(self, value: dict[str, object], name: str, run: str, depth: int) -> None:
        """Search objects under numbers, each of which is an epoch or, if it holds a history, a training."""
        for key, child in value.items():
            if isinstance(child, dict) and (_is_run_key(key) or _holds_history(child)):
                self.search(child, "", key if not key.isdigit() else f"{name or 'run'} {key}", depth + 1)
            elif isinstance(child, dict):
                word, number = _NUMBERED.fullmatch(key.strip()).groups()  # type: ignore[union-attr]
                counter = "step" if word.lower().strip("_") in STEP_NAMES else "epoch"
                record = child if has_counter(child) else {counter: int(number), **child}
                self._add(run, name, record)

    def _search_list(self, values: list[object], name: str, run: str, depth: int) -> None:
        if not values:
            return
        if all(map(_is_number_or_null, values)):
            self.columns.setdefault(run, {})[name] = values
        elif all(isinstance(value, dict) for value in values):
            self._search_rows([value for value in values if isinstance(value, dict)], name, run, depth)
        elif all(isinstance(value, list) for value in values):
            rows = [value for value in values if isinstance(value, list)]
            if all(isinstance(cell, str) for cell in rows[0]):
                self._add_rows([dict(zip(map(str, rows[0]), row, strict=False)) for row in rows[1:]], name, run)
            elif is_metric(name.lower()):
                self._add_pairs(name, run, rows)

    def _search_rows(self, rows: list[dict[str, object]], name: str, run: str, depth: int) -> None:
        """Search the objects of a list: epochs, or trainings if they have no number but hold histories."""
        if any(_holds_history(row) and not has_counter(row) for row in rows[:1]):
            for index, row in enumerate(rows):
                field = find_fields(row).run
                self.search(row, name, run_name(field, row) or f"run {index + 1}", depth + 1)
        else:
            self._add_rows(rows, name, run)

    def _add_rows(self, rows: Sequence[dict[str, object]], name: str, run: str) -> None:
        is_counted = any(has_counter(row) for row in rows)
        for index, row in enumerate(rows):
            # Hugging Face ends a history with a summary, whose train loss is the mean of the whole run.
            if "train_runtime" not in row:
                self._add(run, name, row if is_counted else {"epoch": index, **row})

    def _add(self, run: str, name: str, record: dict[str, object]) -> None:
        if is_counter(name.rpartition("/")[2]):
            name = name.rpartition("/")[0]
        value = next((key for key in record if key.lower() in VALUE_COLUMN_NAMES), None)
        if name and value is not None and is_metric(name.lower()):
            record = {key: record[key] for key in record if key != value} | {name: record[value]}
        elif name:
            record = {key if is_counter(key) else _join(name, key): cell for key, cell in record.items()}
        self.records.append(RunRecord(run, record))

    def _add_pairs(self, name: str, run: str, rows: Sequence[Sequence[object]]) -> None:
        """Add rows of step and value; before them may be the time or the epoch."""
        for row in rows if _are_points(rows) else ():
            *before, step, value = row
            record: dict[str, object] = {"step": step, name: value}
            first = before[0] if before else None
            if isinstance(first, (int, float)) and first > EARLIEST_WALL_TIME:
                record["wall_time"] = first
            self.records.append(RunRecord(run, record))


def _rows_of_columns(columns: Mapping[str, Sequence[object]]) -> Iterator[dict[str, object]]:
    """Yield the rows of a table; they are counted as epochs if no column counts."""
    counter = next((name for name in columns if is_counter(name)), None)
    for row in range(max(map(len, columns.values()), default=0)):
        record = {name: values[row] for name, values in columns.items() if row < len(values)}
        yield record if counter in record else {"epoch": row, **record}


def _join(name: str, key: str) -> str:
    if key.lower() in HISTORY_NAMES:
        return name
    return f"{name}/{key}" if name else key


def _pandas_split(value: Mapping[str, object]) -> list[dict[str, object]] | None:
    """Return the rows of a table as pandas writes it with ``orient="split"``."""
    names, rows = value.get("columns"), value.get("data")
    if not (isinstance(names, list) and isinstance(rows, list)):
        return None
    return [dict(zip(map(str, names), row, strict=False)) for row in rows if isinstance(row, list)]


def _named_lists(value: Mapping[str, object]) -> list[list[object]]:
    """Return rows of step and value of an object with a list of each; none if it is another object."""
    lower = {key.lower(): child for key, child in value.items() if isinstance(child, list)}
    x = next((lower[name] for name in _X_NAMES if name in lower), None)
    y = next((lower[name] for name in _Y_NAMES if name in lower), None)
    return [list(pair) for pair in zip(x, y, strict=False)] if x is not None and y is not None else []


def _numbered_keys(value: Mapping[str, object]) -> bool:
    return bool(value) and all(_NUMBERED.fullmatch(key.strip()) for key in value)


def _is_run_key(key: str) -> bool:
    """Return whether *key* names one of several trainings.

    >>> _is_run_key("fold_1"), _is_run_key("epoch_1")
    (True, False)
    """
    match = _NUMBERED.fullmatch(key.strip())
    return match is not None and match[1].lower().strip("_") in RUN_KEY_WORDS


def _are_trainings(value: Mapping[str, object]) -> bool:
    """Return whether the keys of *value* name trainings: each holds a history, and all of the same losses.

    >>> _are_trainings({"cnn": {"loss": [2, 1]}, "lstm": {"loss": [3, 2]}})
    True
    >>> _are_trainings({"train": {"loss": [2, 1]}, "val": {"loss": [3, 2]}})
    False
    """
    histories = {key.lower(): _history_names(child) for key, child in value.items() if isinstance(child, (dict, list))}
    words = {word for key in histories for word in re.split(r"[^a-z0-9]+", key)}
    shared = set.intersection(*histories.values()) if histories else set()
    return (
        len(histories) > 1
        and any(map(is_loss, shared))
        and words.isdisjoint(SPLIT_WORDS | HISTORY_NAMES | LOSS_PART_WORDS)
        and not any(map(is_metric, histories))
    )


def _history_names(value: object) -> set[str]:
    """Return the names of the lists of numbers in *value*, or of the numbers in its rows, in lower case."""
    if isinstance(value, list):
        rows = [row for row in value if isinstance(row, dict)]
        return {key.lower() for key in rows[0] if _is_number(rows[0][key])} if len(rows) == len(value) > 1 else set()
    if not isinstance(value, dict):
        return set()
    lists = {key.lower() for key, child in value.items() if isinstance(child, list) and len(child) > 1}
    inner = [_history_names(child) for key, child in value.items() if key.lower() in HISTORY_NAMES]
    return (lists - HISTORY_NAMES).union(*inner)


def has_counter(row: Mapping[str, object]) -> bool:
    """Return whether *row* has the number of a step or an epoch."""
    return any(is_counter(key) and _is_number(row[key]) for key in row)


def _holds_history(row: Mapping[str, object], depth: int = 0) -> bool:
    """Return whether a list of several numbers or rows with the name of a metric is in *row*."""
    for key, child in row.items():
        if isinstance(child, list) and len(child) > 1 and (is_metric(key.lower()) or key.lower() in HISTORY_NAMES):
            return True
        if isinstance(child, dict) and depth < MAX_DEPTH and _holds_history(child, depth + 1):
            return True
    return False


def _is_number(value: object) -> bool:
    if isinstance(value, str):
        return parse_number(value) is not None
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _is_number_or_null(value: object) -> bool:
    return value is None or _is_number(value)


def _are_points(rows: Sequence[Sequence[object]]) -> bool:
    """Return whether *rows* are two or three numbers each, of which the last but one never goes back."""
    width = len(rows[0])
    if width not in (2, 3) or any(len(row) != width or not all(map(_is_number_or_null, row)) for row in rows):
        return False
    steps = [row[-2] for row in rows]
    numbers = [step for step in steps if isinstance(step, (int, float))]
    return len(numbers) == len(steps) and numbers == sorted(numbers) and len(set(numbers)) == len(numbers)


def names_of(records: Iterable[RunRecord]) -> set[str]:
    """Return the names of all numbers in *records*, in lower case."""
    return {name for _, record in records for name in number_names(record)}
