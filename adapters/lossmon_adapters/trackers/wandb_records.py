"""Read the records of a W&B log: rows of metrics, and which metric is the x of the others.

Of ``Record`` only ``2 history``, ``5 config``, ``7 stats``, ``12 metric``, ``17 run`` and ``18 exit`` are read. Source:
W&B's ``wandb_internal.proto``.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from struct import Struct

from lossmon_adapters.json_logs.parse import parse_json
from lossmon_adapters.shared.protobuf import read_contents, read_fields, read_varint

# Keys of fields: field number << 3 | wire type. First those of Record.
HISTORY, CONFIG, STATISTICS, DEFINITION, RUN, EXIT = 18, 42, 58, 98, 138, 146
ENVELOPE = frozenset({8, 130, 154, 1602})
"""Fields beside the content of a record: its number, control, UUID and info."""
# Fields of HistoryRecord, of HistoryStep and of HistoryItem.
_ITEM, _STEP = 10, 18
_STEP_NUMBER = 8
_KEY, _NESTED_KEY, _INTEGER, _NUMBER, _JSON, _VALUE_JSON = 10, 18, 40, 49, 66, 130
_VALUE_JSON_KEY = b"\x82\x01"
"""How the key of ``value_json`` is written."""
# Fields of StatsRecord, of its Timestamp and of StatsItem.
_TIMESTAMP, _STATISTIC = 18, 26
_SECONDS = 8
_STATISTIC_KEY, _STATISTIC_JSON = 10, 130
_GPU_UTILISATION = re.compile(rb"gpu\.\d+\.gpu")
# Fields of MetricRecord.
_GLOB_NAME, _STEP_METRIC = 18, 34
# Fields of RunRecord and RunExitRecord.
_RUN_CONFIG, _DISPLAY_NAME, _EXIT_CODE = 34, 66, 8
# Of ConfigRecord; its items are written like those of a HistoryRecord.
_UPDATE = 10
_OWN_CONFIG = "_wandb"
"""The setting under which W&B keeps what it needs itself."""

_MEDIA_SUFFIX = "._type"
"""Name beside the numbers of an object that is no metric, such as an image or a histogram."""
_MAX_DEPTH = 4
"""How deep objects inside an object are searched for numbers."""
_MAX_KNOWN_NAMES = 10_000
"""Names that are remembered; bounds the memory that a log can take."""

_unpack_double = Struct("<d").unpack_from


class RowReader:
    """Reads rows of metrics; it remembers how names are written, because each row repeats them."""

    def __init__(self) -> None:
        self._names: dict[bytes, str] = {}

    def read(self, record: bytes, begin: int, end: int) -> tuple[dict[str, float], int]:
        """Return the numbers by name and the step of the row in ``record[begin:end]``; raises ``MalformedError``."""
        row: dict[str, float] = {}
        step, media = 0, []
        for key, start, stop in read_fields(record, begin, end):
            if key == _ITEM:
                name, value = self._read_item(record, start, stop)
                if isinstance(value, float):
                    row[name] = value
                elif name.endswith(_MEDIA_SUFFIX):
                    media.append(name.removesuffix("_type"))
                elif isinstance(value, dict):
                    row.update(_flatten(name, value))
            elif key == _STEP:
                step = _read_step(record, start, stop)
        if media:
            row = {name: value for name, value in row.items() if not name.startswith(tuple(media))}
        return row, step

    def _read_item(self, record: bytes, begin: int, end: int) -> tuple[str, object]:
        """Return name and value of one item."""
        at = record.find(_VALUE_JSON_KEY, begin, end)
        written_name = record[begin:at] if at >= 0 else b""
        name = self._names.get(written_name)
        start = at + len(_VALUE_JSON_KEY) + 1
        if name is not None and start <= end and start + record[start - 1] == end and record[start - 1] < 128:
            return name, _parse_value(record[start:end])
        name, value, value_at = _read_any_item(record, begin, end)
        if value_at == at and len(self._names) < _MAX_KNOWN_NAMES:
            self._names[written_name] = name
        return name, value


def _read_any_item(record: bytes, begin: int, end: int) -> tuple[str, object, int]:
    """Return name and value of one item, and the offset of its ``value_json`` if it comes right after the name."""
    name, value, value_at = [], None, -1
    previous_stop = begin
    for key, start, stop in read_fields(record, begin, end):
        if key in (_KEY, _NESTED_KEY):
            name.append(record[start:stop].decode("utf-8", "replace"))
        elif key in (_JSON, _VALUE_JSON):
            value = _parse_value(record[start:stop])
            value_at = previous_stop if key == _VALUE_JSON and stop == end else -1
        elif key == _NUMBER:
            value = float(_unpack_double(record, start)[0])
        elif key == _INTEGER:
            zigzag = read_varint(record, start)
            value = float((zigzag >> 1) ^ -(zigzag & 1))
        previous_stop = stop
    return ".".join(name), value, value_at


def _parse_value(text: bytes) -> object:
    """Return a float, the parsed JSON if it is an object, and None for everything else.

    >>> _parse_value(b"-Infinity"), _parse_value(b'"text"')
    (-inf, None)
    """
    if text.startswith(b"{"):
        return parse_json(text.decode("utf-8", "replace"))
    try:
        return float(text)
    except ValueError:
        return None


def _flatten(name: str, value: object, depth: int = 0) -> Iterator[tuple[str, float]]:
    """Yield the numbers in a parsed object; their names are joined by dots, as W&B shows them."""
    if isinstance(value, dict):
        if depth < _MAX_DEPTH and "_type" not in value:
            for key, inner in value.items():
                yield from _flatten(f"{name}.{key}", inner, depth + 1)
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        yield name, float(value)


def _read_step(record: bytes, begin: int, end: int) -> int:
    numbers = [read_varint(record, start) for key, start, _ in read_fields(record, begin, end) if key == _STEP_NUMBER]
    return numbers[-1] if numbers else 0


def gpu_utilisation(record: bytes, begin: int, end: int) -> tuple[float, dict[str, float]]:
    """Return the time in seconds since 1970, and the utilisation of each GPU in percent by its name in W&B.

    Other measurements of the machine in ``record[begin:end]`` are left out. Raises ``MalformedError``.
    """
    time, used = math.nan, {}
    for key, start, stop in read_fields(record, begin, end):
        if key == _TIMESTAMP:
            seconds = read_contents(record, start, stop).get(_SECONDS)
            time = time if seconds is None else float(read_varint(seconds, 0))
        elif key == _STATISTIC:
            item = read_contents(record, start, stop)
            name, percent = item.get(_STATISTIC_KEY, b""), _parse_value(item.get(_STATISTIC_JSON, b""))
            if isinstance(percent, float) and _GPU_UTILISATION.fullmatch(name):
                used[f"system/{name.decode()}"] = percent
    return time, used


def common_step_metric(record: bytes, begin: int, end: int) -> str | None:
    """Return the metric that is the x of all others, by the definition in ``record[begin:end]``.

    None if the definition is of single metrics only. Raises ``MalformedError``.
    """
    texts = read_contents(record, begin, end)
    is_common = texts.get(_GLOB_NAME) == b"*" and _STEP_METRIC in texts
    return texts[_STEP_METRIC].decode("utf-8", "replace") if is_common else None


def config_in_run(record: bytes, begin: int, end: int) -> dict[str, object]:
    """Return the settings in the RunRecord in ``record[begin:end]``; raises ``MalformedError``."""
    found: dict[str, object] = {}
    for key, start, stop in read_fields(record, begin, end):
        if key == _RUN_CONFIG:
            found.update(config_items(record, start, stop))
    return found


def config_items(record: bytes, begin: int, end: int) -> dict[str, object]:
    """Return the settings in the ConfigRecord in ``record[begin:end]``; raises ``MalformedError``."""
    found: dict[str, object] = {}
    for key, start, stop in read_fields(record, begin, end):
        if key == _UPDATE:
            names, value = [], None
            for part, at, to in read_fields(record, start, stop):
                if part in (_KEY, _NESTED_KEY):
                    names.append(record[at:to].decode("utf-8", "replace"))
                elif part == _VALUE_JSON:
                    value = parse_json(record[at:to].decode("utf-8", "replace"))
            if names and names[0].partition(".")[0] != _OWN_CONFIG:
                found[".".join(names)] = value
    return found


def display_name(record: bytes, begin: int, end: int) -> str:
    """Return the name of the run in ``record[begin:end]``, empty if it has none; raises ``MalformedError``."""
    names = [record[start:stop] for key, start, stop in read_fields(record, begin, end) if key == _DISPLAY_NAME]
    return names[-1].decode("utf-8", "replace") if names else ""


def exit_code(record: bytes, begin: int, end: int) -> int:
    """Return the exit code of the run in ``record[begin:end]``; raises ``MalformedError``."""
    codes = [read_varint(record, start) for key, start, _ in read_fields(record, begin, end) if key == _EXIT_CODE]
    return codes[-1] if codes else 0
