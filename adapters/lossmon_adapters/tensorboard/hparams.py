"""The hyperparameters in an event file, which torch's ``add_hparams``, Lightning and Keras' ``hp.hparams`` write.

Source: TensorBoard's ``plugin_data.proto`` of the plug-in ``hparams``, and protobuf's ``struct.proto``.
"""

from __future__ import annotations

from collections.abc import Iterator
from struct import Struct

from lossmon.core.hyperparameters import Hyperparameters, flatten
from lossmon_adapters.shared.protobuf import MalformedError, read_contents, read_fields
from lossmon_adapters.tensorboard.proto import METADATA, PLUGIN_DATA, SUMMARY, TAG, VALUE

HPARAMS_TAG = b"_hparams_/session_start_info"
"""The tag of the value that says what a run was started with."""

# Keys of fields, as in ``proto``: of PluginData, of HParamsPluginData, of SessionStartInfo, and of an entry of its map.
_PLUGIN_CONTENT, _SESSION_START, _HPARAMS, _ENTRY_KEY, _ENTRY_VALUE = 18, 26, 10, 10, 18
# Of google.protobuf.Value.
_NUMBER, _STRING, _BOOL = 17, 26, 32
_unpack_double = Struct("<d").unpack_from


def read_hparams(payload: bytes) -> Hyperparameters:
    """Return the hyperparameters in the event of *payload*; none if they are malformed."""
    try:
        return flatten(dict(_entries(payload)))
    except MalformedError:
        return ()


def _entries(payload: bytes) -> Iterator[tuple[str, object]]:
    values = (place for place in _at(payload, 0, len(payload), (SUMMARY, VALUE)) if _has_tag(payload, *place))
    path = (METADATA, PLUGIN_DATA, _PLUGIN_CONTENT, _SESSION_START, _HPARAMS)
    for start, stop in (entry for value in values for entry in _at(payload, *value, path)):
        parts = read_contents(payload, start, stop)
        if _ENTRY_KEY in parts and _ENTRY_VALUE in parts:
            yield parts[_ENTRY_KEY].decode("utf-8", "replace"), _value(parts[_ENTRY_VALUE])


def _at(payload: bytes, begin: int, end: int, path: tuple[int, ...]) -> Iterator[tuple[int, int]]:
    """Yield start and stop of every message at the end of *path*, a chain of keys of fields."""
    if not path:
        yield begin, end
        return
    for key, start, stop in read_fields(payload, begin, end):
        if key == path[0]:
            yield from _at(payload, start, stop, path[1:])


def _has_tag(payload: bytes, begin: int, end: int) -> bool:
    fields = read_fields(payload, begin, end)
    return any(key == TAG and payload[start:stop] == HPARAMS_TAG for key, start, stop in fields)


def _value(message: bytes) -> object:
    """Return the number, text or truth value in a Value; None for anything else."""
    value: object = None
    for key, start, stop in read_fields(message, 0, len(message)):
        if key == _NUMBER:
            value = float(_unpack_double(message, start)[0])
        elif key == _STRING:
            value = message[start:stop].decode("utf-8", "replace")
        elif key == _BOOL:
            value = message[start] != 0
    return value
