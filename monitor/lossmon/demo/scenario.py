"""The scenario of the demo, that is, which run is written when and in which format, and its replay."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from heapq import merge
from pathlib import Path
from typing import NamedTuple

from lossmon.demo.gpu_load import gpu_samples
from lossmon.demo.histories import load_histories
from lossmon.demo.writers import KerasCsv, KerasTensorBoard, LightningCsv, Record, RunWriter, TorchTensorBoard


@dataclass(frozen=True, slots=True)
class DemoRun:
    """One run of the scenario."""

    name: str
    """Name of its history and of its directory."""
    writer: type[RunWriter]
    start: float
    """Second of the scenario at which it starts; the screen opens at 0, so a negative start lies before that."""
    seconds_per_epoch: float


SCENARIO = (
    DemoRun("lstm-512", KerasTensorBoard, -15.0, 1.5),
    DemoRun("lstm-128-dropout", KerasTensorBoard, -30.0, 1.5),
    DemoRun("cnn-small", TorchTensorBoard, -48.0, 1.2),
    DemoRun("mlp-lr-tiny", KerasCsv, -10.0, 2.0),
    DemoRun("rnn-no-clip", TorchTensorBoard, 6.0, 2.0),
    DemoRun("resnet-aug", LightningCsv, 18.0, 1.25),
)


class ScheduledRecord(NamedTuple):
    """A record of a run, and the second of the scenario at which it is written."""

    due: float
    run: str
    record: Record


def schedule() -> list[ScheduledRecord]:
    """Return the records of all runs, sorted by time."""
    return list(merge(*map(_schedule_run, SCENARIO), key=lambda scheduled: scheduled.due))


def _schedule_run(run: DemoRun) -> Iterator[ScheduledRecord]:
    history = load_histories()[run.name]
    samples = gpu_samples(len(history.epochs) if run.writer.logs_gpu else 0, history.steps_per_epoch)
    records: Iterator[Record] = merge(samples, history.batches, history.epochs, key=lambda record: record.steps)
    for record in records:
        due = run.start + run.seconds_per_epoch * record.steps / history.steps_per_epoch
        yield ScheduledRecord(due, run.name, record)


class Replay:
    """Writes the scenario into *directory*: on a thread after :meth:`start`, or step by step with :meth:`write_until`.

    *speed* is seconds of the scenario per second; 0 and infinity write all of it at once, as if it ended now. *clock*
    returns seconds since 1970, *monotonic* returns seconds of a clock that is never set back.
    """

    def __init__(
        self,
        directory: Path,
        speed: float = 1.0,
        clock: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._schedule = schedule()
        self._written = 0
        self._writers = {run.name: run.writer(directory / run.name) for run in SCENARIO}
        all_at_once = not 0 < speed < math.inf
        self._speed = 1.0 if all_at_once else speed
        self._now = self._schedule[-1].due if all_at_once else 0.0
        """Second of the scenario at the start of the replay."""
        self._wall_time_now = clock()
        self._monotonic = monotonic
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._write_when_due, name="replay", daemon=True)
        self._failure: OSError | None = None

    @property
    def next_due(self) -> float:
        """The second of the scenario at which the next record is written; infinity after the last."""
        return self._schedule[self._written].due if self._written < len(self._schedule) else math.inf

    def write_until(self, second: float) -> None:
        """Write all records that are due up to *second* of the scenario.

        Each gets the wall time at which it is due, or would have been due before the replay. Raise OSError if a file
        cannot be written.
        """
        while self.next_due <= min(second, self._schedule[-1].due):
            due, run, record = self._schedule[self._written]
            self._written += 1
            self._writers[run].write(record, self._wall_time_now + (due - self._now) / self._speed)

    def start(self) -> None:
        """Write the records from before now at once, and the rest on a thread when they are due."""
        self.write_until(self._now)
        self._thread.start()

    def join(self) -> None:
        """Wait until all records are written, or writing failed."""
        self._thread.join()

    def close(self) -> None:
        """Stop the thread and close the files; raise the OSError with which the thread failed, if it did."""
        self._closing.set()
        if self._thread.is_alive():
            self._thread.join()
        for writer in self._writers.values():
            writer.close()
        if self._failure is not None:
            raise self._failure

    def _write_when_due(self) -> None:
        started = self._monotonic()
        while self.next_due < math.inf:
            wait = (self.next_due - self._now) / self._speed - (self._monotonic() - started)
            if self._closing.wait(max(0.0, wait)):
                return
            try:
                self.write_until(self.next_due)
            except OSError as failure:
                self._failure = failure
                return
