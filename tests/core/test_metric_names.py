from __future__ import annotations

from pathlib import PurePath

import pytest

from lossmon.core.metric_names import METRIC_WORDS, SCORE_WORDS
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
