"""The part of the page about one run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lossmon.core.assessment import Advice
from lossmon.core.snapshot import EvaluatedSet, RunSnapshot
from lossmon.presentation import remarks, run_text
from lossmon.presentation.axes import XAxis
from lossmon.presentation.explanation import brief_explanation, headline, table_of_points
from lossmon.presentation.numbers import format_loss
from lossmon.report.html.badge import badge
from lossmon.report.html.chart import ChartSize, draw_chart
from lossmon.report.html.curves import RunCurves
from lossmon.report.html.markup import Markup, element, join, when
from lossmon.report.html.readings import readings
from lossmon.report.html.tables import table

_NO_TIME = 0.0
"""A time in the past, so that every other one is written with its date."""


@dataclass(frozen=True, slots=True)
class SectionOptions:
    """How the section of a run is drawn."""

    size: ChartSize
    folded: bool
    """Whether only its first line is shown until the reader opens it."""
    x_axis: XAxis


def run_section(run: RunSnapshot, number: int, options: SectionOptions) -> Markup:
    """Return the section of a run, the *number*-th of the page from 1 on."""
    anchor = f"run-{number}"
    title = join(badge(run), " ", element("span", run.name.text, class_="name"))
    body = join(*_body(run, options))
    if options.folded:
        summary = element("summary", title, " ", element("span", headline(run), class_="headline"))
        return element("details", summary, body, class_="run", id=anchor)
    heading = element("h3", title)
    return element("section", heading, element("p", headline(run), class_="headline"), body, class_="run", id=anchor)


def _body(run: RunSnapshot, options: SectionOptions) -> list[Markup]:
    remark = remarks.remark(run)
    return [
        when(remark, element("p", remark, class_="remark")),
        element("p", _facts(run), class_="facts"),
        _figure(run, options),
        _sentences("Problems while reading", run.warnings, "warnings"),
        _sentences("Evidence", run.evidence, "evidence"),
        _advice(run.advice),
        _points(run),
        _other_sets(run.other_sets),
    ]


def _facts(run: RunSnapshot) -> str:
    """Return format, tags, position, speed and status of a run in one line."""
    tags = [f"{role} {curve.tag.text}" for role, curve in (("train:", run.train), ("validation:", run.val)) if curve]
    progress, speed = run_text.progress(run), run_text.speed_text(run)
    status = run_text.last_activity(run, _NO_TIME)
    return " · ".join(filter(None, (run.format, *tags, progress, speed, run_text.time_left(run), status)))


def _figure(run: RunSnapshot, options: SectionOptions) -> Markup:
    curves = RunCurves.of(run, options.x_axis, options.size.columns)
    if curves is None:
        reason = "Nothing was logged yet." if not run.metrics else "None of its metrics is a loss."
        return element("p", reason, class_="nothing")
    description = ". ".join((headline(run), *run.evidence))
    chart = draw_chart(curves, options.size, run.name.text, description)
    plot = element("div", chart.svg, class_="plot", data_readings=readings(curves, options.size.readings))
    return element("figure", plot, element("figcaption", _caption(chart.notes)))


def _caption(notes: Sequence[str]) -> Markup:
    return join(*(element("span", note, class_="note") for note in notes))


def _sentences(title: str, sentences: Sequence[str], role: str) -> Markup:
    items = [element("li", sentence) for sentence in sentences]
    return when(sentences, element("div", element("h4", title), element("ul", *items), class_=role))


def _advice(advice: Sequence[Advice]) -> Markup:
    items = [element("li", element("strong", each.do), _reason(each)) for each in advice]
    return when(advice, element("div", element("h4", "What to try"), element("ol", *items), class_="advice"))


def _reason(advice: Advice) -> str:
    return run_text.advice_sentence(advice).removeprefix(advice.do)


def _points(run: RunSnapshot) -> Markup:
    """Return the evaluations that matter as a table: the numbers of the chart."""
    explanation = brief_explanation(run)
    if not explanation.points:
        return Markup()
    head, *rows = table_of_points(explanation)
    return table("The curve in numbers", ("", *head[1:]), rows, class_="numbers")


def _other_sets(sets: Sequence[EvaluatedSet]) -> Markup:
    rows = [_other_set(one) for one in sets if one.val is not None]
    head = ("validation set", "verdict", "since", "best", "last", "gap")
    return when(rows, table("Other validation sets", head, rows, class_="numbers"))


def _other_set(one: EvaluatedSet) -> tuple[str, ...]:
    assessment, history, val = one.assessment, one.history, one.val
    onset = history.label(assessment.onset) if history and assessment.onset is not None else ""
    losses = (assessment.best_value, run_text.last_logged(val), assessment.gap)
    return (val.tag.text if val else "", f"{assessment.sign} {assessment.word}", onset, *map(format_loss, losses))
