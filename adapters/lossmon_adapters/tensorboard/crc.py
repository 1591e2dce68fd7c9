"""CRC-32C as event files use it: one value at a time, or a million records at once.

A CRC is linear: over messages of one length, ``crc(a ^ b) ^ crc(0) == crc(a) ^ crc(b)``. So records that differ from a
known one only in a few bytes are verified with one table look-up for each of these bytes.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TypeAlias

import google_crc32c
import numpy as np
from numpy.typing import NDArray

Words32: TypeAlias = NDArray[np.uint32]

_POLYNOMIAL = np.uint32(0x82F63B78)
_MASK_DELTA = 0xA282EAD8
_MAX_CACHED = 4096
# Small records have fewer places than this; each table takes 256 KiB.
_MAX_PAIR_TABLES = 256


def masked(crc: int) -> int:
    """Return *crc* as it is stored: rotated right by 15 bits, plus a constant."""
    return ((crc >> 15 | crc << 17) + _MASK_DELTA) & 0xFFFFFFFF


def unmasked(stored: Words32) -> Words32:
    """Undo ``masked`` for an array."""
    rotated = stored - np.uint32(_MASK_DELTA)
    return (rotated >> np.uint32(17)) | (rotated << np.uint32(15))


def masked_crc(data: bytes) -> int:
    """Return the stored form of the CRC-32C of *data*."""
    return masked(google_crc32c.value(data))


@lru_cache(_MAX_CACHED)
def length_crc(length: int) -> int:
    """Return the stored CRC that belongs to the eight bytes of a record's *length*."""
    return masked_crc(length.to_bytes(8, "little"))


@lru_cache(_MAX_CACHED)
def byte_table(following: int) -> Words32:
    """Return what each value of a byte that *following* more bytes follow contributes to a CRC: uint32[256]."""
    if following:
        before = byte_table(following - 1)
        shifted: Words32 = (before >> np.uint32(8)) ^ byte_table(0)[before & np.uint32(255)]
        return shifted
    table = np.arange(256, dtype=np.uint32)
    for _ in range(8):
        table = np.where(table & np.uint32(1), (table >> np.uint32(1)) ^ _POLYNOMIAL, table >> np.uint32(1))
    return table


@lru_cache(_MAX_PAIR_TABLES)
def pair_table(following: int) -> Words32:
    """Return the same for a little-endian pair of bytes that *following* more bytes follow: uint32[65536]."""
    pairs: Words32 = byte_table(following)[:, None] ^ byte_table(following + 1)[None, :]
    return pairs.ravel()


@lru_cache(_MAX_CACHED)
def zeros_crc(length: int) -> np.uint32:
    """Return the CRC-32C of *length* zero bytes."""
    return np.uint32(google_crc32c.value(bytes(length)))


@lru_cache(1)
def short_length_crcs() -> Words32:
    """Return ``length_crc`` of 0 to 255."""
    return np.array([length_crc(length) for length in range(256)], np.uint32)


def length_crcs(lengths: Words32) -> Words32:
    """Return ``length_crc`` of many lengths below 2**32."""
    crcs = np.full(len(lengths), zeros_crc(8))
    for index in range(4):
        crcs ^= byte_table(7 - index)[(lengths >> np.uint32(8 * index)) & np.uint32(255)]
    return ((crcs >> np.uint32(15)) | (crcs << np.uint32(17))) + np.uint32(_MASK_DELTA)
