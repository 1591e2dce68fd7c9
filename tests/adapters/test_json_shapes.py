"""JSON of all usual shapes, and YAML: what the losses are, and which documents are no history."""

from __future__ import annotations

import json

import pytest
from tests.support.decoding import (
    claiming_format,
    decoded_by,
    losses,
    new_decoder,
    points_by_run,
    points_by_tag,
    values,
    xs,
)

from lossmon.sources.abilities import SupportsFinish

TRAIN, VAL = [2.0, 1.0], [3.0, 2.5]
BOTH = {"train": TRAIN, "val": VAL}
EPOCHS = range(2)


@pytest.mark.parametrize(
    "document",
    [
        {"lr": 0.1, "model": "m", "args": {"layers": [64, 64]}, "train_loss": TRAIN, "val_loss": VAL},
        {"history": [{"epoch": epoch, "loss": TRAIN[epoch], "val_loss": VAL[epoch]} for epoch in EPOCHS]},
        {"train": [{"loss": loss} for loss in TRAIN], "val": [{"loss": loss} for loss in VAL]},
        {"results": {"train": {"loss": TRAIN}, "val": {"loss": VAL}}},
        {"loss": {"0": 2.0, "1": 1.0}, "val_loss": {"0": 3.0, "1": 2.5}},
        {"columns": ["loss", "val_loss"], "index": [0, 1], "data": [[2.0, 3.0], [1.0, 2.5]]},
        {str(epoch): {"loss": TRAIN[epoch], "val_loss": VAL[epoch]} for epoch in EPOCHS},
        {f"epoch_{epoch}": {"train": {"loss": TRAIN[epoch]}, "val": {"loss": VAL[epoch]}} for epoch in EPOCHS},
        {"loss": [[0, 2.0], [1, 1.0]], "val_loss": [[0, 3.0], [1, 2.5]]},
        {"loss": [[1, 10, 2.0], [2, 20, 1.0]], "val_loss": [[1, 10, 3.0], [2, 20, 2.5]]},
        {"loss": [{"step": 0, "value": 2.0}, {"step": 1, "value": 1.0}], "val_loss": [{"step": 1, "value": 3.0}]}
        | {"val_loss": [{"step": 0, "value": 3.0}, {"step": 1, "value": 2.5}]},
        {"train.loss": {"steps": [0, 1], "values": TRAIN}, "val.loss": {"steps": [0, 1], "values": VAL}},
        [{"loss": TRAIN[epoch], "val_loss": VAL[epoch]} for epoch in EPOCHS],
        [{"epoch": epoch, "batches": [{"loss": 9}], "loss": TRAIN[epoch], "val_loss": VAL[epoch]} for epoch in EPOCHS],
        [["epoch", "loss", "val_loss"], [0, 2.0, 3.0], [1, 1.0, 2.5]],
    ],
)
def test_a_history_of_any_shape_is_read(document: object) -> None:
    for text in (json.dumps(document), json.dumps(document, indent=2)):
        assert claiming_format("history.json", text.encode()) == "json-history"
        assert losses(decoded_by("json-history", text)) == (TRAIN, VAL)


@pytest.mark.parametrize(
    "records",
    [
        [{"epoch": epoch, "train": {"loss": TRAIN[epoch]}, "val": {"loss": VAL[epoch]}} for epoch in EPOCHS],
        [{"loss": TRAIN[epoch], "eval_loss": VAL[epoch]} for epoch in EPOCHS],
        [{"epoch": e, "split": split, "loss": loss[e]} for e in EPOCHS for split, loss in BOTH.items()],
        [{"step": e, "metric": f"{name}_loss", "value": loss[e]} for e in EPOCHS for name, loss in BOTH.items()],
        [{"epoch": str(e), "loss": str(TRAIN[e]), "val_loss": f"tensor({VAL[e]}, device='cuda:0')"} for e in EPOCHS],
        [
            {"iter": e, "metric": "loss", "variant": name, "value": loss[e]}
            for e in EPOCHS
            for name, loss in BOTH.items()
        ],
    ],
)
def test_records_of_any_shape_are_read_line_by_line(records: list[dict[str, object]]) -> None:
    text = "".join(json.dumps(record) + "\n" for record in records)
    assert claiming_format("log.jsonl", text.encode()) == "jsonl"
    assert losses(decoded_by("jsonl", text)) == (TRAIN, VAL)


def test_indented_objects_one_after_another_are_read() -> None:
    text = "\n".join(json.dumps({"epoch": epoch, "loss": TRAIN[epoch]}, indent=2) for epoch in EPOCHS)
    assert claiming_format("log.json", text.encode()) == "json-objects"
    assert values(decoded_by("json-objects", text), b"loss") == TRAIN


def test_an_array_is_read_while_it_is_written() -> None:
    text = json.dumps([{"epoch": epoch, "note": '{"\\', "loss": loss} for epoch, loss in enumerate(TRAIN)])
    assert values(decoded_by("json-history", text[:-1]), b"loss") == TRAIN


@pytest.mark.parametrize(
    ("name", "document"),
    [
        ("scores.json", {"cost": [1, 2, 3], "rmse": [0.1, 0.2]}),
        ("test_scores.json", {"test": {"rmse": {"mean": 0.5, "std": 0.1}}}),
        ("leaderboard.json", [{"model": "a", "loss": 1, "val_loss": 2}, {"model": "b", "loss": 2, "val_loss": 3}]),
        ("config.json", {"loss": {"type": "ce", "weight": [1.0, 2.0]}, "epochs": 10}),
        ("points.json", [[1, 2, 3], [4, 5, 6]]),
    ],
)
def test_other_documents_are_not_claimed(name: str, document: object) -> None:
    assert claiming_format(name, json.dumps(document).encode()) is None


def test_lines_of_another_program_with_a_loss_are_not_claimed() -> None:
    assert claiming_format("net.jsonl", b'{"host": "a", "packet_loss": 0.1}\n' * 9) is None


@pytest.mark.parametrize(
    "document",
    [
        {"fold_1": {"loss": TRAIN}, "fold_2": {"loss": VAL}},
        {"config": {"k": 2}, "fold_1": [{"loss": loss} for loss in TRAIN], "fold_2": [{"loss": loss} for loss in VAL]},
        [{"fold": 1, "loss": TRAIN}, {"fold": 2, "loss": VAL}],
    ],
)
def test_folds_are_trainings_of_their_own(document: object) -> None:
    found = points_by_run(new_decoder("json-history").feed(json.dumps(document).encode()))
    assert sorted(values(points, b"loss") for points in found.values()) == [TRAIN, VAL]


@pytest.mark.parametrize(
    "document",
    [
        {"cnn": {"loss": TRAIN}, "lstm": {"loss": VAL}},
        {"cnn": {"history": {"loss": TRAIN}}, "lstm": {"history": {"loss": VAL}}},
        {"Adam (lr=1e-3)": [{"epoch": e, "loss": TRAIN[e]} for e in EPOCHS], "SGD": [{"loss": loss} for loss in VAL]},
    ],
)
def test_histories_of_the_same_losses_under_names_are_trainings(document: dict[str, object]) -> None:
    found = points_by_run(new_decoder("json-history").feed(json.dumps(document).encode()))
    losses_of = {run: values(points, b"loss") for run, points in found.items()}
    assert losses_of == dict(zip(document, [TRAIN, VAL], strict=True))


@pytest.mark.parametrize(
    "document",
    [
        {"train": {"loss": TRAIN}, "val": {"loss": VAL}},
        {"encoder": {"loss": TRAIN}, "decoder": {"loss": VAL}},
        {"loss": {"train": TRAIN, "val": VAL}, "acc": {"train": TRAIN, "val": VAL}},
        {"cnn": {"loss": TRAIN}, "times": {"seconds": VAL}},
    ],
)
def test_parts_of_one_history_are_no_trainings(document: object) -> None:
    assert len(points_by_run(new_decoder("json-history").feed(json.dumps(document).encode()))) == 1


def test_iterations_of_mmdetection_are_counted_through_all_epochs() -> None:
    lines = [{"mode": "train", "epoch": e, "iter": i, "loss": 1.0} for e in (1, 2) for i in (50, 100)]
    lines.insert(2, {"mode": "val", "epoch": 1, "iter": 10, "bbox_mAP": 0.3})
    points = decoded_by("jsonl", "".join(json.dumps(line) + "\n" for line in lines))
    assert xs(points, b"train/loss") == [50, 100, 150, 200]
    assert xs(points, b"val/bbox_mAP") == [100]


def test_many_lines_at_once_are_counted_through_all_epochs_as_well() -> None:
    lines = [{"epoch": e, "iter": i, "loss": 1.0} for e in range(50) for i in range(1, 11)]
    points = decoded_by("jsonl", "".join(json.dumps(line) + "\n" for line in lines))
    assert xs(points, b"loss") == list(range(1, 501))


def test_text_in_structured_log_lines_is_read_as_printed() -> None:
    for key in ("message", "log", "msg"):
        lines = "".join(json.dumps({key: f"Epoch {e} loss {TRAIN[e]}", "level": "INFO"}) + "\n" for e in EPOCHS)
        assert claiming_format("out.jsonl", lines.encode()) == "jsonl-text"
        assert values(decoded_by("jsonl-text", lines), b"loss") == TRAIN


def notebook(*cells: dict[str, object]) -> bytes:
    return json.dumps({"cells": [{"cell_type": "code", "outputs": [cell]} for cell in cells]}, indent=1).encode()


def printed(losses: list[float]) -> dict[str, object]:
    return {"output_type": "stream", "text": [f"Epoch {epoch}/2 - loss: {loss}\n" for epoch, loss in enumerate(losses)]}


def test_each_cell_of_a_notebook_that_trained_is_a_training() -> None:
    text = notebook(printed(TRAIN), {"output_type": "stream", "text": "done\n"}, printed(VAL))
    assert claiming_format("train.ipynb", text) == "notebook"
    found = points_by_run(new_decoder("notebook").feed(text))
    assert {run: values(points, b"loss") for run, points in found.items()} == {"cell 1": TRAIN, "cell 3": VAL}


def test_a_cell_that_only_evaluates_is_no_training_beside_one_that_trains() -> None:
    before: dict[str, object] = {"output_type": "stream", "text": "Training loss: 10.9\nValidation loss: 10.8\n"}
    found = points_by_run(new_decoder("notebook").feed(notebook(before, printed(TRAIN))))
    assert {run: values(points, b"loss") for run, points in found.items()} == {"": TRAIN}


def test_trainings_in_one_cell_of_a_notebook_stay_apart() -> None:
    text = [f"Epoch {epoch + 1}/2 - loss: {TRAIN[epoch]}\n" for epoch in EPOCHS] * 2
    found = points_by_run(new_decoder("notebook").feed(notebook({"output_type": "stream", "text": text}, printed(VAL))))
    assert sorted(found) == ["cell 1", "cell 1, training 2", "cell 2"]


def test_a_notebook_with_nothing_but_tables_in_html_is_a_log() -> None:
    rows = "".join(f"<tr><td>{e}</td><td>{TRAIN[e]}</td><td>{VAL[e]}</td></tr>\n" for e in EPOCHS)
    html = f"<table>\n<tr>\n<th>epoch</th>\n<th>train_loss</th>\n<th>valid_loss</th>\n</tr>\n{rows}</table>"
    shown = {"text/html": html.splitlines(keepends=True), "text/plain": ["<IPython.core.display.HTML object>"]}
    text = notebook({"output_type": "display_data", "data": shown})
    assert claiming_format("fit.ipynb", text) == "notebook"
    assert losses(decoded_by("notebook", text)) == (TRAIN, VAL)


def test_a_table_that_a_notebook_shows_as_html_is_read() -> None:
    rows = [["Epoch", "Training Loss", "Validation Loss"], ["1", "2.0", "3.0"], ["2", "1.0", "2.5"]]
    html = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    shown = {"text/html": f"<table>{html}</table>", "text/plain": "<IPython.core.display.HTML object>"}
    points = decoded_by("notebook", notebook({"output_type": "display_data", "data": shown}))
    assert losses({tag.lower(): found for tag, found in points.items()}) == (TRAIN, VAL)


@pytest.mark.parametrize(
    "text",
    [
        "loss:\n- 2.0\n- 1.0\nval_loss:\n- 3.0\n- 2.5\n",
        "history:\n  loss: [2.0,\n    1.0]\n  val_loss: [3.0, 2.5]\nparams:\n  epochs: 2\n",
        "- epoch: 1\n  loss: 2.0\n  val_loss: 3.0\n- epoch: 2\n  loss: 1.0\n  val_loss: 2.5\n",
        "1:\n  train:\n    loss: 2.0\n  val:\n    loss: 3.0\n2:\n  train:\n    loss: 1.0\n  val:\n    loss: 2.5\n",
    ],
)
def test_a_history_in_yaml_is_read(text: str) -> None:
    decoder = new_decoder("yaml")
    assert claiming_format("history.yaml", text.encode()) == "yaml"
    assert isinstance(decoder, SupportsFinish)
    assert losses(points_by_tag(decoder.feed(text.encode()) + decoder.finish())) == (TRAIN, VAL)


def test_a_configuration_in_yaml_is_not_claimed() -> None:
    text = b"train:\n  loss: 0.5\nloss_weights: [1.0, 0.5]\nlosses:\n- type: CE\n  weight: 1.0\n- weight: 2.0\n"
    assert claiming_format("config.yaml", text) is None


def test_one_file_for_each_epoch_is_known_by_its_number() -> None:
    text = b'{"epoch": 3, "training_loss": 0.5, "validation_loss": 0.6}'
    assert claiming_format("metrics_epoch_3.json", text) == "json-epoch"
    assert claiming_format("metrics.json", text) is None
