"""Documents that hold a whole history, and are written anew each time it grows."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence

from lossmon.core.naming import EPOCHS, STEPS
from lossmon.core.points import Axis, Scalars
from lossmon_adapters.json_logs.parse import parsed, text_of
from lossmon_adapters.json_logs.rows import Rows
from lossmon_adapters.shared.lines import Utf8

_LARGEST = 1 << 25
_CLOSERS = (b"}", b"]")
_DEEPEST = 4


class DocumentDecoder:
    """Decodes one document once all of it is there."""

    def __init__(self, records: Callable[[object], Iterator[dict[str, object]]]) -> None:
        self._records = records
        self._utf8 = Utf8()
        self._held: list[bytes] = []
        self._size = 0
        self._rows = Rows()
        self._done = False
        self.planned: Mapping[Axis, float] = {}
        """Up to which epoch and step the training goes, once a trainer's state has said so."""

    @property
    def skip(self) -> int:
        """All that follows the document, or a document that is too large."""
        return _LARGEST if self._done or self._size > _LARGEST else 0

    @property
    def notices(self) -> Sequence[str]:
        """What is wrong with the document."""
        if self._size > _LARGEST:
            return ["a JSON document of more than 32 MiB is not read"]
        if self._size and not self._done:
            return ["the JSON document is not complete, or not valid"]
        return self._rows.notices

    def skipped(self, count: int) -> None:
        """Take note that bytes of no use were left out."""

    def feed(self, data: bytes | memoryview) -> list[Scalars]:
        """Take the next bytes and return all points once the document is complete."""
        if self.skip or not data:
            return []
        self._held.append(self._utf8.feed(data))
        self._size += len(data)
        if self._size > _LARGEST:
            self._held.clear()
            return []
        if not self._held[-1].rstrip().endswith(_CLOSERS):
            return []
        self._held = [b"".join(self._held)]
        document = parsed(text_of(self._held[0]))
        if not isinstance(document, (dict, list)):
            return []
        self._done = True
        self._held.clear()
        self.planned = _planned(document)
        for record in self._records(document):
            self._rows.add(record)
        return self._rows.columns()


def trainer_state(document: object) -> Iterator[dict[str, object]]:
    """Yield the records of Hugging Face's ``trainer_state.json``.

    The summary that ends a run is none: its ``train_loss`` is the mean of the run.
    """
    logged = document.get("log_history") if isinstance(document, dict) else None
    for record in logged if isinstance(logged, list) else []:
        if isinstance(record, dict) and "train_runtime" not in record:
            yield record


def _planned(document: object) -> dict[Axis, float]:
    said = document if isinstance(document, dict) else {}
    ends: dict[Axis, object] = {"step": said.get("max_steps"), "epoch": said.get("num_train_epochs")}
    return {axis: float(end) for axis, end in ends.items() if isinstance(end, (int, float)) and 0 < end < math.inf}


def history(document: object) -> Iterator[dict[str, object]]:
    """Yield the records of a list of objects, or of an object of lists, such as a Keras history."""
    if isinstance(document, list):
        yield from (record for record in document if isinstance(record, dict))
        return
    lists = dict(_lists(document)) if isinstance(document, dict) else {}
    epochs = next((name for name in lists if name.lower() in EPOCHS or name.lower() in STEPS), None)
    for row in range(max(map(len, lists.values()), default=0)):
        record = {name: values[row] for name, values in lists.items() if row < len(values)}
        yield record if epochs in record else {"epoch": row, **record}


def _lists(document: dict[str, object], prefix: str = "", depth: int = 0) -> Iterator[tuple[str, list[object]]]:
    for key, value in document.items():
        if isinstance(value, list):
            yield prefix + key, value
        elif isinstance(value, dict) and depth < _DEEPEST:
            yield from _lists(value, prefix if key == "history" else f"{prefix}{key}/", depth + 1)
