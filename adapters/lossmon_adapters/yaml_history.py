"""Histories in YAML, as ``yaml.dump`` writes them: lists of numbers by name, or a list of epochs."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import PurePath
from typing import TYPE_CHECKING

from lossmon.core.metric_names import EPOCH_NAMES, HISTORY_NAMES, LOSS_SETTING_WORDS, STEP_NAMES, is_loss
from lossmon.sources.protocol import BaseAdapter
from lossmon_adapters.shared.heads import suffix_of
from lossmon_adapters.shared.lines import LineDecoder
from lossmon_adapters.shared.numbers import parse_number

if TYPE_CHECKING:
    from lossmon.core.points import Scalars
    from lossmon.sources.protocol import Decoder

_SUFFIXES = frozenset({".yaml", ".yml"})
_MIN_VALUES = 2
_LONGEST_LINE = 1 << 20
"""Bytes of a line that is read."""
_MAX_DEPTH = 16
"""Keys within keys that are told apart; what is deeper is left out."""
_KEY = re.compile(r"['\"]?([^'\":#{}\[\]]{1,200})['\"]?\s*:(?:\s+(.*))?")
_NUMBERED = re.compile(r"(?:epoch|ep|step)?[ _]?([0-9]{1,12})", re.IGNORECASE)


class YamlHistory(BaseAdapter):
    """A YAML file with the history of a training; no configuration."""

    name = "yaml"
    priority = 25

    def claims(self, path: PurePath, head: bytes) -> bool:
        """Return whether *head* has several values of a loss."""
        if suffix_of(path) not in _SUFFIXES or b"loss" not in head.lower():
            return False
        found: dict[str, int] = {}
        decoder = _YamlDecoder()
        for scalars in decoder.feed(head) + decoder.finish():
            name = scalars.tag.text.lower()
            if is_loss(name) and LOSS_SETTING_WORDS.isdisjoint(re.split(r"[^a-z]+", name)):
                found[name] = found.get(name, 0) + len(scalars)
        return any(count >= _MIN_VALUES for count in found.values())

    def decoder(self) -> Decoder:
        """Return a new decoder for one file."""
        return _YamlDecoder()


class _YamlDecoder(LineDecoder):
    """Decodes block lists and mappings line by line, and lists in brackets; any other YAML is left out."""

    def __init__(self) -> None:
        from lossmon_adapters.shared.records import RecordCollector

        super().__init__(_LONGEST_LINE)
        self._points = RecordCollector()
        self._keys: list[tuple[int, str]] = []
        """Indentation and name of the keys that the line is below."""
        self._counts: dict[str, int] = {}
        """Values so far of each list, and epochs so far of each list of epochs."""
        self._record: dict[str, object] = {}
        self._record_indent = -1
        self._record_name = ""
        self._open_list = ""

    @property
    def warnings(self) -> Sequence[str]:
        """What was left out, a sentence each."""
        return [*self._lines.warnings, *self._points.warnings]

    def finish(self) -> list[Scalars]:
        """Return the points of the last epoch, and of a last line that has no newline."""
        points = self._decode(self._lines.finish())
        self._end_record()
        return points + self._points.take()

    def _decode(self, text: bytes) -> list[Scalars]:
        for line in text.decode("utf-8", "replace").split("\n"):
            content = line.strip()
            if content and not content.startswith("#"):
                self._parse(line, content)
        return self._points.take()

    def _parse(self, line: str, content: str) -> None:
        if self._open_list:
            self._add_numbers(self._open_list, content)
            return
        indent = len(line) - len(line.lstrip(" "))
        is_item = content == "-" or content.startswith("- ")
        while self._keys and (self._keys[-1][0] > indent or (self._keys[-1][0] == indent and not is_item)):
            self._keys.pop()
        if self._record and indent < self._record_indent:
            self._end_record()
        if is_item:
            self._parse_item(indent, content[1:].strip())
        else:
            self._parse_key(indent, content)

    def _parse_item(self, indent: int, content: str) -> None:
        name = self._name
        number = parse_number(content)
        if number is not None:
            self._add_value(name, number)
        elif _KEY.fullmatch(content):
            self._end_record()
            self._begin_record(indent + 2, name, {})
            self._parse_key(indent + 2, content)

    def _parse_key(self, indent: int, content: str) -> None:
        match = _KEY.fullmatch(content)
        if match is None:
            return
        key, value = match[1].strip(), (match[2] or "").strip()
        number = parse_number(value)
        if number is not None:
            self._add_to_record(indent, key, number)
        elif value.startswith("["):
            self._add_numbers(_join(self._name, key), value[1:])
        elif not value and len(self._keys) < _MAX_DEPTH:
            numbered = _NUMBERED.fullmatch(key)
            if numbered:
                self._end_record()
                self._begin_record(indent + 1, self._name, {"epoch": int(numbered[1])})
            self._keys.append((indent, "" if numbered else key))

    @property
    def _name(self) -> str:
        return "/".join(key for _, key in self._keys if key and key.lower() not in HISTORY_NAMES)

    def _begin_record(self, indent: int, name: str, record: dict[str, object]) -> None:
        self._record_indent, self._record_name, self._record = indent, name, record

    def _add_to_record(self, indent: int, key: str, number: float) -> None:
        if self._record_indent < 0 or indent < self._record_indent:
            return  # a setting
        name = self._name.removeprefix(self._record_name).strip("/")
        self._record[key if _is_counter(key) else _join(self._record_name, name, key)] = number

    def _end_record(self) -> None:
        if any(not _is_counter(key) for key in self._record):
            self._points.add(self._counted(self._record_name, self._record))
        self._record, self._record_indent = {}, -1

    def _add_value(self, name: str, number: float) -> None:
        if name:
            self._points.add(self._counted(name, {name: number}))

    def _add_numbers(self, name: str, text: str) -> None:
        """Add the numbers of a list in brackets, which may go on in the next line."""
        self._open_list = "" if "]" in text else name
        for cell in text.partition("]")[0].split(","):
            number = parse_number(cell)
            if number is not None:
                self._add_value(name, number)

    def _counted(self, name: str, record: dict[str, object]) -> dict[str, object]:
        if any(map(_is_counter, record)):
            return record
        count = self._counts.get(name, 0)
        self._counts[name] = count + 1
        return {"epoch": count, **record}


def _join(*names: str) -> str:
    return "/".join(name for name in names if name)


def _is_counter(name: str) -> bool:
    return name.lower() in EPOCH_NAMES or name.lower() in STEP_NAMES
