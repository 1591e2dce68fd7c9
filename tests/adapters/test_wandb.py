"""The log of a W&B run: which rows it holds, what is x, and that damage never makes a wrong point."""

from __future__ import annotations

import math
import random

import pytest
from tests.support.decoding import DATA, claiming_format, decode, decoded_by, field, new_decoder, point, values, xs
from tests.support.wandb_log import BLOCK, SIGNATURE, chunk, definition, item, numbers, row, statistics, wandb_log

from lossmon.sources.abilities import SupportsRunInfo
from lossmon.sources.protocol import RunInfo
from lossmon_adapters.trackers import Wandb

LOG = (DATA / "trackers" / "run-3suil4v0.wandb").read_bytes()


def test_the_log_of_a_real_run_holds_its_losses() -> None:
    points = decoded_by("wandb", LOG)
    assert set(points) == {b"loss", b"val_loss", b"epoch"}
    assert xs(points, b"val_loss") == list(range(200))
    assert values(points, b"loss")[-1] == 0.05231915241404083
    val = values(points, b"val_loss")
    assert (min(val), val.index(min(val)), val[-1]) == (0.3472470972574363, 46, 0.8404256793745021)


@pytest.mark.parametrize(
    ("head", "format_name"), [(SIGNATURE, "wandb"), (LOG[:4096], "wandb"), (SIGNATURE[:6], None), (b"", None)]
)
def test_a_log_is_known_by_its_signature(head: bytes, format_name: str | None) -> None:
    assert claiming_format("run-1.wandb", head) == format_name


def test_a_row_has_the_step_and_the_time_of_wandb() -> None:
    points = decoded_by("wandb", wandb_log([numbers(3, loss=0.5)]))
    assert points == {b"loss": [point(3, 1.7e9 + 3, 0.5)]}


def test_a_row_without_these_has_the_step_of_its_record_and_no_time() -> None:
    points = decoded_by("wandb", wandb_log([row(item(b"loss", 0.5)), row(item(b"loss", 0.4), step=1)]))
    assert points == {b"loss": [point(0, math.nan, 0.5), point(1, math.nan, 0.4)]}


def test_the_names_of_nested_metrics_are_joined_by_dots() -> None:
    nested = row(item([b"train", b"loss"], 0.5))
    one_object = row(item(b"train", {"loss": 0.5}))
    for record in (nested, one_object):
        assert decoded_by("wandb", wandb_log([record])) == {b"train.loss": [point(0, math.nan, 0.5)]}


def test_images_histograms_texts_and_truth_values_are_no_metrics() -> None:
    record = row(
        item([b"image", b"width"], 9),
        item([b"image", b"_type"], "image-file"),
        item(b"histogram", {"_type": "histogram", "count": 3}),
        item(b"note", "0.5"),
        item(b"done", True),
        item(b"missing", None),
        item(b"imagery", 0.5),
    )
    assert set(decoded_by("wandb", wandb_log([record]))) == {b"imagery"}


def test_numbers_that_are_not_finite_are_values() -> None:
    record = row(item(b"a", math.nan), item(b"b", -math.inf))
    points = decoded_by("wandb", wandb_log([record]))
    assert values(points, b"b") == [-math.inf]
    assert math.isnan(values(points, b"a")[0])


def test_every_way_to_write_a_number_is_read() -> None:
    name = field(1, b"x")
    ways = [field(16, b"-1.5"), field(6, -1.5), field(8, b"-1.5")]
    for way in ways:
        assert values(decoded_by("wandb", wandb_log([row(field(1, name + way))])), b"x") == [-1.5]
    whole_number = row(field(1, name + field(5, 3)))  # zigzag
    assert values(decoded_by("wandb", wandb_log([whole_number])), b"x") == [-2.0]


def test_a_name_may_have_any_length() -> None:
    names = [b"n" * length for length in (1, 127, 128, 130, 300)]
    rows = [row(*(item(name, 0.5) for name in names), step=step) for step in range(3)]
    assert set(decoded_by("wandb", wandb_log(rows))) == set(names)


def test_a_metric_declared_as_x_of_all_others_is_x() -> None:
    metric = b"trainer/global_step"
    rows = [row(item(b"loss", 0.5 - step / 10), item(metric, 50 * step), step=step) for step in (1, 2)]
    rows += [row(item(b"val_loss", 0.6), step=3)]
    points = decoded_by("wandb", wandb_log([definition(metric, glob=b"*"), *rows]))
    assert (xs(points, b"loss"), xs(points, b"val_loss")) == ([50, 100], [100])


def test_an_epoch_declared_as_x_is_shown_as_an_epoch() -> None:
    log = wandb_log([definition(b"epoch", glob=b"*"), row(item(b"loss", 0.5), item(b"epoch", 7), step=1)])
    (loss, *_) = new_decoder("wandb").feed(log)
    assert (loss.axis, loss.x.tolist()) == ("epoch", [7])


def test_an_x_that_is_declared_of_some_metrics_or_too_late_does_not_count() -> None:
    rows = [row(item(b"loss", 0.5), item(b"epoch", 7), step=step) for step in (1, 2)]
    of_some = [definition(b"epoch", glob=b"val/*"), definition(b"epoch", name=b"loss"), *rows]
    too_late = [rows[0], definition(b"epoch", glob=b"*"), rows[1]]
    for records in (of_some, too_late):
        assert xs(decoded_by("wandb", wandb_log(records)), b"loss") == [1, 2]


def test_the_callbacks_of_frameworks_are_recognised() -> None:
    assert Wandb().framework(["loss", "trainer/global_step"]) == "lightning"
    assert Wandb().framework(["train/loss", "train/global_step"]) == "huggingface"
    assert Wandb().framework(["loss"]) == ""


def test_a_row_that_is_longer_than_a_block_is_read() -> None:
    wide = row(*(item(b"metric-%d" % index, index) for index in range(5000)), step=4)
    points = decoded_by("wandb", wandb_log([numbers(3, loss=0.5), wide, numbers(5, loss=0.4)]))
    assert (len(wide) > 3 * BLOCK, xs(points, b"metric-4999"), xs(points, b"loss")) == (True, [4], [3, 5])


def test_after_damage_reading_continues_with_the_next_block() -> None:
    rows = [numbers(step, loss=step / 4) for step in range(1000)]
    log = bytearray(wandb_log(rows))
    log[BLOCK + 2000] ^= 1
    decoder = new_decoder("wandb")
    steps = xs(decode(decoder, bytes(log)), b"loss")
    lost = set(range(1000)) - set(steps)
    assert 0 < len(lost) < 600
    assert lost == set(range(min(lost), max(lost) + 1))
    assert list(decoder.warnings) == ["damaged places left out: 1"]


def test_a_damaged_log_has_no_point_that_the_log_does_not_have() -> None:
    whole = {tag: set(points) for tag, points in decoded_by("wandb", LOG).items()}
    randomness = random.Random(0)
    for _ in range(200):
        damaged = bytearray(LOG)
        damaged[randomness.randrange(len(SIGNATURE), len(LOG))] ^= 1 << randomness.randrange(8)
        for tag, points in decoded_by("wandb", bytes(damaged)).items():
            assert set(points) <= whole[tag]


def test_a_record_that_is_not_valid_is_left_out_and_said() -> None:
    decoder = new_decoder("wandb")
    points = decode(decoder, wandb_log([field(2, b"\x0a\xff"), row(item(b"_step", math.nan)), numbers(1, loss=0.5)]))
    assert xs(points, b"loss") == [1]
    assert list(decoder.warnings) == ["records that are not valid left out: 2"]


def test_a_record_of_any_size_takes_little_memory() -> None:
    middle = chunk(3, bytes(BLOCK - 7))
    decoder = new_decoder("wandb")
    decoder.feed(wandb_log([]) + chunk(2, bytes(BLOCK - 14)) + 600 * middle)
    assert list(decoder.warnings) == ["records too large to be read: 1"]


def test_a_log_says_how_its_run_is_called_and_how_it_ended() -> None:
    named, ended, failed = field(17, field(8, b"sweep-1")), field(18, b""), field(18, field(1, 1))
    states = []
    for records in ([named], [named, ended], [named, failed]):
        decoder = new_decoder("wandb")
        decoder.feed(wandb_log([*records, numbers(1, loss=0.5)]))
        assert isinstance(decoder, SupportsRunInfo)
        states.append(decoder.run_info[""])
    assert states == [RunInfo("sweep-1"), RunInfo("sweep-1", state="finished"), RunInfo("sweep-1", state="failed")]


def test_the_utilisation_of_gpus_is_read_at_the_step_and_time_of_its_sample_and_nothing_else_of_the_machine() -> None:
    samples = [numbers(3, loss=0.5), statistics(1_700_000_010, gpu_0_gpu=93.0, gpu_0_temp=71.0, cpu=8.5)]
    points = decoded_by("wandb", wandb_log([statistics(1_700_000_000, gpu_0_gpu=0), *samples]))
    assert points == {
        b"loss": [point(3, 1.7e9 + 3, 0.5)],
        b"system/gpu.0.gpu": [point(0, 1.7e9, 0.0), point(3, 1.7e9 + 10, 93.0)],
    }
