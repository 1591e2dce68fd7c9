"""The comparisons of README and of the README of the benchmarks are those that the command prints."""

from __future__ import annotations

from tests.bench.histories.compare import HEAD, IN_README, OURS, PARTS, measured_rows, run_rules
from tests.bench.histories.measures import case_of_record
from tests.bench.histories.rivals import RULES
from tests.bench.histories.table import is_held_out, load_records
from tests.made_parts import BENCH_README, README, part, table

QUICK = ("early stopping, patience 5", "Prechelt GL5", "runmedic 0.1.1")


def rows_of(name: str, text: str) -> list[str]:
    found = part(name).search(text)
    assert found, f"there is no part called {name}"
    return found[0].splitlines()


def names_of(rows: list[str]) -> list[str]:
    return [row.split(" | ")[0].removeprefix("| ") for row in rows[2:]]


def test_the_benchmarks_have_a_row_for_each_rule() -> None:
    for name in PARTS[1:]:
        assert names_of(rows_of(name, BENCH_README.read_text())) == [*RULES, OURS]


def test_readme_repeats_some_rows_of_the_benchmarks() -> None:
    rows = rows_of(PARTS[0], README.read_text())
    assert names_of(rows) == list(IN_README)
    assert set(rows) <= set(rows_of(PARTS[1], BENCH_README.read_text()))


def test_the_figures_of_the_rules_that_are_quick_to_run_are_right() -> None:
    cases = [case_of_record(record) for record in load_records() if is_held_out(record)]
    expected = table(HEAD, measured_rows(cases, run_rules(cases, {name: RULES[name] for name in QUICK})))
    assert set(expected.splitlines()) <= set(rows_of(PARTS[1], BENCH_README.read_text())), "stale: run compare --write"
