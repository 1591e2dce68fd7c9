from __future__ import annotations

import re
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from tests.support.evaluated import evaluated_run

from lossmon.core.snapshot import Snapshot
from lossmon.core.text import Name
from lossmon.report.columns import COLUMNS
from lossmon.report.markdown import escape, format_markdown
from lossmon.report.style import Style

RUN = evaluated_run()


def test_a_comment_has_the_summary_a_table_and_the_reasons_to_unfold() -> None:
    text = "\n".join(format_markdown(Snapshot((RUN,)), Style()))
    assert text.startswith("**1 run · 1 overfitting**")
    assert "| ● | lstm | overfitting | epoch 10 |" in text
    assert "<details><summary>lstm: overfitting</summary>" in text
    assert "- validation loss rose from" in text


@given(st.text(min_size=1, max_size=60))
def test_no_name_adds_a_column_a_row_or_a_tag(name: str) -> None:
    run = replace(RUN, name=Name.of(name))
    lines = list(format_markdown(Snapshot((run,)), Style()))
    table = [line for line in lines if line.startswith("| ")]
    assert len(table) == 3
    assert len(re.split(r"(?<!\\)(?:\\\\)*\|", table[2])) == len(COLUMNS) + 2
    tags = re.findall(r"<[^>]*>", "".join(lines))
    assert tags == ["<details>", "<summary>", "</summary>", "</details>"]


@given(st.text("ab_*`[]|\\<>#~@$&"))
def test_what_is_escaped_reads_as_before(text: str) -> None:
    shown = re.sub(r"\\(.)", r"\1", escape(text))
    assert shown.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&") == text
