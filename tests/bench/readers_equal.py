"""Compare lossmon's points with EventAccumulator's, bit for bit, on many generated directories.

    python -m tests.bench.readers_equal [--directories N] [LOGDIR ...]

Each directory holds one to three files with random tags, encodings, restarts, repeated and negative steps, NaN and
infinities. Prints all differences; the exit code is 1 if there are any. Points that TensorBoard drops after a restart
are compared too (``purge_orphaned_data=False``), since lossmon keeps them as an earlier attempt. Simple values and
tensors of one tag are one curve in lossmon and two in TensorBoard, which have no common order, so their order is not
compared.
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
    decode_in_pieces,
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

_PIECE_BYTES = (1 << 22, 5003, 257)
"""Sizes of the pieces in which lossmon reads each file."""
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
        lines = [line for directory in [*found, *generated] for line in differences(directory)]
    for line in lines:
        sys.stdout.write(f"{line}\n")
    sys.stdout.write(f"{len(found)} real and {len(generated)} generated directories, {len(lines)} differences\n")
    return int(bool(lines))


def differences(directory: Path) -> Iterator[str]:
    """Yield a line for each tag whose points differ from EventAccumulator's in step, wall time or value."""
    expected, tags_of_both_kinds = _accumulated_points(directory)
    for size in _PIECE_BYTES:
        adapter = TensorBoard()
        read: Points = {}
        for path in sorted(directory.glob("*tfevents*")):
            for tag, points in decode_in_pieces(adapter.decoder(), path.read_bytes(), size).items():
                read.setdefault(tag, []).extend(points)
        for tag in sorted(read.keys() | expected.keys()):
            own, other = read.get(tag, []), expected.get(tag, [])
            if tag in tags_of_both_kinds:
                own, other = sorted(own), sorted(other)
            if own != other:
                yield f"{directory}: {tag!r}: {len(own)} points, EventAccumulator has {len(other)} (pieces of {size})"


def _accumulated_points(directory: Path) -> tuple[Points, set[bytes]]:
    """Return EventAccumulator's points by tag, and the tags that have both simple values and tensors."""
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
    from tensorboard.util import tensor_util

    keep_all = {"scalars": 0, "tensors": 0}
    accumulator = EventAccumulator(str(directory), size_guidance=keep_all, purge_orphaned_data=False)
    accumulator.Reload()
    points: Points = {}
    for tag in accumulator.Tags()["scalars"]:
        points[tag.encode()] = [point(read.step, read.wall_time, read.value) for read in accumulator.Scalars(tag)]
    for tag in accumulator.Tags()["tensors"]:
        metadata = accumulator.SummaryMetadata(tag)
        arrays = [(read, tensor_util.make_ndarray(read.tensor_proto)) for read in accumulator.Tensors(tag)]
        if metadata.plugin_data.plugin_name == "scalars":
            points.setdefault(tag.encode(), []).extend(
                point(read.step, read.wall_time, float(array)) for read, array in arrays if array.ndim == 0
            )
    tags = accumulator.Tags()
    both_kinds = {tag.encode() for tag in {*tags["scalars"]} & {*tags["tensors"]}}
    return {tag: series for tag, series in points.items() if series}, both_kinds


def _generate(directory: Path, seed: int) -> Path:
    """Write one to three event files below *directory*."""
    directory.mkdir()
    randomness = random.Random(seed)
    tags = [f"tag{index}/{'x' * randomness.randrange(12)}".encode() for index in range(randomness.randint(1, 12))]
    encodings = {tag: randomness.choice((simple, float_tensor, _double, _packed)) for tag in tags}
    wall_time = 1.7e9
    for number in range(randomness.randint(1, 3)):
        step, records = randomness.choice((0, 0, 90, -5)), [record(version())]
        for _ in range(randomness.choice((3, 60, 900))):
            chosen = randomness.sample(tags, randomness.randint(1, min(3, len(tags))))
            values = [encodings[tag](tag, _value(randomness)) for tag in chosen]
            records.append(record(event(wall_time, step, *values)))
            wall_time += randomness.random()
            step += (
                randomness.choice((0, 1, 1, 1, 7, 1000)) if randomness.random() > 0.01 else -randomness.randint(1, 50)
            )
        (directory / f"events.out.tfevents.170000000{number}.host").write_bytes(b"".join(records))
    return directory


def _value(randomness: random.Random) -> float:
    number = randomness.choice(_VALUES) if randomness.random() < 0.05 else randomness.gauss(0.0, 1.0)
    return float(struct.unpack("<f", struct.pack("<f", number))[0])


def _double(tag: bytes, value: float) -> bytes:
    """Return a value as PyTorch writes it with ``double_precision=True``."""
    return tensor(tag, field(1, 2) + field(6, struct.pack("<d", value)))


def _packed(tag: bytes, value: float) -> bytes:
    """Return a value as PyTorch writes it with ``new_style=True``."""
    return tensor(tag, field(1, 1) + field(5, struct.pack("<f", value)))


if __name__ == "__main__":
    sys.exit(main())
