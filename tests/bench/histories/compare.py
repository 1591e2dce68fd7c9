"""Compares the detector with other rules: ``python -m tests.bench.histories.compare --folds DIR``.

The model of the package learned from all families, so it is not fit for this: ``train --folds DIR`` writes models each
of which did not see the families and repositories of its fold. Every history is judged by the model that did not see
it, evaluation by evaluation, as each rule is.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable, Mapping, Sequence
from math import isinf, isnan
from pathlib import Path
from statistics import mean
from typing import TypeAlias

import numpy as np
from tests.bench.histories.folds import fold_of, read_models
from tests.bench.histories.measures import (
    Case,
    Measures,
    States,
    case_of_labelled,
    case_of_record,
    cases_of_simulated,
    f1,
    first_report,
    measure,
)
from tests.bench.histories.rivals import RULES, lossmon
from tests.bench.histories.rows import read_labelled
from tests.bench.histories.rule import Rule
from tests.bench.histories.table import TABLE, Record, is_held_out, load_records, print_line
from tests.made_parts import table, write

from lossmon.detector import AdditiveModel

OURS = "**lossmon**"
HEAD = (
    "rule",
    "F1",
    "precision",
    "recall",
    "healthy runs called, at the end / ever",
    "delay",
    "changes a run",
    "true loss lost",
)
DETAILS = ("rule", "F1 (95 %)", "at 2 %, 5 %", "called before the turn", "true loss lost, mean")
IN_README = (
    "early stopping, patience 5",
    "Prechelt GL5",
    "finetune-doctor 0.2.2",
    "runmedic 0.1.1",
    "trainproof 0.22",
    OURS,
)
"""The rules in the table of README; the README of the benchmarks has all."""
PARTS = (
    "comparison",
    "comparison of all rules",
    "comparison in detail",
    "comparison by eye",
    "comparison on simulated histories",
)
"""The part of README that is made here, and the parts of the README of the benchmarks."""

Results: TypeAlias = Mapping[str, States]
"""What each rule reported of each case at each evaluation."""
Judge: TypeAlias = Callable[[Sequence[Case]], Results]


def run_rules(cases: Sequence[Case], rules: Mapping[str, Rule]) -> dict[str, States]:
    """Return what each of *rules* reports of *cases*."""
    return {name: [rule(case.train, case.validation) for case in cases] for name, rule in rules.items()}


def run_models(cases: Sequence[Case], models: Sequence[AdditiveModel]) -> States:
    """Return what the detector reports of *cases*, each judged by the model of its fold."""
    rules = [lossmon(model) for model in models]
    return [rules[fold_of(case.group)](case.train, case.validation) for case in cases]


def cells(found: Measures) -> tuple[str, ...]:
    """Return the cells of a row, in the order of ``HEAD``."""
    rates = [f"{value:.2f}".lstrip("0") for value in (found.f1, found.precision, found.recall)]
    healthy = f"{100 * found.healthy_at_end:.0f} / {100 * found.healthy_ever:.0f} %"
    regret = "" if isnan(found.regret) else f"{found.regret:.2f} %"
    delay = "never" if isinf(found.delay) else f"{found.delay:.0f}"
    return (*rates, healthy, delay, f"{found.changes:.1f}", regret)


def measured_rows(cases: Sequence[Case], results: Results) -> Iterable[Sequence[str]]:
    """Yield a row with the measures of each rule."""
    for name, states in results.items():
        yield name, *cells(measure(cases, states))


def interval(truth: Sequence[bool], reported: Sequence[bool], groups: Sequence[int]) -> tuple[float, float]:
    """Return the 95 % bootstrap interval of F1, whole *groups* drawn with replacement."""
    rng = np.random.default_rng(0)
    members = {g: [i for i, other in enumerate(groups) if other == g] for g in set(groups)}
    names = sorted(members)
    found = []
    for _ in range(1000):
        drawn = [i for g in rng.choice(names, len(names)) for i in members[int(g)]]
        found.append(f1([truth[i] for i in drawn], [reported[i] for i in drawn]))
    low, high = np.nanquantile(found, [0.025, 0.975])
    return float(low), float(high)


def detailed_rows(records: Sequence[Record], cases: Sequence[Case], results: Results) -> Iterable[Sequence[str]]:
    """Yield the rows with intervals, other limits of overfitting, and means."""
    truth, families = [case.overfits for case in cases], [record.family for record in records]
    around = [[record.overfits(share) for record in records] for share in (0.02, 0.05)]
    for name, states in results.items():
        reported = [each[-1] for each in states]
        low, high = interval(truth, reported, families)
        limits = ", ".join(f"{f1(other, reported):.3f}" for other in around)
        regret = mean(record.regret(first_report(each)) for record, each in zip(records, states, strict=True))
        score, early = f"{f1(truth, reported):.3f} ({low:.2f}-{high:.2f})", measure(cases, states).early
        yield name, score, limits, f"{100 * early:.0f} %", f"{regret:.1f} %"


def compare_table(records: Sequence[Record], judge: Judge) -> dict[str, str]:
    """Return the tables of the trainings whose true loss is known, by the part that they are."""
    cases = [case_of_record(record) for record in records]
    results = judge(cases)
    families, over = len({record.family for record in records}), sum(case.overfits for case in cases)
    print_line(f"{len(records)} histories of {families} families, of which {over} really overfit\n")
    measured = list(measured_rows(cases, results))
    return {
        PARTS[0]: table(HEAD, (row for row in measured if row[0] in IN_README)),
        PARTS[1]: table(HEAD, measured),
        PARTS[2]: table(DETAILS, detailed_rows(records, cases, results)),
    }


def compare_cases(part: str, cases: Sequence[Case], judge: Judge) -> dict[str, str]:
    """Return the table of histories whose true loss nobody knows."""
    print_line(f"{part}: {len(cases)} histories, of which {sum(case.overfits for case in cases)} overfit\n")
    return {part: table(HEAD[:-1], (row[:-1] for row in measured_rows(cases, judge(cases))))}


def compare_others(args: argparse.Namespace, judge: Judge) -> dict[str, str]:
    """Return the tables of the histories that are not ours to publish, as far as they are given."""
    found: dict[str, str] = {}
    if args.corpus:
        labelled = [case for history in read_labelled(args.corpus) if (case := case_of_labelled(history))]
        found |= compare_cases(PARTS[3], labelled, judge)
    if args.simulated:
        found |= compare_cases(PARTS[4], cases_of_simulated(args.simulated), judge)
    return found


def main() -> None:
    """Print the tables in Markdown, by default for the families that were not used for design."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--table", type=Path, default=TABLE)
    parser.add_argument("--folds", type=Path, required=True, help="directory that train --folds wrote")
    parser.add_argument("--families", choices=("unseen", "seen", "all"), default="unseen")
    parser.add_argument("--corpus", type=Path, help="directory with labels.csv and series/, to compare on as well")
    parser.add_argument("--simulated", type=Path, help="file with train, val and overfit, to compare on as well")
    parser.add_argument("--write", action="store_true", help="write the tables into README and tests/bench/README")
    args = parser.parse_args()
    models = read_models(args.folds)

    def judge(cases: Sequence[Case]) -> Results:
        return {**run_rules(cases, RULES), OURS: run_models(cases, models)}

    held_out = {"unseen": (True,), "seen": (False,), "all": (True, False)}[args.families]
    found = compare_table([r for r in load_records(args.table) if is_held_out(r) in held_out], judge)
    found |= compare_others(args, judge)
    print_line("\n\n".join(found.values()))
    if args.write:
        write(found)


if __name__ == "__main__":
    main()
