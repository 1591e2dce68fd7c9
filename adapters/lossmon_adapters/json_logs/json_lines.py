"""JSON Lines: a record a line."""

from __future__ import annotations

from collections.abc import Sequence

from lossmon.core.points import Scalars
from lossmon_adapters.json_logs.blocks import block_of
from lossmon_adapters.json_logs.parse import parsed
from lossmon_adapters.json_logs.rows import Rows
from lossmon_adapters.shared.lines import WORTH_BLOCKS, Lines, ReadsEverything, spans

_LONGEST_LINE = 1 << 22


class MMEngine:
    """Brings the records of mmengine's ``scalars.json`` to one axis.

    A record of training counts iterations. One of validation has the same names, and its ``step`` is an epoch: it is
    put at the last iteration before it, with ``val/`` before its names.
    """

    def __init__(self) -> None:
        self._iteration: object = 0

    def __call__(self, record: dict[str, object]) -> dict[str, object]:
        """Return *record* as it is to be read."""
        if "iter" in record:
            self._iteration = record["iter"]
            return {key: value for key, value in record.items() if key != "step"}
        values = {f"val/{key}": value for key, value in record.items() if key != "step"}
        return {"iter": self._iteration, **values}


class LinesDecoder(ReadsEverything):
    """Decodes records that come a line each."""

    def __init__(self, bring: MMEngine | None = None) -> None:
        self._lines = Lines(_LONGEST_LINE)
        self._rows = Rows()
        self._bring = bring
        self._others = 0

    @property
    def notices(self) -> Sequence[str]:
        """What was wrong with the lines so far."""
        told = []
        if self._lines.too_long:
            told.append(f"lines of more than 4 MiB left out: {self._lines.too_long:,}")
        if self._others:
            told.append(f"lines that are no JSON object left out: {self._others:,}")
        return told + self._rows.notices

    def feed(self, data: bytes | memoryview) -> list[Scalars]:
        """Take the next bytes and return the points of the lines they complete."""
        columns: list[Scalars] = []
        lines = self._lines.feed(data)
        for begin, end in spans(lines):
            part = lines[begin:end]
            found = self._at_once(part)
            columns += self._one_by_one(part) if found is None else found
        return columns

    def _at_once(self, lines: bytes) -> list[Scalars] | None:
        """Return the points of *lines* if there are many, and all alike."""
        block = block_of(lines) if len(lines) >= WORTH_BLOCKS and not self._bring else None
        return self._rows.columns_of(block) if block else None

    def _one_by_one(self, lines: bytes) -> list[Scalars]:
        for line in lines.decode("utf-8", "replace").split("\n"):
            if not line.strip():
                continue
            record = parsed(line)
            if isinstance(record, dict):
                self._rows.add(self._bring(record) if self._bring else record)
            else:
                self._others += 1
        return self._rows.columns()
