"""JSON logs: which files are claimed, what they mean, and that no content raises an error."""

from __future__ import annotations

import json
import math
import random
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support.decoding import (
    DATA,
    Points,
    claiming_format,
    decode,
    decode_in_pieces,
    decoded_by,
    new_decoder,
    planned_end,
    values,
    xs,
)

from lossmon.sources.abilities import SupportsRunInfo
from lossmon.sources.protocol import RunInfo

STATE = (DATA / "records" / "hf" / "trainer_state.json").read_bytes()


@pytest.mark.parametrize(
    ("name", "head", "format_name"),
    [
        ("trainer_state.json", STATE[:4096], "hf-trainer"),
        ("scalars.json", b'{"lr": 0.1, "loss": 0.6, "epoch": 1, "iter": 5, "step": 5}\n', "mmengine"),
        ("metrics.json", b'{"iteration": 19, "total_loss": 1.5}\n', "jsonl"),
        ("trainer_log.jsonl", b'{"current_steps": 5, "total_steps": 9, "loss": 0.5, "epoch": 0.1}\n', "jsonl"),
        ("progress.json", b'{"rollout/ep_len_mean": 2, "time/total_timesteps": 256}\n', None),
        ("result.json", b'{"loss": 1.0, "training_iteration": 1, "config": {"lr": 0.1}}\n', "jsonl"),
        ("wide.json", b'{"training_iteration": 1, "loss": 1.0, "name": "' + b"x" * 4090, "jsonl"),
        ("history.json", b'{"accuracy": [0.75, 0.78], "loss": [0.5, 0.4]}', "json-history"),
        ("history.json", b'{"epochs": [\n 1,\n 2', "json-history"),
        ("history.json", b'[{"epoch": 0, "train_loss": 0.4, "val_loss": 0.2}, {"ep', "json-history"),
        ("history.json", b'{"history": {"loss": [0.5', "json-history"),
        ("history.json", b'{"lr": [0.1, 0.1', "json-history"),
        ("config.json", b'{"name": "x", "loss_weights": [1.0, 0.5], "epochs": 3}', None),
        ("config.json", b'{"learning_rate": 0.1, "layers": [1, 2]}', None),
        ("package.json", b'{"name": "x", "version": "1"}', None),
        ("coco.json", b'{"images": [{"id": 1}]}', None),
        ("torn.json", b'{"iteration": 19, "total_lo', None),
        ("metrics.py", b'{"iteration": 19, "total_loss": 1.5}\n', None),
        ("empty.json", b"", None),
    ],
)
def test_only_logs_of_training_are_claimed(name: str, head: bytes, format_name: str | None) -> None:
    assert claiming_format(name, head) == format_name


def state(*records: dict[str, object]) -> Points:
    document = {"global_step": 1, "log_history": list(records)}
    return decoded_by("hf-trainer", json.dumps(document, indent=2))


def test_a_trainer_state_counts_steps_and_keeps_the_fractional_epoch() -> None:
    points = state({"loss": 0.5, "epoch": 0.25, "step": 10}, {"eval_loss": 0.6, "epoch": 1.0, "step": 40})
    assert (xs(points, b"loss"), values(points, b"loss")) == ([10], [0.5])
    assert (xs(points, b"eval_loss"), values(points, b"eval_loss")) == ([40], [0.6])
    assert values(points, b"epoch") == [0.25, 1.0]


@pytest.mark.parametrize(
    ("text", "planned"),
    [
        ('"max_steps": 150, "num_train_epochs": 6', {"step": 150, "epoch": 6}),
        ('"max_steps": -1, "num_train_epochs": Infinity', {}),
        ('"max_steps": "many", "num_train_epochs": NaN', {}),
    ],
)
def test_a_trainer_state_has_the_planned_end(text: str, planned: dict[str, float]) -> None:
    decoder = new_decoder("hf-trainer")
    decoder.feed(f'{{"log_history": [], {text}}}'.encode())
    assert planned_end(decoder) == planned


def test_the_summary_at_the_end_is_no_point() -> None:
    assert b"train_loss" not in state({"loss": 1, "step": 1}, {"train_loss": 0.7, "train_runtime": 9.0, "step": 1})


def test_a_document_is_read_once_it_is_complete() -> None:
    decoder = new_decoder("hf-trainer")
    assert decoder.feed(STATE[:-3]) == []
    assert list(decoder.warnings) == ["the JSON document is not complete, or not valid"]
    assert decoder.feed(STATE[-3:]) != []
    assert list(decoder.warnings) == []
    assert decoder.feed(b"\n") == []


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
@pytest.mark.parametrize("piece", [1, 1000])
def test_a_document_may_be_in_any_encoding_with_a_byte_order_mark(encoding: str, piece: int) -> None:
    data = '{"loss": [1.5, 0.5]}'.encode(encoding)
    assert values(decode_in_pieces(new_decoder("json-history"), data, piece), b"loss") == [1.5, 0.5]


def test_a_document_that_is_too_large_is_not_read() -> None:
    decoder = new_decoder("json-history")
    for _ in range(40):
        decoder.feed(b'{"loss": [' + b"1," * (1 << 19))
    assert list(decoder.warnings) == ["a JSON document of more than 32 MiB is not read"]
    assert decoder.skip > 0


@pytest.mark.parametrize(
    "document",
    [
        {"loss": [3, 2, 1], "val_loss": [4, 3]},
        {"history": {"loss": [3, 2, 1], "val_loss": [4, 3]}, "params": {"epochs": 3}},
        [{"epoch": 0, "loss": 3, "val_loss": 4}, {"epoch": 1, "loss": 2, "val_loss": 3}, {"epoch": 2, "loss": 1}],
    ],
)
def test_histories_of_every_shape_are_read(document: object) -> None:
    points = decoded_by("json-history", json.dumps(document))
    assert (xs(points, b"loss"), values(points, b"loss")) == ([0, 1, 2], [3, 2, 1])
    assert (xs(points, b"val_loss"), values(points, b"val_loss")) == ([0, 1], [4, 3])


def test_a_list_of_epochs_is_the_x_of_the_other_lists() -> None:
    points = decoded_by("json-history", b'{"epochs": [1, 2], "train": {"loss": [3, 2]}}')
    assert xs(points, b"train/loss") == [1, 2]


def test_x_of_a_record_is_its_step_or_else_its_epoch() -> None:
    points = decoded_by("jsonl", '{"loss": 1, "step": 5, "epoch": 0.5}\n{"val_loss": 2}\n{"loss": 3, "epoch": 1}\n')
    assert xs(points, b"loss") == [5, 1]
    assert xs(points, b"val_loss") == [5]
    axes = {column.tag.text: column.axis for column in new_decoder("jsonl").feed(b'{"loss": 1, "epoch": 2}\n')}
    assert axes == {"loss": "epoch"}


def test_objects_in_a_record_are_flattened_except_its_configuration() -> None:
    points = decoded_by(
        "jsonl", '{"step": 1, "train": {"loss": 0.5, "deep": {"acc": 1}}, "config": {"lr": 0.1}, "done": false}\n'
    )
    assert set(points) == {b"train/loss", b"train/deep/acc"}


def test_dates_are_wall_times_and_durations_are_values() -> None:
    (column,) = new_decoder("jsonl").feed(b'{"step": 1, "loss": 2, "timestamp": 1795385449}\n')
    assert column.wall_time.tolist() == [1795385449.0]
    assert values(decoded_by("jsonl", '{"step": 1, "loss": 2, "time": 0.5}\n'), b"time") == [0.5]


STEPS = [
    '{"step": %d, "loss": %s, "lr": 1e-4}',
    ' {"iter": %d , "loss" : %s}\r',
    '{"step": %d, "loss": %s, "timestamp": 1.7e9}',
    '{"step": %d, "loss": %s, "timestamp": 30.5}',
    '{"step": %d, "loss": %s, "a: 5, b": 1}',
    '{"step": %d, "loss": %s, "note": "1"}',
    '{"step": %d, "loss": {"val": %s}}',
    '{"step": %d, "löss": %s}',
]
EPOCHS = ['{"epoch":%d,"val/loss":%s}', '{"loss": %d, "acc": %s}']
NUMBERS = ["0.5", "-0.0", "0", "1e-300", "5E+3", "123456789012345678901234567890", "0.1000000000000000055511151"]
ODD = ["-0", "NaN", "-Infinity", "1e999", "01", "1.", ".5", "+1", "-", "", "1 2", "1,2", "0x1", "1e", "--1", "null"]


def lines_of(source: random.Random, kinds: list[str]) -> bytes:
    """Return many lines, which are mostly alike."""
    kind, odd = source.choice(kinds), source.choice([0.0, 0.0, 0.003])
    lines = []
    for step in range(source.choice([100, 400])):
        numbers = ODD if source.random() < odd else [*NUMBERS, repr(source.gauss(0, 1))]
        line = (source.choice(kinds) if source.random() < odd else kind) % (step, source.choice(numbers))
        lines.append(source.choice(["", "\n", line[:9], line + line]) if source.random() < odd else line)
    return "".join(f"{line}\n" for line in lines).encode()


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 2**32))
def test_many_lines_at_once_give_the_points_of_lines_one_by_one(seed: int) -> None:
    source = random.Random(seed)
    kinds = source.choice([STEPS, STEPS, EPOCHS])
    data = b"".join(lines_of(source, kinds) for _ in range(source.choice([1, 2])))
    together, apart = new_decoder("jsonl"), new_decoder("jsonl")
    cuts = [end + 1 for end, byte in enumerate(data[:-1]) if byte == ord("\n")]
    assert decode(together, data) == decode(apart, data, cuts)
    assert together.warnings == apart.warnings


def decoding_seconds(data: bytes) -> float:
    """Return the CPU seconds that decoding *data* takes, the fastest of five tries."""
    tries = []
    for _ in range(5):
        decoder = new_decoder("jsonl")
        begin = time.process_time()
        decoder.feed(data)
        tries.append(time.process_time() - begin)
    return min(tries)


def test_lines_that_differ_only_in_their_numbers_are_decoded_together() -> None:
    lines = [f'{{"step": {step}, "loss": {step / 7}}}\n' for step in range(5000)]
    alike = "".join(lines)
    assert values(decoded_by("jsonl", alike), b"loss") == [step / 7 for step in range(5000)]
    # A single line with other names, so all are decoded one by one.
    mixed = "".join([*lines[:-1], '{"step": 5000, "val_loss": 1}\n'])
    assert 2 * decoding_seconds(alike.encode()) < decoding_seconds(mixed.encode())


def test_validation_of_mmengine_is_at_the_last_training_iteration() -> None:
    points = decoded_by("mmengine", (DATA / "records" / "mmengine.json").read_bytes())
    assert xs(points, b"loss") == list(range(5, 85, 5))
    assert xs(points, b"val/loss") == [20, 40, 60, 80]
    assert values(points, b"val/accuracy")[0] == 0.73


@pytest.mark.parametrize(
    ("number", "value"),
    [
        ("NaN", math.nan),
        ("Infinity", math.inf),
        ("-Infinity", -math.inf),
        ("1e999", math.inf),
        ("9" * 100_000, math.inf),
        ("1" + "0" * 20, 1e20),
    ],
    ids=["nan", "inf", "minus inf", "1e999", "long", "20 digits"],
)
def test_numbers_outside_the_json_standard_are_data(number: str, value: float) -> None:
    (read,) = values(decoded_by("jsonl", f'{{"step": 1, "loss": {number}}}\n'), b"loss")
    assert read == value or (math.isnan(read) and math.isnan(value))


@pytest.mark.parametrize(
    "line",
    ["[" * 100_000, '{"a":' * 100_000, "{", '{"step": 1, "loss": 0x10}', "null", "[1]", "plain text", '{"a": "\\ud8'],
    ids=["lists", "objects", "brace", "hexadecimal", "null", "list", "text", "torn"],
)
def test_lines_that_are_no_record_are_left_out_and_counted(line: str) -> None:
    decoder = new_decoder("jsonl")
    good = '{"step": 1, "loss": 2}\n'
    assert values(decode(decoder, f"{good}{line}\n{good}".encode()), b"loss") == [2, 2]
    assert list(decoder.warnings) == ["lines that are not JSON objects left out: 1"]


@pytest.mark.parametrize("bomb", [b"[" * 100_000 + b"]" * 100_000, b'{"a":' * 100_000 + b"1" + b"}" * 100_000])
def test_a_document_nested_too_deeply_is_not_an_error(bomb: bytes) -> None:
    assert new_decoder("json-history").feed(bomb) == []
    assert new_decoder("hf-trainer").feed(bomb) == []


@pytest.mark.parametrize("document", [b"{}", b"[]", b'{"log_history": 3}', b'{"log_history": [null, {}]}'])
def test_documents_without_a_history_give_no_points(document: bytes) -> None:
    assert new_decoder("hf-trainer").feed(document) == []
    assert new_decoder("json-history").feed(document) == []


def test_a_name_with_a_lone_surrogate_is_a_name() -> None:
    (column,) = new_decoder("jsonl").feed(b'{"step": 1, "loss\\ud800": 2}\n')
    assert column.tag.text.startswith("loss")


def test_too_many_tags_are_left_out_with_a_notice() -> None:
    decoder = new_decoder("jsonl")
    record = {"step": 1, **{f"loss{number}": 1 for number in range(11_000)}}
    assert len(decoder.feed(json.dumps(record).encode() + b"\n")) == 10_000
    assert list(decoder.warnings) == ["more than 10,000 tags: the points of the others are left out"]


@pytest.mark.parametrize(
    ("text", "state"),
    [
        ('{"global_step": 9, "max_steps": 9', "finished"),
        ('{"global_step": 3, "max_steps": 9', "unknown"),
        ('{"global_step": 3, "max_steps": 0', "unknown"),
        (
            '{"global_step": 3, "max_steps": 9, '
            '"stateful_callbacks": {"TrainerControl": {"args": {"should_training_stop": true}}}',
            "finished",
        ),
        ('{"global_step": 3, "max_steps": "9", "stateful_callbacks": {"TrainerControl": []}', "unknown"),
    ],
)
def test_a_trainer_state_says_that_the_training_came_to_its_last_step_or_was_stopped(text: str, state: str) -> None:
    decoder = new_decoder("hf-trainer")
    assert isinstance(decoder, SupportsRunInfo)
    decoder.feed(f'{text}, "log_history": [{{"loss": 1.0, "step": 1}}]}}'.encode())
    assert decoder.run_info.get("", RunInfo()).state == state
