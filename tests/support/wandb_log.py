"""Write logs of W&B: records of protobuf in the blocks of a LevelDB log."""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Iterable

from tests.support.decoding import field

SIGNATURE = b":W&B\xe1\xbe\x00"
BLOCK = 1 << 15
HEADER = 7
FULL, FIRST, MIDDLE, LAST = 1, 2, 3, 4


def chunk(kind: int, content: bytes) -> bytes:
    """Return one chunk with the right checksum."""
    return struct.pack("<IHB", zlib.crc32(content, zlib.crc32(bytes([kind]))), len(content), kind) + content


def wandb_log(records: Iterable[bytes]) -> bytes:
    """Return a log of *records*, cut into chunks where a block ends."""
    log = bytearray(SIGNATURE)
    for record in records:
        rest, is_first = record, True
        while rest or is_first:
            left = BLOCK - len(log) % BLOCK
            if left < HEADER:
                log += bytes(left)
                continue
            part, rest = rest[: left - HEADER], rest[left - HEADER :]
            log += chunk((FIRST if rest else FULL) if is_first else (MIDDLE if rest else LAST), part)
            is_first = False
    return bytes(log)


def item(name: bytes | list[bytes], value: object) -> bytes:
    """Return an item of a row as W&B 0.31 writes it; a list of names is a nested name."""
    names = name if isinstance(name, list) else [name]
    return field(1, b"".join(field(2, one) for one in names) + field(16, json.dumps(value).encode()))


def row(*items: bytes, step: int | None = None) -> bytes:
    """Return the record of a row of metrics."""
    return field(1, 7) + field(2, b"".join(items) + (b"" if step is None else field(2, field(1, step))))


def numbers(step: int, **values: float) -> bytes:
    """Return the record of a row of numbers, with the step that W&B counts."""
    items = [item(name.encode(), value) for name, value in values.items()]
    return row(*items, item(b"_step", step), item(b"_runtime", 0.5), item(b"_timestamp", 1.7e9 + step), step=step)


def definition(step_metric: bytes, *, glob: bytes = b"", name: bytes = b"") -> bytes:
    """Return the record by which a metric becomes the x of those that *glob* or *name* say."""
    return field(1, 3) + field(12, (field(1, name) if name else b"") + field(2, glob) + field(4, step_metric))


def statistics(seconds: int, **values: float) -> bytes:
    """Return the record of measurements of the machine; a ``_`` in a name stands for a dot."""
    items = [
        field(3, field(1, name.replace("_", ".").encode()) + field(16, json.dumps(value).encode()))
        for name, value in values.items()
    ]
    return field(1, 9) + field(7, field(2, field(1, seconds)) + b"".join(items))
