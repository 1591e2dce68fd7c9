"""Text that a program printed, inside of JSON: structured log lines, and the outputs of a notebook."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from html import unescape
from pathlib import PurePath
from typing import TYPE_CHECKING

from lossmon.core.metric_names import MESSAGE_NAMES, is_loss
from lossmon.sources.protocol import BaseAdapter
from lossmon_adapters.json_logs.parse import complete_objects, decode_text, parse_json
from lossmon_adapters.json_logs.splitter import DOCUMENTS, ValueSplitter
from lossmon_adapters.shared.fields import is_counter
from lossmon_adapters.shared.heads import suffix_of
from lossmon_adapters.shared.lines import LineDecoder

if TYPE_CHECKING:
    from lossmon.core.points import Axis, Scalars
    from lossmon.sources.protocol import Decoder

_SUFFIXES = frozenset({".json", ".jsonl", ".log", ".ndjson", ".txt", ""})
_MESSAGE_KEYS = tuple(f'"{name}"'.encode() for name in MESSAGE_NAMES)
_LONGEST_LINE = 1 << 20
"""Bytes of a structured log line that is read."""
_LARGEST_NOTEBOOK = 1 << 27
"""Bytes of a notebook that is read; those with many pictures are large."""
_TABLE_ROW_END = re.compile(r"</tr\s*>", re.IGNORECASE)
_TABLE_CELL = re.compile(r"<t[hd]\b[^<>]{0,200}>([^<]{0,200})", re.IGNORECASE)
_HEADER_CELL = re.compile(r"<th\b[^<>]{0,200}>([^<]{0,200})", re.IGNORECASE)
_PLACEHOLDER = "<IPython.core.display.HTML object>"
"""The plain text of an output that is only shown as HTML, such as the table of Hugging Face's Trainer."""


class PrintedLines(BaseAdapter):
    """JSON Lines whose records hold printed text, as Docker and loggers with JSON output write them."""

    name = "jsonl-text"
    priority = 12

    def claims(self, path: PurePath, head: bytes) -> bool:
        """Return whether the texts in *head* are the output of a training."""
        if suffix_of(path) not in _SUFFIXES or not head.startswith(b"{"):
            return False
        if not any(key in head for key in _MESSAGE_KEYS):
            return False
        texts = [message_in(record) for record in complete_objects(head)]
        return any(texts) and _is_training_output("".join(texts))

    def decoder(self) -> Decoder:
        """Return a new decoder for one log."""
        return _PrintedLinesDecoder()


class Notebook(BaseAdapter):
    """A Jupyter notebook; each cell that trained is a training."""

    name = "notebook"
    priority = 26

    def claims(self, path: PurePath, head: bytes) -> bool:
        """Return whether *head* has the printed output of a training."""
        if suffix_of(path) != ".ipynb" or b'"cells"' not in head:
            return False
        text = decode_text(head)
        return _has_table_of_losses(text) or _is_training_output(text)

    def decoder(self) -> Decoder:
        """Return a new decoder for one notebook."""
        return _NotebookDecoder()


class _PrintedLinesDecoder(LineDecoder):
    def __init__(self) -> None:
        from lossmon_adapters.console.decoder import ConsoleDecoder

        super().__init__(_LONGEST_LINE)
        self._console = ConsoleDecoder()

    @property
    def warnings(self) -> Sequence[str]:
        """What was left out, a sentence each."""
        return [*self._lines.warnings, *self._console.warnings]

    @property
    def planned_end(self) -> Mapping[Axis, float]:
        """Up to which epoch and step the training goes, as far as the text says."""
        return self._console.planned_end

    def finish(self) -> list[Scalars]:
        """Return the points of a last record that has no newline."""
        return self._decode(self._lines.finish(may_be_cut=False))

    def _decode(self, text: bytes) -> list[Scalars]:
        records = (parse_json(line) for line in text.decode("utf-8", "replace").split("\n") if line.strip())
        texts = (message_in(record) for record in records if isinstance(record, dict))
        return self._console.feed("".join(texts).encode("utf-8", "replace"))


class _NotebookDecoder:
    """Decodes a notebook once all of it is there."""

    def __init__(self) -> None:
        self._splitter = ValueSplitter(DOCUMENTS, _LARGEST_NOTEBOOK)
        self._is_done = False

    @property
    def skip(self) -> int:
        """All that follows the document, or the start of one that is too large."""
        return _LARGEST_NOTEBOOK if self._is_done or self._splitter.too_large else 0

    @property
    def warnings(self) -> Sequence[str]:
        """What is wrong with the notebook."""
        if self._splitter.too_large:
            return [f"a notebook of more than {_LARGEST_NOTEBOOK >> 20} MiB is not read"]
        return ["the notebook is not complete, or not valid"] if self._splitter.is_open else []

    def skipped(self, count: int) -> None:
        """Do nothing; the skipped bytes are of no use."""

    def feed(self, data: bytes | memoryview) -> list[Scalars]:
        """Add the next bytes and return all points once the notebook is complete."""
        text = None if self.skip else next(self._splitter.feed(data), None)
        if text is None:
            return []
        self._is_done = True
        document = parse_json(text.decode("utf-8", "replace"))
        return list(_decode_cells(document)) if isinstance(document, dict) else []


def _decode_cells(notebook: Mapping[str, object]) -> Iterator[Scalars]:
    """Yield the points of each cell that trained; where several did, they are several trainings."""
    cells = notebook.get("cells")
    texts = [_output_of(cell) for cell in cells if isinstance(cell, dict)] if isinstance(cells, list) else []
    trained = [(number, _decode_output(text)) for number, text in enumerate(texts, 1) if text]
    # Beside a cell that trained, one with a single point has only evaluated.
    lengths = [max((len(scalars) for scalars in points), default=0) for _, points in trained]
    least = min(2, max(lengths, default=0)) or 1
    kept = [cell for cell, length in zip(trained, lengths, strict=True) if length >= least]
    for number, points in kept:
        for scalars in points:
            inside = f", {scalars.run}" if scalars.run else ""
            yield replace(scalars, run=f"cell {number}{inside}") if len(kept) > 1 else scalars


def _decode_output(text: str) -> list[Scalars]:
    """Return the points in what a cell printed; none if it did not train."""
    from lossmon_adapters.console.decoder import ConsoleDecoder

    if not _is_training_output(text):
        return []
    decoder = ConsoleDecoder()
    points = decoder.feed(text.encode("utf-8", "replace"))
    return points + decoder.finish()


def _output_of(cell: Mapping[str, object]) -> str:
    """Return what a cell printed, each output on lines of its own."""
    outputs = cell.get("outputs")
    parts = [_text_of(one) for one in outputs if isinstance(one, dict)] if isinstance(outputs, list) else []
    return "".join(part if part.endswith("\n") else part + "\n" for part in parts if part)


def _text_of(output: Mapping[str, object]) -> str:
    data = output.get("data")
    if not isinstance(data, dict):
        return _joined(output.get("text"))
    plain, html = _joined(data.get("text/plain")), _joined(data.get("text/html"))
    if plain.strip() != _PLACEHOLDER or "<table" not in html:
        return plain
    rows = (_TABLE_CELL.findall(row) for row in _TABLE_ROW_END.split(html))
    return "\n".join("\t".join(unescape(cell).strip() for cell in row) for row in rows if row)


def _has_table_of_losses(text: str) -> bool:
    """Return whether the header of a table in HTML has a counter and a loss.

    >>> _has_table_of_losses("<th>epoch</th><th>train_loss</th>"), _has_table_of_losses("<th>loss</th>")
    (True, False)
    """
    names = [name.strip().lower() for name in _HEADER_CELL.findall(text)]
    return any(map(is_loss, names)) and any(map(is_counter, names))


def _joined(text: object) -> str:
    lines = text if isinstance(text, list) else [text]
    return "".join(line for line in lines if isinstance(line, str))


def message_in(record: Mapping[str, object]) -> str:
    r"""Return the printed text in *record*, ended by a newline; empty if it has none.

    >>> message_in({"message": "Epoch 3 loss 0.35", "level": "INFO"})
    'Epoch 3 loss 0.35\n'
    """
    text = next((value for name in MESSAGE_NAMES if isinstance(value := record.get(name), str)), "")
    return text if not text or text.endswith(("\n", "\r")) else text + "\n"


def _is_training_output(text: str) -> bool:
    from lossmon_adapters.console.claims import is_training_output

    return is_training_output(text.encode("utf-8", "replace"))
