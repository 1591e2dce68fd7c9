"""The verdicts as Markdown, for a comment below a pull request."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable

from lossmon.core.snapshot import RunSnapshot, Snapshot
from lossmon.presentation import run_text
from lossmon.report.columns import table_of
from lossmon.report.style import Style
from lossmon.report.table import TableOptions, explanation_title, runs_to_explain, summary

_SPECIAL = re.compile(r"[\\`*_\[\]#|~@$]")
"""Characters that Markdown, or GitHub, may take for more than text; those of HTML are entities."""


def escape(text: str) -> str:
    r"""Return *text* so that Markdown shows it as it is.

    >>> escape("runs_1|<b>")
    'runs\\_1\\|&lt;b&gt;'
    """
    return _SPECIAL.sub(lambda match: f"\\{match[0]}", html.escape(text, quote=False))


def format_markdown(snapshot: Snapshot, style: Style, options: TableOptions | None = None) -> Iterable[str]:
    """Yield the lines: a summary, a table with a row for each run, and what can be unfolded: evidence and advice."""
    options = options or TableOptions()
    runs = options.chosen(snapshot)
    yield from (f"**{escape(style.encodable(summary(snapshot)))}**", "")
    if runs:
        table = table_of(runs, style)
        for cells in (table.columns, ["---"] * len(table.columns), *table.rows):
            yield f"| {' | '.join(cell if cell == '---' else escape(cell) for cell in cells)} |"
    for run in runs_to_explain(runs)[: options.explained]:
        yield from _details(run)


def _details(run: RunSnapshot) -> Iterable[str]:
    """Yield evidence and advice of one run, which are shown when its title is clicked."""
    yield from ("", f"<details><summary>{html.escape(explanation_title(run))}</summary>", "")
    for sentence in run.evidence:
        yield f"- {escape(sentence)}"
    if run.advice:
        yield from ("", "Try:", "")
    for number, advice in enumerate(run.advice, 1):
        yield f"{number}. {escape(run_text.advice_sentence(advice))}"
    yield from ("", "</details>")
