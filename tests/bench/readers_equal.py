"""Compare lossmon's points with EventAccumulator's, bit for bit, on many generated directories.

    python -m tests.bench.readers_equal [--directories N] [LOGDIR ...]

Each directory holds one to three files with random tags, encodings, restarts, repeated and negative steps, NaN and
infinities. Prints what differs; the exit code is 1 if anything does. What TensorBoard drops after a restart is compared
too (``purge_orphaned_data=False``), since lossmon keeps it as an earlier attempt. Points of one tag that come both as
simple values and as tensors are one curve to lossmon and two to TensorBoard, which does not tell how they alternate: of
these the order is not compared.
"""

from __future__ import annotations

import argparse
import random
import struct
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.support.decoding import (
    Points,
    decoded_in_pieces,
    event,
    field,
    float_tensor,
    point,
    record,
    simple,
    tensor,
    version,
)

from lossmon_adapters.tensorboard import TensorBoard

_PIECES = (1 << 22, 5003, 257)
_VALUES = [0.0, -0.0, 1.0, 1e-40, 3e38, float("inf"), float("-inf"), float("nan")]


def main() -> int:
    """Compare and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.readers_equal", description=__doc__.splitlines()[0])
    parser.add_argument("--directories", type=int, default=200, metavar="N", help="directories to generate (200)")
    parser.add_argument("paths", nargs="*", type=Path, metavar="LOGDIR", help="real logs to compare too")
    arguments = parser.parse_args()
    found = sorted({path.parent for root in arguments.paths for path in root.rglob("*tfevents*")})
    with tempfile.TemporaryDirectory() as name:
        generated = [_generate(Path(name) / f"run{seed:03}", seed) for seed in range(arguments.directories)]
        wrong = [line for directory in [*found, *generated] for line in differences(directory)]
    for line in wrong:
        sys.stdout.write(f"{line}\n")
    sys.stdout.write(f"{len(found)} real and {len(generated)} generated directories, {len(wrong)} differences\n")
    return int(bool(wrong))


def differences(directory: Path) -> Iterator[str]:
    """Yield a line for each tag whose points differ from EventAccumulator's in step, wall time or value."""
    theirs, both = _accumulated(directory)
    for size in _PIECES:
        adapter = TensorBoard()
        ours: Points = {}
        for path in sorted(directory.glob("*tfevents*")):
            for tag, points in decoded_in_pieces(adapter.decoder(), path.read_bytes(), size).items():
                ours.setdefault(tag, []).extend(points)
        for tag in sorted(ours.keys() | theirs.keys()):
            mine, other = ours.get(tag, []), theirs.get(tag, [])
            if tag in both:
                mine, other = sorted(mine), sorted(other)
            if mine != other:
                yield f"{directory}: {tag!r}: {len(mine)} points, EventAccumulator has {len(other)} (pieces of {size})"


def _accumulated(directory: Path) -> tuple[Points, set[bytes]]:
    """Return EventAccumulator's points by tag, and the tags that have both simple values and tensors."""
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
    from tensorboard.util import tensor_util

    keep_all = {"scalars": 0, "tensors": 0}
    read = EventAccumulator(str(directory), size_guidance=keep_all, purge_orphaned_data=False)
    read.Reload()
    points: Points = {}
    for tag in read.Tags()["scalars"]:
        points[tag.encode()] = [point(one.step, one.wall_time, one.value) for one in read.Scalars(tag)]
    for tag in read.Tags()["tensors"]:
        metadata = read.SummaryMetadata(tag)
        arrays = [(one, tensor_util.make_ndarray(one.tensor_proto)) for one in read.Tensors(tag)]
        if metadata.plugin_data.plugin_name == "scalars":
            points.setdefault(tag.encode(), []).extend(
                point(one.step, one.wall_time, float(array)) for one, array in arrays if array.ndim == 0
            )
    both = {tag.encode() for tag in {*read.Tags()["scalars"]} & {*read.Tags()["tensors"]}}
    return {tag: some for tag, some in points.items() if some}, both


def _generate(directory: Path, seed: int) -> Path:
    """Write one to three event files below *directory*."""
    directory.mkdir()
    chance = random.Random(seed)
    tags = [f"tag{index}/{'x' * chance.randrange(12)}".encode() for index in range(chance.randint(1, 12))]
    forms = {tag: chance.choice((simple, float_tensor, _double, _packed)) for tag in tags}
    wall = 1.7e9
    for number in range(chance.randint(1, 3)):
        step, records = chance.choice((0, 0, 90, -5)), [record(version())]
        for _ in range(chance.choice((3, 60, 900))):
            some = chance.sample(tags, chance.randint(1, min(3, len(tags))))
            values = [forms[tag](tag, _value(chance)) for tag in some]
            records.append(record(event(wall, step, *values)))
            wall += chance.random()
            step += chance.choice((0, 1, 1, 1, 7, 1000)) if chance.random() > 0.01 else -chance.randint(1, 50)
        (directory / f"events.out.tfevents.170000000{number}.host").write_bytes(b"".join(records))
    return directory


def _value(chance: random.Random) -> float:
    number = chance.choice(_VALUES) if chance.random() < 0.05 else chance.gauss(0.0, 1.0)
    return float(struct.unpack("<f", struct.pack("<f", number))[0])


def _double(tag: bytes, value: float) -> bytes:
    """Return a value as PyTorch writes it with ``double_precision=True``."""
    return tensor(tag, field(1, 2) + field(6, struct.pack("<d", value)))


def _packed(tag: bytes, value: float) -> bytes:
    """Return a value as PyTorch writes it with ``new_style=True``."""
    return tensor(tag, field(1, 1) + field(5, struct.pack("<f", value)))


if __name__ == "__main__":
    sys.exit(main())
