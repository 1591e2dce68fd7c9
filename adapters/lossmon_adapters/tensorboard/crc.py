"""The masked CRC-32C of event files, for one byte string or for many records at once.

A CRC is linear: for messages of one length, ``crc(a ^ b) ^ crc(0) == crc(a) ^ crc(b)``. So if records differ from a
known record in a few bytes only, one table look-up for each of these bytes verifies them.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TypeAlias

import google_crc32c
import numpy as np
from numpy.typing import NDArray

Uint32s: TypeAlias = NDArray[np.uint32]

_POLYNOMIAL = np.uint32(0x82F63B78)
"""The Castagnoli polynomial, bits reversed."""
_MASK_DELTA = 0xA282EAD8
"""kMaskDelta in TensorFlow's ``crc32c.h``."""
_MAX_CACHED = 4096
"""Lengths and byte positions whose CRC or table is kept."""
_MAX_PAIR_TABLES = 256
"""Tables of 256 KiB that are kept; small records have fewer pairs of bytes."""


def mask(crc: int) -> int:
    """Return *crc* as it is stored: rotated right by 15 bits, plus a constant.

    >>> hex(mask(0))
    '0xa282ead8'
    """
    return ((crc >> 15 | crc << 17) + _MASK_DELTA) & 0xFFFFFFFF


def mask_array(crcs: Uint32s) -> Uint32s:
    """Return ``mask`` of each of *crcs*."""
    return ((crcs >> np.uint32(15)) | (crcs << np.uint32(17))) + np.uint32(_MASK_DELTA)


def unmask_array(stored: Uint32s) -> Uint32s:
    """Return the CRCs whose masked form is *stored*."""
    rotated = stored - np.uint32(_MASK_DELTA)
    return (rotated >> np.uint32(17)) | (rotated << np.uint32(15))


def masked_crc(data: bytes) -> int:
    """Return the masked CRC-32C of *data*."""
    return mask(google_crc32c.value(data))


@lru_cache(_MAX_CACHED)
def zeros_crc(length: int) -> np.uint32:
    """Return the CRC-32C of *length* zero bytes, not masked."""
    return np.uint32(google_crc32c.value(bytes(length)))


@lru_cache(_MAX_CACHED)
def length_crc(length: int) -> int:
    """Return the masked CRC of a record's *length*, which is stored in eight bytes."""
    return masked_crc(length.to_bytes(8, "little"))


@lru_cache(1)
def short_length_crcs() -> Uint32s:
    """Return ``length_crc`` of 0 to 255: uint32[256]."""
    return np.array([length_crc(length) for length in range(256)], np.uint32)


def length_crcs(lengths: Uint32s) -> Uint32s:
    """Return ``length_crc`` of each of *lengths*, all below 2**32."""
    crcs = np.full(len(lengths), zeros_crc(8))
    for index in range(4):
        crcs ^= byte_table(7 - index)[(lengths >> np.uint32(8 * index)) & np.uint32(255)]
    return mask_array(crcs)


@lru_cache(_MAX_CACHED)
def byte_table(bytes_after: int) -> Uint32s:
    """Return what each value of a byte adds (by XOR) to the CRC if *bytes_after* bytes follow it: uint32[256].

    >>> int(zeros_crc(3) ^ byte_table(1)[ord("x")]) == google_crc32c.value(bytes([0, ord("x"), 0]))
    True
    """
    if bytes_after:
        before = byte_table(bytes_after - 1)
        shifted: Uint32s = (before >> np.uint32(8)) ^ byte_table(0)[before & np.uint32(255)]
        return shifted
    table = np.arange(256, dtype=np.uint32)
    for _ in range(8):
        table = np.where(table & np.uint32(1), (table >> np.uint32(1)) ^ _POLYNOMIAL, table >> np.uint32(1))
    return table


@lru_cache(_MAX_PAIR_TABLES)
def pair_table(bytes_after: int) -> Uint32s:
    """Return the same for a little-endian pair of bytes that *bytes_after* bytes follow: uint32[65536]."""
    pairs: Uint32s = byte_table(bytes_after)[:, None] ^ byte_table(bytes_after + 1)[None, :]
    return pairs.ravel()
