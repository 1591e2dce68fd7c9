"""The table of ``lossmon check``: a row for each run, with evidence and advice below."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from lossmon.core.cause import Cause
from lossmon.core.snapshot import RunSnapshot, Snapshot
from lossmon.core.text import plural
from lossmon.presentation import checkpoints, remarks, run_text
from lossmon.presentation.sorting import Sort, filter_and_sort
from lossmon.report.columns import fit_table, table_of
from lossmon.report.style import Style
from lossmon.report.wrapping import wrapped


@dataclass(frozen=True, slots=True)
class TableOptions:
    """What of the runs is printed, in which order, and how wide."""

    sort: Sort = Sort.TROUBLE
    limit: int | None = None
    """Runs that are listed at most; None for all."""
    explained: int | None = None
    """Runs whose evidence and advice are printed at most; None for all that need action."""
    width: int | None = None
    """Cells of a line; None where no terminal cuts it."""

    def chosen(self, snapshot: Snapshot) -> tuple[RunSnapshot, ...]:
        """Return the runs that are listed, in their order."""
        return filter_and_sort(snapshot.runs, self.sort, "")[: self.limit]


def format_table(snapshot: Snapshot, style: Style, options: TableOptions | None = None) -> Iterable[str]:
    """Yield the lines: a row for each run, evidence and advice for those that need action, then a summary."""
    options = options or TableOptions()
    runs = options.chosen(snapshot)
    if runs:
        table, names = table_of(runs, style), [style.encodable(run.name.text) for run in snapshot.runs]
        head, *rows = (table if options.width is None else fit_table(table, options.width, names)).lines()
        yield style.dim(head)
        for run, row in zip(runs, rows, strict=True):
            yield style.paint(row, run.assessment.verdict)
    yield from _explanations(runs, style, options)
    for run in runs:
        for error in (*run.warnings, *filter(None, [checkpoints.warning(run)])):
            yield from wrapped(style.encodable(f"{run.name}: {error}"), options.width, "  ")
    if hidden := len(snapshot.runs) - len(runs):
        yield from _hint(f"{plural(hidden, 'more run')}; --limit lists more", style, options)
    yield from ("", *wrapped(style.encodable(summary(snapshot)), options.width))


def summary(snapshot: Snapshot) -> str:
    """Return one line that counts the runs by verdict."""
    parts = [f"{count} {word}" for count, word, _ in run_text.verdict_counts(snapshot.runs)]
    copies = sum(file.is_duplicate for file in snapshot.skipped)
    unread = len(snapshot.skipped) - copies
    hidden = [f"{plural(copies, 'duplicate')} hidden"] if copies else []
    skipped = [f"{plural(unread, 'file')} not read"] if unread else []
    return " · ".join([plural(len(snapshot.runs), "run"), *parts, *hidden, *skipped])


def runs_to_explain(runs: Sequence[RunSnapshot]) -> list[RunSnapshot]:
    """Return the runs whose verdict needs action, or beside whose verdict something must be said.

    That validation is missing is explained only for the only run: it may be meant for many.
    """
    is_only = len(runs) == 1
    causes = [(run, remarks.cause_of(run)) for run in runs]
    return [
        run
        for run, cause in causes
        if run.assessment.needs_action or (cause and (is_only or cause is not Cause.NO_VALIDATION))
    ]


def explanation_title(run: RunSnapshot) -> str:
    """Return the name of a run with its verdict and the remark beside it."""
    remark = f", {remarks.remark(run)}" if remarks.cause_of(run) else ""
    return f"{run.name}: {run.assessment.word}{remark}"


def _explanations(runs: Sequence[RunSnapshot], style: Style, options: TableOptions) -> Iterable[str]:
    """Yield evidence and advice of the first runs that need them, and how many are left."""
    needing = runs_to_explain(runs)
    for run in needing[: options.explained]:
        title = style.encodable(explanation_title(run))
        yield from ("", *(style.paint(line, run.assessment.verdict) for line in wrapped(title, options.width)))
        for sentence in run.evidence:
            yield from wrapped(style.encodable(f"  {sentence}"), options.width, "    ")
        for advice in run.advice:
            text = f"  {'→' if style.unicode else '>'} {run_text.advice_sentence(advice)}"
            yield from wrapped(style.encodable(text), options.width, "    ")
    left = 0 if options.explained is None else len(needing) - options.explained
    if left > 0:
        yield ""
        yield from _hint(f"{plural(left, 'more run')} with reasons and advice; --all prints them", style, options)


def _hint(text: str, style: Style, options: TableOptions) -> Iterable[str]:
    return map(style.dim, wrapped(text, options.width))
