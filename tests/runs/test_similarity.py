from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from tests.runs.test_deduplication import kept, run

from lossmon.runs.similarity import Candidate, similar_runs


def noisy_losses(count: int, seed: int) -> list[float]:
    noise = np.random.default_rng(seed).normal(0.0, 0.01, count)
    return [0.3 + 0.95**epoch + float(noise[epoch]) for epoch in range(count)]


def candidates(*losses: list[float], side_of: int = 2) -> list[Candidate]:
    """Return a candidate for each list of losses, every other one on another side."""
    curves = [run(f"run{index}", "csv", values).val for index, values in enumerate(losses)]
    return [Candidate(index, curve, 1e-6, 0, index % side_of) for index, curve in enumerate(curves) if curve]


def test_hardly_any_of_many_runs_with_different_losses_are_similar() -> None:
    similar = similar_runs(candidates(*(noisy_losses(100, seed) for seed in range(1000))), 16)
    assert sum(map(len, similar.values())) < 1000


def test_many_runs_with_equal_losses_are_each_paired_with_a_few_near_ones() -> None:
    similar = similar_runs(candidates(*([noisy_losses(50, 0)] * 1000)), 16)
    assert len(similar) == 1000
    assert all(len(others) <= 16 and min(abs(other - one) for other in others) == 1 for one, others in similar.items())


def test_runs_of_one_side_are_not_paired() -> None:
    assert not similar_runs(candidates(*([noisy_losses(50, 0)] * 100), side_of=1), 16)


@given(
    st.integers(3, 300),
    st.integers(0, 150),
    st.integers(0, 150),
    st.sampled_from([-1, 0, 1]),
    st.sampled_from([4, 5, 17]),
    st.integers(0, 99),
)
def test_a_rounded_part_of_a_log_is_recognised(
    count: int, lacks_first: int, lacks_last: int, shift: int, decimals: int, seed: int
) -> None:
    losses = noisy_losses(count, seed)
    part = losses[min(lacks_first, count // 4) : count - min(lacks_last, count // 4)]
    rounded = [round(loss, decimals) for loss in part]
    table = run("a/out.txt", "text", rounded, first=min(lacks_first, count // 4) + shift)
    assert kept(run("a/logs", "tensorboard", losses), table) == {"a/out.txt": "a/logs"}
