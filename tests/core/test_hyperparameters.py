from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from lossmon.core.hyperparameters import flatten, from_texts, merge

SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
DOCUMENTS = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20)


def test_nested_settings_are_joined_by_dots() -> None:
    assert flatten({"model": {"name": "lstm", "layers": [2, {"a": 1}]}, "lr": 3e-4, "seed": None}) == (
        ("model.name", "lstm"),
        ("model.layers", "[2, …]"),
        ("lr", "0.0003"),
        ("seed", "null"),
    )


def test_one_value_has_one_form_however_it_is_written() -> None:
    assert (
        flatten({"lr": 0.001}) == from_texts([("lr", "1e-3")]) == from_texts([("lr", "'0.001'")]) == (("lr", "0.001"),)
    )
    assert flatten({"amp": True}) == from_texts([("amp", "True")]) == from_texts([("amp", "yes")])
    assert flatten({"x": math.nan, "y": math.inf}) == (("x", "nan"), ("y", "inf"))


def test_what_nobody_else_should_read_is_left_out() -> None:
    secrets = {"api_key": "x", "wandb": {"api_key": "x"}, "db.password": "x", "max_tokens": 5, "pad_token_id": 0}
    assert flatten(secrets) == (("max_tokens", "5"), ("pad_token_id", "0"))


def test_of_several_sources_the_first_one_counts() -> None:
    assert merge([(("lr", "1"),), (), (("lr", "2"), ("bs", "3"))]) == (("lr", "1"), ("bs", "3"))


@given(DOCUMENTS)
def test_any_document_gives_bounded_text_that_is_safe_to_show(document: object) -> None:
    pairs = flatten(document)
    assert len({name for name, _ in pairs}) == len(pairs) <= 512
    for text in (text for pair in pairs for text in pair):
        assert len(text) <= 96
        assert text.isprintable() or "\ufffd" in text or not text


def test_escape_sequences_and_endless_documents_do_no_harm() -> None:
    assert flatten({"a\x1b[2J": "\x1b]0;x\x07" + "y" * 9999})[0][0] == "a␛[2J"
    deep: dict[str, object] = {}
    for _ in range(500):
        deep = {"a": deep, "b": 1}
    assert len(flatten(deep)) == 8
    assert len(flatten({str(number): number for number in range(100_000)})) == 512
