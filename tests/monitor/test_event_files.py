"""What one event file says of the tags and steps of others in its directory."""

from __future__ import annotations

import struct
from pathlib import Path

from tests.support.decoding import event, field, float_tensor, record, simple, tensor, version

from lossmon.core.snapshot import Curve
from lossmon.monitor import Monitor, MonitorSettings
from lossmon_adapters import BUILTIN


def undeclared(tag: bytes, value: float) -> bytes:
    return tensor(tag, field(1, 1) + field(2, b"") + field(4, struct.pack("<f", value)), b"")


def train_curve(root: Path, *files: list[bytes]) -> Curve | None:
    for number, events in enumerate(files, 1):
        data = b"".join(record(one) for one in [version(), *events])
        (root / f"events.out.tfevents.{number}.host").write_bytes(data)
    (run,) = Monitor([str(root)], BUILTIN, MonitorSettings(once=True)).read_all().runs
    return run.train


def test_a_tag_that_the_first_file_declares_is_read_in_later_files_too(tmp_path: Path) -> None:
    first = [event(1.0, 0, float_tensor(b"loss", 1.0))]
    later = [event(2.0 + step, 1 + step, undeclared(b"loss", 1 / (2 + step))) for step in range(2)]
    curve = train_curve(tmp_path, first, later)
    assert curve
    assert (curve.x.tolist(), curve.value.tolist()) == ([0, 1, 2], [1.0, 0.5, 0.3333333432674408])


def test_a_tag_that_no_earlier_file_declares_is_not_read(tmp_path: Path) -> None:
    first = [event(1.0, 0, undeclared(b"loss", 1.0)), event(1.0, 0, simple(b"lr", 1.0))]
    assert train_curve(tmp_path, first, [event(2.0, 1, undeclared(b"loss", 0.5))]) is None


def test_a_file_that_goes_on_at_an_earlier_step_replaces_what_came_after_it(tmp_path: Path) -> None:
    losses = [event(1.0 + step, step, simple(b"loss", 9 - step)) for step in range(8)]
    session = field(1, 9.0) + field(2, 5) + field(7, field(1, 1))
    curve = train_curve(tmp_path, losses, [session, event(10.0, 8, simple(b"loss", 0.5))])
    assert curve
    assert curve.x.tolist() == [0, 1, 2, 3, 4, 8]
