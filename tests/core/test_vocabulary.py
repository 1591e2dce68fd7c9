from __future__ import annotations

from pathlib import PurePath

import pytest

from lossmon.roles import choose
from lossmon.text import Name
from lossmon.vocabulary import METRICS, SCORES
from lossmon_adapters import ALL


@pytest.mark.parametrize("metric", sorted(METRICS))
def test_whatever_may_be_judged_is_also_recognised_as_a_log(metric: str) -> None:
    head = f"epoch,{metric},val_{metric}\n0,1,2\n1,0.9,1.9\n".encode()
    assert any(adapter.claims(PurePath("log.csv"), head) for adapter in ALL)
    roles = choose({Name.of(metric): 2, Name.of(f"val_{metric}"): 2})
    assert [tag.text for tag in (*roles.train, *roles.val)] == [metric, f"val_{metric}"]
    assert roles.higher_is_better == (metric in SCORES)
