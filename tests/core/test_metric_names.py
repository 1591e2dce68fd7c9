from __future__ import annotations

from pathlib import PurePath

import pytest

from lossmon.core.metric_names import (
    KNOWN_METRIC_WORDS,
    LINE_HINTS,
    METRIC_HINTS,
    METRIC_WORDS,
    PRINTED_EPOCH_WORDS,
    PRINTED_SPLIT_WORDS,
    SCORE_WORDS,
    SPLIT_WORDS,
    is_loss,
    is_metric,
)
from lossmon.core.text import Name
from lossmon.runs import choose_tags
from lossmon_adapters import BUILTIN


@pytest.mark.parametrize("metric", sorted(METRIC_WORDS))
def test_a_table_of_each_known_metric_is_recognised_and_judged(metric: str) -> None:
    head = f"epoch,{metric},val_{metric}\n0,1,2\n1,0.9,1.9\n".encode()
    assert any(adapter.claims(PurePath("log.csv"), head) for adapter in BUILTIN)
    roles = choose_tags({Name.of(metric): 2, Name.of(f"val_{metric}"): 2})
    assert [tag.text for tag in (*roles.train, *roles.val)] == [metric, f"val_{metric}"]
    assert roles.higher_is_better == (metric in SCORE_WORDS)


@pytest.mark.parametrize("word", sorted({*KNOWN_METRIC_WORDS, *PRINTED_SPLIT_WORDS, *PRINTED_EPOCH_WORDS}))
def test_a_line_with_a_value_of_each_known_word_has_a_hint(word: str) -> None:
    assert any(hint in f"{word}: 0.5" for hint in LINE_HINTS)


@pytest.mark.parametrize("metric", sorted(METRIC_WORDS))
def test_output_of_each_usual_metric_has_a_hint(metric: str) -> None:
    assert any(hint in f"epoch 1, train {metric}: 0.5" for hint in METRIC_HINTS)


def test_hints_are_long_enough_to_be_looked_for_and_none_repeats_another() -> None:
    assert min(map(len, LINE_HINTS)) >= 3
    assert not [(one, two) for one in LINE_HINTS for two in LINE_HINTS if one != two and one in two]


def test_each_split_word_of_a_tag_is_known_in_output_but_for_short_forms() -> None:
    assert {"testing", "holdout", "trn"} <= set(PRINTED_SPLIT_WORDS)
    assert SPLIT_WORDS - set(PRINTED_SPLIT_WORDS) == {"tel", "tr", "trl", "te", "va"}


@pytest.mark.parametrize("name", ["loss_scale", "loss weight", "model_hp_loss_smoothing", "loss_weight_2", "loss.fn"])
def test_a_setting_of_the_loss_is_no_loss(name: str) -> None:
    assert not is_loss(name)
    assert not is_metric(name)


@pytest.mark.parametrize("name", ["loss", "weighted_loss", "loss_type_a", "loss/scale_invariant", "val_loss_1"])
def test_a_loss_that_is_named_like_a_setting_stays_a_loss(name: str) -> None:
    assert is_loss(name)
