"""Programs that write logs whose content is known: rows are appended, files replaced, rewritten and begun again."""

from __future__ import annotations

import json
import struct
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random

from tests.support.decoding import event, record, simple, version

Row = tuple[float, float, float]
"""Epoch or step, train loss and validation loss."""
LENGTH = 240
"""Rows after which a run begins again."""
_PAUSE = 0.02
"""Seconds between two parts of a write."""


@dataclass(frozen=True, slots=True)
class Format:
    """A format of logs: the name of the file, what it begins with, and the bytes of a row."""

    file: str
    header: bytes
    encode: Callable[[Row], bytes]


def _csv(row: Row) -> bytes:
    return b"%d,%r,%r\n" % row


def _jsonl(row: Row) -> bytes:
    return json.dumps(dict(zip(("epoch", "train_loss", "val_loss"), row, strict=True))).encode() + b"\n"


def _text(row: Row) -> bytes:
    return b"Epoch %d: train_loss=%r val_loss=%r\n" % row


def _events(row: Row) -> bytes:
    step, train, val = int(row[0]), row[1], row[2]
    scalars = simple(b"train/loss", train), simple(b"val/loss", val)
    return b"".join(record(event(1.7e9 + step, step, scalar)) for scalar in scalars)


FORMATS = (
    Format("training.csv", b"epoch,loss,val_loss\n", _csv),
    Format("metrics.jsonl", b"", _jsonl),
    Format("train.log", b"", _text),
    Format("events.out.tfevents.1700000000.host", record(version()), _events),
)


class WrittenRun:
    """One run: its log, and the rows that it must show.

    The log is there at the start, or appears in its empty directory when ``write`` is called after *waits* more calls.
    """

    def __init__(self, directory: Path, log_format: Format, chance: Random, waits: int = 0) -> None:
        self.rows: list[Row] = []
        self.known: set[Row] = set()
        """The rows of this attempt and of the one before."""
        self.log = directory / log_format.file
        self._format, self._chance = log_format, chance
        self._content, self._waits = log_format.header, waits
        directory.mkdir()
        for _ in range(0 if waits else chance.randrange(1, LENGTH)):
            self._add_row()
        if self.rows:
            self.log.write_bytes(self._content)

    def write(self) -> None:
        """Write the next row, now and then by another way than appending it."""
        if self._waits:
            self._waits -= 1
            return
        if len(self.rows) == LENGTH:
            self._begin_again()
            return
        before = len(self._content) if self.rows else 0
        self._add_row()
        way = self._chance.random()
        if way < 0.02:
            self._replace()
        elif way < 0.04:
            self._write_in_parts("wb", self._content)
        else:
            self._write_in_parts("ab", self._content[before:])

    def _begin_again(self) -> None:
        self.known, self.rows, self._content = set(self.rows), [], self._format.header
        self._add_row()
        self._chance.choice((self._replace, self._remove, lambda: None))()
        self._write_in_parts("wb", self._content)

    def _add_row(self) -> None:
        row = len(self.rows), self._number(2.0), self._number(3.0)
        self.rows.append(row)
        self.known.add(row)
        self._content += self._format.encode(row)

    def _number(self, start: float) -> float:
        """Return a loss that a float32 holds too."""
        loss = start * 0.99 ** len(self.rows) + self._chance.random() / 10
        return float(struct.unpack("<f", struct.pack("<f", loss))[0])

    def _replace(self) -> None:
        new = self.log.with_suffix(".tmp")
        new.write_bytes(self._content)
        new.replace(self.log)

    def _remove(self) -> None:
        self.log.unlink()
        time.sleep(_PAUSE)

    def _write_in_parts(self, mode: str, data: bytes) -> None:
        cut = self._chance.randrange(len(data))
        with self.log.open(mode, buffering=0) as file:
            file.write(data[:cut])
            time.sleep(self._chance.choice((0.0, _PAUSE)))
            file.write(data[cut:])


class Writer(threading.Thread):
    """Writes to the *runs* in a random order, until it is stopped; whoever holds ``lock`` sees no write half done."""

    def __init__(self, runs: list[WrittenRun], rate: float, chance: Random) -> None:
        super().__init__(daemon=True)
        self.lock = threading.Lock()
        self.rows = 0
        self._runs, self._rate, self._chance = runs, rate, chance
        self._stopped = threading.Event()

    def run(self) -> None:
        """Write *rate* rows a second at most."""
        while not self._stopped.wait(1 / self._rate):
            with self.lock:
                self._chance.choice(self._runs).write()
                self.rows += 1

    def stop(self) -> None:
        """End, and wait for the end."""
        self._stopped.set()
        self.join()
