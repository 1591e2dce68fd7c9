"""Recognise records that hold no scalars, such as images, by their first bytes, so that the rest need not be read."""

from __future__ import annotations

import re
from enum import Enum
from functools import lru_cache

from lossmon_adapters.shared.protobuf import MalformedError, read_fields
from lossmon_adapters.tensorboard import proto
from lossmon_adapters.tensorboard.proto import ValueKind

MIN_MEDIA_BYTES = 1024
"""Payloads smaller than this are always read as a whole."""

_LARGE_FIELD_BYTES = 512
"""The size of a field from which on it may be all that a large payload holds."""
_MAX_SCALAR_TENSOR_BYTES = 1024
"""More bytes than any tensor with a single number has."""
_MAX_CACHED_OPENINGS = 4096

# The wall time, and the step unless it is 0.
_EVENT_START = re.compile(b"%c.{8}(?:%c[\x80-\xff]{0,9}[\0-\x7f])?" % (proto.WALL_TIME, proto.STEP), re.DOTALL)


class PrefixClass(Enum):
    """What the first bytes of a payload tell about the rest."""

    UNDECIDED = "more bytes are needed to decide"
    MAY_HOLD_SCALARS = "the rest must be read"
    NO_SCALARS = "an image, a histogram, a graph or the like"


def classify_prefix(prefix: bytes, length: int) -> PrefixClass:
    """Return whether a payload of *length* bytes that begins with *prefix* can hold scalars.

    This relies on a guarantee of protobuf writers: of fields that exclude each other only one is written. So a value
    that begins with an image holds no number. Sizes decide, not how much of the payload is there: two prefixes of one
    payload never get different answers, and the whole of it is always decided.
    """
    try:
        return _classify_event(prefix, length)
    except MalformedError:
        return PrefixClass.UNDECIDED if len(prefix) < length else PrefixClass.MAY_HOLD_SCALARS


def _classify_event(prefix: bytes, length: int) -> PrefixClass:
    for key, start, stop in read_fields(prefix, 0, length):
        if stop - start >= _LARGE_FIELD_BYTES:
            if key == proto.SUMMARY and stop == length:
                return _classify_summary(prefix, start, stop)
            return PrefixClass.NO_SCALARS if key in proto.OTHER_EVENTS else PrefixClass.MAY_HOLD_SCALARS
        if stop > len(prefix):
            return PrefixClass.UNDECIDED
    return PrefixClass.MAY_HOLD_SCALARS


def _classify_summary(prefix: bytes, begin: int, end: int) -> PrefixClass:
    for key, start, stop in read_fields(prefix, begin, end):
        if stop - start >= _LARGE_FIELD_BYTES:
            is_last_value = key == proto.VALUE and stop == end
            return _classify_value(prefix, start, stop) if is_last_value else PrefixClass.MAY_HOLD_SCALARS
        if stop > len(prefix):
            return PrefixClass.UNDECIDED
        if key == proto.VALUE:
            value = proto.read_value(prefix, start, stop)
            if value.number is not None or value.kind is ValueKind.SCALAR:
                return PrefixClass.MAY_HOLD_SCALARS
    return PrefixClass.MAY_HOLD_SCALARS


def _classify_value(prefix: bytes, begin: int, end: int) -> PrefixClass:
    for key, start, stop in read_fields(prefix, begin, end):
        size = stop - start
        if size >= _LARGE_FIELD_BYTES and key in proto.OTHER_VALUES:
            return PrefixClass.NO_SCALARS
        if key == proto.TENSOR and size > _MAX_SCALAR_TENSOR_BYTES:
            return PrefixClass.NO_SCALARS
        if size >= _LARGE_FIELD_BYTES or key in (proto.SIMPLE_VALUE, proto.TENSOR):
            return PrefixClass.MAY_HOLD_SCALARS
        if stop > len(prefix):
            return PrefixClass.UNDECIDED
    return PrefixClass.MAY_HOLD_SCALARS


def has_no_scalars(data: bytes, begin: int, end: int) -> bool:
    """Return whether the payload in ``data[begin:end]``, of ``MIN_MEDIA_BYTES`` or more, holds no scalars."""
    if _is_media(data, begin, end):
        return True
    return classify_prefix(data[begin:end], end - begin) is PrefixClass.NO_SCALARS


def _is_media(data: bytes, begin: int, end: int) -> bool:
    """Return whether the payload in ``data[begin:end]`` is a single image, histogram or the like.

    The payload must have ``MIN_MEDIA_BYTES`` or more. Only the order of fields that all writers use is recognised, so
    that ``classify_prefix``, which is much slower, never disagrees. For files that are mostly histograms.
    """
    event_start = _EVENT_START.match(data, begin, end)
    if event_start is None:
        return False
    offset = event_start.end()
    for key in (proto.SUMMARY, proto.VALUE):
        opening = _field_opening(key, end - offset)
        if not data.startswith(opening, offset):
            return False
        offset += len(opening)
    tag_size = data[offset + 1]
    content = offset + 2 + tag_size
    if data[offset] != proto.TAG or tag_size >= 128 or content + 2 >= end or data[content] not in proto.OTHER_VALUES:
        return False
    # The varint of a large size has two bytes or more.
    return data[content + 1] >= 128 and data[content + 2] << 7 >= _LARGE_FIELD_BYTES


@lru_cache(_MAX_CACHED_OPENINGS)
def _field_opening(key: int, size: int) -> bytes:
    """Return the first bytes of a field that has *size* bytes in all: the key and the varint of its content's size."""
    width = next(width for width in range(1, 10) if size - 1 - width < 1 << 7 * width)
    content_size = size - 1 - width
    septets = [content_size >> 7 * index & 127 for index in range(width)]
    return bytes([key, *(septet | 128 for septet in septets[:-1]), septets[-1]])
