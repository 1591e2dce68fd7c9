"""Any reader of bytes with the decoder of any format: a source."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from dataclasses import replace
from itertools import islice
from typing import Protocol, TypeGuard, runtime_checkable

from lossmon.core.points import Axis, Scalars
from lossmon.sources.abilities import SupportsFinish, SupportsPlannedEnd, SupportsPreview, SupportsRunInfo
from lossmon.sources.byte_reader import ByteReader, Chunk
from lossmon.sources.protocol import RUNS_PER_LOG, Adapter, Budget, Decoder, RunId, RunInfo, RunState, Update
from lossmon.sources.time_allowance import TimedDecoding

_KNOWN_RUNS = RUNS_PER_LOG + 2
"""Runs of which anything is kept: so many that it shows if there are too many, beside the unnamed one."""
_PREVIEW_WINDOWS = 128
"""Places of a large log that are read for a preview, evenly spread."""
_WINDOW_BYTES = 4096
"""Bytes read at each of these places."""
_PREVIEW_END_BYTES = 1 << 18
"""Bytes read at the end of the log, so that a preview has its newest points."""


@runtime_checkable
class SupportsSuccessor(Protocol):
    """A decoder of a format whose logs say only at their start what the rest means."""

    def successor(self) -> Decoder:
        """Return a new decoder for the same log after it was emptied, when its writer may go on where it was."""


class ByteSource:
    """Reads the bytes of one log and decodes them; a log that is overwritten is a reset of its runs."""

    def __init__(
        self,
        reader: ByteReader,
        adapter: Adapter,
        watch: Sequence[str] = (),
        *,
        clock: Callable[[], float] | None = None,
    ) -> None:
        """Read with *reader*; *clock* returns CPU seconds of the thread."""
        self._reader, self._adapter, self._watch, self._clock = reader, adapter, watch, clock
        self._decoder: Decoder
        self._use(adapter.decoder())
        self._runs: dict[RunId, RunInfo] = {}
        """The first ``_KNOWN_RUNS`` runs in the log, with what was said of each."""

    def poll(self, budget: Budget) -> Update:
        """Read and decode at most ``budget.bytes`` bytes, in pieces, for about ``budget.seconds``."""
        reset: frozenset[RunId] = frozenset()
        scalars: list[Scalars] = []
        count, until = 0, self._time.spent + budget.seconds
        while True:
            chunk = self._reader.poll(self._piece(budget.bytes - count))
            if chunk.restarted:
                reset |= self._start_over()
                scalars, until = [], budget.seconds
            if chunk.data:
                scalars += self._decode(chunk)
            count += len(chunk.data)
            if not (chunk.more and chunk.data) or count >= budget.bytes or self._time.spent >= until:
                break
        if chunk.closed:
            scalars += self._last_line()
        return Update(
            scalars=scalars,
            runs=self._new_infos(scalars, _end_state(chunk)) if count or reset or chunk.closed else {},
            reset=reset,
            more=chunk.more,
            progress=self._progress(chunk),
            warnings=[*filter(None, [self._time.warning]), *chunk.warnings, *self._decoder.warnings],
            error=chunk.error,
            size=chunk.size,
            modified=chunk.modified,
            gone=chunk.gone,
        )

    def finish(self) -> Update:
        """Return the points of a last line that has no newline, for a log that is read only once."""
        scalars = self._last_line()
        return Update(scalars=scalars, runs=self._new_infos(scalars) if scalars else {})

    def last_line(self) -> list[Scalars]:
        """Return the points of a last line that has no newline so far; later polls are as if it had not been called."""
        return deepcopy(self._decoder).finish() if self._can_finish(self._decoder) else []

    def preview(self, size: int) -> list[Scalars]:
        """Return the points in samples of a log of *size* bytes, if its format can be read from anywhere."""
        if not isinstance(self._adapter, SupportsPreview) or size <= _PREVIEW_END_BYTES + _WINDOW_BYTES:
            return []
        end = size - _PREVIEW_END_BYTES
        starts = range(0, end - _WINDOW_BYTES, max(1, end // _PREVIEW_WINDOWS))
        windows = [range(start, start + _WINDOW_BYTES) for start in starts]
        try:
            return self._adapter.sample(self._reader.read_ranges([*windows, range(end, size)]))
        except OSError:
            return []

    def watch_paths(self) -> Sequence[str]:
        """Return the file, if it is a local one."""
        return self._watch

    def close(self) -> None:
        """Close the reader."""
        self._reader.close()

    def _use(self, decoder: Decoder) -> None:
        """Decode with *decoder* from now on; what it supports is asked once, because that is slow."""
        self._decoder, self._time = decoder, TimedDecoding(self._clock)
        self._run_info_of = decoder if isinstance(decoder, SupportsRunInfo) else None
        self._planned_end_of = decoder if isinstance(decoder, SupportsPlannedEnd) else None

    def _start_over(self) -> frozenset[RunId]:
        """Begin with a new decoder; return the runs that are void, and the unnamed one even if nothing was read."""
        void = frozenset({"", *self._runs})
        known = self._decoder
        self._use(known.successor() if isinstance(known, SupportsSuccessor) else self._adapter.decoder())
        self._runs = {}
        return void

    def _last_line(self) -> list[Scalars]:
        """Return the points of a last line that has no newline."""
        return self._decoder.finish() if self._can_finish(self._decoder) else []

    def _can_finish(self, decoder: Decoder) -> TypeGuard[SupportsFinish]:
        return isinstance(decoder, SupportsFinish) and not self._time.warning

    def _piece(self, limit: int) -> int:
        """Return how many bytes to read, at most *limit*; go to the end of a log that is no longer decoded."""
        if not self._time.warning:
            return min(limit, self._time.piece)
        # The log is read on, because it may be overwritten, and because what writes to a pipe must not wait.
        self._reader.skip(sys.maxsize)
        return limit

    def _decode(self, chunk: Chunk) -> list[Scalars]:
        if self._time.warning:
            return []
        scalars = self._time.feed(self._decoder.feed, chunk.data, chunk.offset)
        if self._decoder.skip and not self._time.warning:
            self._decoder.skipped(self._reader.skip(self._decoder.skip))
        return scalars

    def _new_infos(self, scalars: Sequence[Scalars], end: RunState = "unknown") -> dict[RunId, RunInfo]:
        """Return the runs of which something new is known; *end* is the state of those of which the log says none."""
        stated = self._run_info_of.run_info if self._run_info_of else {}
        planned_end = self._planned_end_of.planned_end if self._planned_end_of else {}
        named = dict.fromkeys([*self._runs, *(one.run for one in scalars), *stated]) or {"": None}
        runs = islice(named, _KNOWN_RUNS)
        infos = {run: _with_planned_end(stated.get(run, RunInfo()), planned_end) for run in runs}
        if end != "unknown":
            infos = {run: replace(info, state=end) if info.state == "unknown" else info for run, info in infos.items()}
        new = {run: info for run, info in infos.items() if self._runs.get(run) != info}
        self._runs.update(new)
        return new

    def _progress(self, chunk: Chunk) -> float | None:
        """Return the share of the bytes that were read or skipped; None for all."""
        offset = self._reader.offset
        return offset / chunk.size if offset < chunk.size else None


def _end_state(chunk: Chunk) -> RunState:
    """Return the state of runs that end with their log or with the program that writes it."""
    if chunk.failed:
        return "failed"
    return "finished" if chunk.closed else "unknown"


def _with_planned_end(info: RunInfo, planned_end: Mapping[Axis, float]) -> RunInfo:
    """Return *info*; if it does not say when the run ends, with what the whole log says."""
    return replace(info, planned_end=dict(planned_end)) if planned_end and not info.planned_end else info
