"""What ClearML and Comet write offline: arrays of events a line, and a zip archive of messages."""

from __future__ import annotations

import io
import json
import math
import zipfile
from collections.abc import Mapping

import pytest
from tests.support.decoding import (
    DATA,
    claiming_format,
    decode,
    decode_in_pieces,
    decoded_by,
    new_decoder,
    point,
    values,
    xs,
)

CLEARML = (DATA / "trackers" / "clearml.jsonl").read_bytes()
COMET = (DATA / "trackers" / "comet.zip").read_bytes()


def event(**changes: object) -> Mapping[str, object]:
    """Return an event of ClearML, with some *changes*."""
    usual = {"type": "training_stats_scalar", "task": "t", "metric": "loss", "variant": "train", "iter": 1}
    return {**usual, "timestamp": 1.7e12, "value": 0.5, **changes}


def clearml(*events: object) -> str:
    return json.dumps(list(events)) + "\n"


def archive(messages: bytes, method: int = zipfile.ZIP_DEFLATED, first: str = "experiment.json") -> bytes:
    """Return an archive as Comet writes it."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        # A fixed time, so that the names of the tests are the same in each process that runs them.
        for name, data in ((first, b"{}" * 500), ("messages.json", messages)):
            archive.writestr(zipfile.ZipInfo(name), data, method)
    return file.getvalue()


def message(**metric: object) -> bytes:
    """Return a message of Comet with one value."""
    usual = {"metricName": "loss", "metricValue": 0.5, "step": 1, "epoch": None}
    payload = {"local_timestamp": 1.7e12, "metric": {**usual, **metric}}
    return json.dumps({"type": "metric_msg", "payload": payload}).encode() + b"\n"


@pytest.mark.parametrize(
    ("name", "head", "format_name"),
    [
        ("metrics.jsonl", CLEARML[:4096], "clearml"),
        ("metrics.json", CLEARML[:4096], "json-history"),
        ("log.jsonl", b'[{"task": "t", "iter": 1}]\n', None),
        ("c8.zip", COMET[:4096], "comet"),
        ("c8.zip", archive(b"", first="readme.txt"), None),
        ("c8.zip", COMET[:20], None),
    ],
)
def test_only_the_files_of_these_trackers_are_claimed(name: str, head: bytes, format_name: str | None) -> None:
    assert claiming_format(name, head) == format_name


def test_a_metric_of_clearml_has_the_name_of_its_variant() -> None:
    text = clearml(event(), event(iter=2), event(variant="val", value=0.75), event(metric="lr", variant="lr"))
    points = decoded_by("clearml", text)
    assert points[b"loss/train"] == [point(1, 1.7e9, 0.5), point(2, 1.7e9, 0.5)]
    assert values(points, b"loss/val") == [0.75]
    assert xs(points, b"lr") == [1]


def test_what_is_no_value_of_the_training_is_left_out() -> None:
    others = [event(type="log"), event(metric=":monitor:gpu"), event(value="x"), event(iter=None), event(metric=3), 7]
    assert decoded_by("clearml", clearml(*others) + "[]\n\n") == {}


def test_values_of_clearml_may_be_not_finite() -> None:
    losses = values(decoded_by("clearml", clearml(event(value=math.nan), event(value="-Infinity"))), b"loss/train")
    assert math.isnan(losses[0])
    assert losses[1] == -math.inf


def test_a_line_that_is_no_array_is_said() -> None:
    decoder = new_decoder("clearml")
    assert xs(decode(decoder, b'{"iter": 1}\n' + clearml(event()).encode()), b"loss/train") == [1]
    assert list(decoder.warnings) == ["lines that are no JSON array left out: 1"]


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_the_messages_of_comet_are_read_from_their_archive(method: int) -> None:
    messages = message() + b'{"type": "log_other"}\n' + message(metricName="val_loss", step=2).rstrip()
    points = decoded_by("comet", archive(messages, method))
    assert points == {b"loss": [point(1, 1.7e9, 0.5)], b"val_loss": [point(2, 1.7e9, 0.5)]}


def test_a_metric_of_comet_may_have_an_epoch_and_a_context() -> None:
    (loss,) = new_decoder("comet").feed(archive(message(step=None, epoch=3, context="validate")))
    assert (loss.tag.text, loss.axis, loss.x.tolist()) == ("validate_loss", "epoch", [3])


@pytest.mark.parametrize("metric", [{"metricValue": "x"}, {"step": None}, {"metricName": None}, {"step": math.nan}])
def test_messages_without_a_value_or_a_place_are_left_out(metric: dict[str, object]) -> None:
    assert decoded_by("comet", archive(message(**metric))) == {}


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (COMET.replace(b"messages.json", b"messages.bson"), "has no such log"),
        (COMET[:400] + bytes(1000) + COMET[1400:], "damaged"),
        (COMET[:6] + b"\x01\x00" + COMET[8:], "unpack it"),
        (archive(message(), zipfile.ZIP_BZIP2), "unpack it"),
    ],
)
def test_an_archive_that_cannot_be_read_is_said(data: bytes, words: str) -> None:
    decoder = new_decoder("comet")
    decoder.feed(data)
    assert [words in warning for warning in decoder.warnings] == [True]


def test_an_archive_that_unpacks_to_any_size_is_read_up_to_a_limit() -> None:
    decoder = new_decoder("comet")
    decoder.feed(archive(message() + bytes(1 << 29)))
    assert list(decoder.warnings) == ["only the first 256 MiB of the messages are read"]


def test_a_damaged_archive_is_read_up_to_the_damage_however_it_is_cut() -> None:
    data = bytearray(COMET)
    at = data.index(b"messages.json") + 3000
    data[at : at + 8] = b"\xff" * 8
    whole = decode(new_decoder("comet"), bytes(data))
    assert 10 < len(whole[b"loss"]) < 200
    for size in (1, 7, 500, 3001):
        assert decode_in_pieces(new_decoder("comet"), bytes(data), size) == whole
