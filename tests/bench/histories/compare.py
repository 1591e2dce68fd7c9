"""Compares the detector with other rules: ``python -m tests.bench.histories.compare --model FOLDS/fold1.json``.

The model of the package learned from all families, so it is not fit for this: ``train --folds FOLDS`` writes one that
did not see those of the table, the odd ones.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from statistics import mean, median

import numpy as np
from tests.bench.histories.rivals import RULES, Rule, lossmon
from tests.bench.histories.table import TABLE, Record, is_held_out, load_records, print_line

from lossmon.detector import AdditiveModel


def f1(truth: Sequence[bool], reported: Sequence[bool]) -> float:
    """Return the harmonic mean of precision and recall."""
    hits = sum(t and s for t, s in zip(truth, reported, strict=True))
    total = sum(truth) + sum(reported)
    return 2 * hits / total if total else float("nan")


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


def row(name: str, rule: Rule, records: Sequence[Record]) -> str:
    """Return the row of the table for *rule* on *records*."""
    states = [rule(r.train, r.validation) for r in records]
    truth, reported = [r.overfits() for r in records], [s[-1] for s in states]
    low, high = interval(truth, reported, [r.family for r in records])
    around = [f1([r.overfits(share) for r in records], reported) for share in (0.02, 0.05)]
    stops = [s.index(True) if any(s) else None for s in states]
    regrets = [r.regret(stop) for r, stop in zip(records, stops, strict=True)]
    clean = [any(s) for r, s in zip(records, states, strict=True) if r.rise < 0.02]
    scores = f"{f1(truth, reported):.3f} ({low:.2f}-{high:.2f}) | {around[0]:.3f}, {around[1]:.3f}"
    figures = f"{scores} | {median(regrets):.2f} | {mean(regrets):.1f}"
    return f"| {name} | {figures} | {100 * mean(clean):.0f} % |"


def main() -> None:
    """Print the table in Markdown, by default for the families that were not used for design."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--table", type=Path, default=TABLE)
    parser.add_argument("--model", type=Path, required=True, help="a model that did not learn from these families")
    parser.add_argument("--families", choices=("unseen", "seen", "all"), default="unseen")
    args = parser.parse_args()
    held_out = {"unseen": (True,), "seen": (False,), "all": (True, False)}[args.families]
    records = [r for r in load_records(args.table) if is_held_out(r) in held_out]
    families, over = len({r.family for r in records}), sum(r.overfits() for r in records)
    print_line(f"{len(records)} histories of {families} families, of which {over} really overfit\n")
    print_line("| rule | F1 at the end (95 %) | at 2 %, 5 % | regret, median % | mean % | clean runs ever called |")
    print_line("| --- | --- | --- | --- | --- | --- |")
    model = AdditiveModel.from_json(json.loads(args.model.read_text()))
    for name, rule in (*RULES.items(), ("lossmon", lossmon(model))):
        print_line(row(name, rule, records))


if __name__ == "__main__":
    main()
