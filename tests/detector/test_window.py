from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from lossmon.detector.window import BlockMeans, trimmed_mean

_RECENT = 12
_WIDTHS = (3, 5, 9)


@given(st.lists(st.tuples(st.floats(-10, 10), st.booleans()), min_size=1, max_size=80))
@settings(max_examples=200, deadline=None)
def test_block_means_are_the_same_however_seldom_they_are_asked_for(values: list[tuple[float, bool]]) -> None:
    blocks, recent, seen = BlockMeans.of(_WIDTHS, _RECENT), list[float](), list[float]()
    for value, is_asked in values:
        seen.append(value)
        recent.append(value)
        blocks.note_value(recent)
        del recent[:-_RECENT]
        for block in blocks.blocks if is_asked else ():
            if len(seen) < 2 * block.width:
                continue
            means = [trimmed_mean(seen[end - block.width : end]) for end in range(block.width, len(seen) + 1)]
            assert blocks.newest(block, recent) == means[-1]
            assert block.lowest == min(means[: -block.width])


def test_a_block_as_wide_as_all_that_is_kept_needs_no_value_that_was_dropped() -> None:
    blocks, recent = BlockMeans.of((4, 5), 4), list[float]()
    for value in range(40):
        recent.append(float(value))
        blocks.note_value(recent)
        del recent[:-4]
    assert [(block.width, blocks.newest(block, recent)) for block in blocks.blocks] == [(4, 37.5)]
