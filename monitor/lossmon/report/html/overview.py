"""The top of the page: how many runs have which verdict, a table of all runs, and what differs between them."""

from __future__ import annotations

from collections.abc import Sequence

from lossmon.core.snapshot import RunSnapshot
from lossmon.presentation import remarks, run_text
from lossmon.presentation.numbers import format_loss
from lossmon.report.html.badge import badge
from lossmon.report.html.differences import differing_facts
from lossmon.report.html.markup import Markup, element, join
from lossmon.report.html.sparkline import sparkline
from lossmon.report.html.tables import table

_HEAD = ("run", "verdict", "since", "severity", "sure", "curve", "best", "last", "gap", "note")
_OPTIONAL = ("since", "severity", "gap", "note")
"""Columns that are left out if no run has anything in them."""


def overview(runs: Sequence[RunSnapshot]) -> Markup:
    """Return the table of all *runs*, in the order of the page."""
    rows = [_row(run, number) for number, run in enumerate(runs, 1)]
    used = [index for index, name in enumerate(_HEAD) if name not in _OPTIONAL or any(row[index] for row in rows)]
    head = [_HEAD[index] for index in used]
    return table(
        "All runs, the most urgent first", head, ([row[index] for index in used] for row in rows), "runs", wide=True
    )


def _row(run: RunSnapshot, number: int) -> tuple[str, ...]:
    assessment = run.assessment
    return (
        element("a", run.name.text, href=f"#run-{number}"),
        badge(run),
        run_text.turning_label(run),
        assessment.severity.value if assessment.severity else "",
        run_text.confidence_text(assessment) if run.history else "",
        sparkline(run),
        format_loss(assessment.best_value),
        format_loss(run_text.last_logged(run.val or run.train)),
        format_loss(assessment.gap),
        remarks.note(run),
    )


def differences(runs: Sequence[RunSnapshot]) -> Markup:
    """Return the table of what differs between the *runs*; nothing if they have all in common."""
    names, facts = differing_facts(runs)
    if not names:
        return Markup()
    rows = (
        (element("a", run.name.text, href=f"#run-{number}"), *(each.get(name, "") for name in names))
        for number, (run, each) in enumerate(zip(runs, facts, strict=True), 1)
    )
    return join(element("h2", "What differs"), table("Facts that not all runs share", ("run", *names), rows, wide=True))
