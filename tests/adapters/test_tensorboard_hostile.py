"""Event files that are valid in their framing and hostile in what they hold."""

from __future__ import annotations

import math
import time
import tracemalloc
from pathlib import Path

import pytest
from tests.support.decoding import decode, event, field, record, simple, values, varint, xs
from tests.support.watched_monitor import WatchedMonitor

from lossmon.core.text import Name
from lossmon.report.json_report import dumps, snapshot_report
from lossmon_adapters.tensorboard import TensorBoard

GROUP = varint(9 << 3 | 3) + field(1, 5) + varint(9 << 3 | 4)
"""A protobuf group, which no writer uses any more."""


def nested(depth: int) -> bytes:
    """Return a field in a field in a field, *depth* deep."""
    content = b""
    for _ in range(depth):
        content = field(1, content)
    return content


def test_a_record_of_a_million_empty_values_takes_little_time_and_memory() -> None:
    data = record(event(1.0, 1, *[b""] * 1_000_000, simple(b"loss", 0.5)))
    decoder = TensorBoard().decoder()
    tracemalloc.start()
    begin = time.process_time()
    decoder.feed(data)
    seconds = time.process_time() - begin
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < len(data) + 2**26
    assert seconds < 10


@pytest.mark.parametrize("depth", [100, 5000])
@pytest.mark.parametrize("number", [1, 2, 5, 9], ids=["summary value", "file version", "summary", "unknown"])
def test_nesting_of_any_depth_costs_only_its_record(depth: int, number: int) -> None:
    hostile = record(field(1, 1.0) + field(2, 1) + field(number, nested(depth)))
    points = decode(TensorBoard().decoder(), hostile + record(event(1.0, 2, simple(b"loss", 0.5))))
    assert values(points, b"loss") == [0.5]


@pytest.mark.parametrize(
    "body", [GROUP, GROUP[:1], varint(1 << 3 | 7), b"\xff" * 11], ids=["group", "open", "7", "key"]
)
def test_wire_types_that_nobody_writes_do_no_harm(body: bytes) -> None:
    hostile = record(event(1.0, 1, simple(b"other", 0.25)) + body)
    points = decode(TensorBoard().decoder(), hostile + record(event(1.0, 2, simple(b"loss", 0.5))))
    assert values(points, b"loss") == [0.5]


@pytest.mark.parametrize("wall_time", [math.nan, math.inf, -math.inf, 1e300, -1e300, 0.0])
@pytest.mark.parametrize("step", [-(2**63), 2**63 - 1, 0])
def test_impossible_times_and_steps_are_shown_without_an_error(wall_time: float, step: int, tmp_path: Path) -> None:
    tags = (b"loss", b"val_loss")
    events = [event(wall_time, step - at * (step > 0), *(simple(tag, 0.5) for tag in tags)) for at in range(9)]
    (tmp_path / "events.out.tfevents.1.host").write_bytes(b"".join(map(record, events)))
    watch = WatchedMonitor(tmp_path)
    snapshot = watch.look()
    watch.monitor.close()
    (run,) = snapshot.runs
    assert run.val is not None
    assert len(run.val.value) > 0
    assert "val_loss" in dumps(snapshot_report(snapshot))


@pytest.mark.parametrize(
    "tag", [b"\xff\xfe\x80", b"", b"\x1b[2J", b"\xed\xa0\x80"], ids=["bytes", "empty", "ESC", "half"]
)
def test_a_tag_of_any_bytes_is_kept_and_has_a_printable_name(tag: bytes) -> None:
    points = decode(TensorBoard().decoder(), record(event(1.0, 3, simple(tag, 0.5))))
    assert xs(points, tag) == [3.0]
    assert Name.of(tag).text.isprintable()
