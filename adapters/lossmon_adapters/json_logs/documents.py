"""Decode JSON documents that hold a whole history; a training rewrites them each time the history grows."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence

from lossmon.core.points import Axis, Scalars
from lossmon.core.score import BestMetric
from lossmon.sources.protocol import RunId, RunInfo
from lossmon_adapters.json_logs.parse import parse_json
from lossmon_adapters.json_logs.shapes import RunRecord
from lossmon_adapters.json_logs.splitter import DOCUMENTS, ValueSplitter
from lossmon_adapters.shared.records import RecordCollector

_LARGEST = 1 << 25
"""Bytes of a document that is read: all of it is held in memory."""
_REST_OF_FILE = 1 << 62
"""More bytes than any file has."""


class DocumentDecoder:
    """Decodes each document once all of it is there; *records_of* yields the records of a parsed document.

    Usually there is one. Others after it are histories that were appended: their points follow. What else follows a
    document is left out.
    """

    def __init__(self, records_of: Callable[[object], Iterator[RunRecord]]) -> None:
        self._records_of = records_of
        self._splitter = ValueSplitter(DOCUMENTS, _LARGEST)
        self._records = RecordCollector()
        self._invalid = 0
        self.planned_end: Mapping[Axis, float] = {}
        """Up to which epoch and step the training goes, if the document has it."""
        self.run_info: Mapping[RunId, RunInfo] = {}
        """By which metric the training keeps its best checkpoint, and whether it is over, if the document has it."""

    @property
    def skip(self) -> int:
        """All that follows the start of a document that is too large."""
        return _REST_OF_FILE if self._splitter.too_large else 0

    @property
    def warnings(self) -> Sequence[str]:
        """What is wrong with the document, a sentence each."""
        if self._splitter.too_large:
            return [f"a JSON document of more than {_LARGEST >> 20} MiB is not read"]
        if self._splitter.is_open or self._invalid:
            return ["the JSON document is not complete, or not valid", *self._records.warnings]
        return self._records.warnings

    def skipped(self, count: int) -> None:
        """Do nothing; the skipped bytes are of no use."""

    def feed(self, data: bytes | memoryview) -> list[Scalars]:
        """Add the next bytes and return all points of the documents that they complete."""
        if self.skip:
            return []
        for text in self._splitter.feed(data):
            if self.skip:
                break
            self._add(parse_json(text.decode("utf-8", "replace")))
        return self._records.take()

    def _add(self, document: object) -> None:
        if document is None:
            self._invalid += 1
            return
        state = document if isinstance(document, dict) else {}
        self.planned_end = _planned(state)
        info = RunInfo(best_metric=_best_metric(state), state="finished" if _is_over(state) else "unknown")
        self.run_info = {"": info} if info != RunInfo() else {}
        for run, record in self._records_of(document):
            self._records.add(record, run)


def trainer_state_records(document: object) -> Iterator[RunRecord]:
    """Yield the records of Hugging Face's ``trainer_state.json``.

    The summary at the end of a run is left out: its ``train_loss`` is the mean of the whole run.

    >>> list(trainer_state_records({"log_history": [{"loss": 1.0, "step": 5}, {"train_runtime": 9.0, "step": 5}]}))
    [RunRecord(run='', record={'loss': 1.0, 'step': 5})]
    """
    logged = document.get("log_history") if isinstance(document, dict) else None
    for record in logged if isinstance(logged, list) else []:
        if isinstance(record, dict) and "train_runtime" not in record:
            yield RunRecord("", record)


def _best_metric(state: Mapping[str, object]) -> BestMetric | None:
    """Return the metric whose best value Hugging Face's Trainer wrote down, and whether that is its highest.

    >>> _best_metric({"best_metric": 0.9, "log_history": [{"eval_f1": 0.8}, {"eval_f1": 0.9}]})
    BestMetric(tag='eval_f1', higher_is_better=True)
    """
    best, logged = state.get("best_metric"), state.get("log_history")
    if not isinstance(best, float) or not isinstance(logged, list):
        return None
    series: dict[str, list[float]] = {}
    for record in logged:
        for key, value in record.items() if isinstance(record, dict) else ():
            if isinstance(value, float) and isinstance(key, str) and key.startswith("eval_"):
                series.setdefault(key, []).append(value)
    named = [key for key, values in series.items() if best in values]
    values = series[named[0]] if len(named) == 1 else []
    if len(values) < 2 or best not in (min(values), max(values)) or min(values) == max(values):
        return None
    return BestMetric(named[0], best == max(values))


def _is_over(state: Mapping[str, object]) -> bool:
    """Return whether Hugging Face's Trainer wrote down that it has come to its last step, or was told to stop.

    >>> _is_over({"global_step": 900, "max_steps": 900}), _is_over({"global_step": 300, "max_steps": 900})
    (True, False)
    """
    step, last = state.get("global_step"), state.get("max_steps")
    told: object = state
    for name in ("stateful_callbacks", "TrainerControl", "args", "should_training_stop"):
        told = told.get(name) if isinstance(told, dict) else None
    return told is True or (isinstance(step, int) and isinstance(last, int) and step >= last > 0)


def _planned(state: Mapping[str, object]) -> dict[Axis, float]:
    ends: dict[Axis, object] = {"step": state.get("max_steps"), "epoch": state.get("num_train_epochs")}
    return {axis: float(end) for axis, end in ends.items() if isinstance(end, (int, float)) and 0 < end < math.inf}
