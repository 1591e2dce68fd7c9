"""README's comparison is the one that the command prints."""

from __future__ import annotations

from tests.bench.histories.compare import HEAD, OURS, PARTS, measured_rows, run_rules
from tests.bench.histories.measures import case_of_record
from tests.bench.histories.rivals import RULES
from tests.bench.histories.table import is_held_out, load_records
from tests.made_parts import BENCH_README, README, part, table

QUICK = ("early stopping, patience 5", "Prechelt GL5", "runmedic 0.1.1")


def rows_of(name: str, text: str) -> list[str]:
    found = part(name).search(text)
    assert found, f"there is no part called {name}"
    return found[0].splitlines()


def test_readme_has_a_row_for_each_rule() -> None:
    for path, name in zip((README, *(BENCH_README,) * 3), PARTS, strict=True):
        rows = rows_of(name, path.read_text())
        assert [row.split(" | ")[0].removeprefix("| ") for row in rows[2:]] == [*RULES, OURS]


def test_readme_has_the_figures_of_the_rules_that_are_quick_to_run() -> None:
    cases = [case_of_record(record) for record in load_records() if is_held_out(record)]
    expected = table(HEAD, measured_rows(cases, run_rules(cases, {name: RULES[name] for name in QUICK})))
    assert set(expected.splitlines()) <= set(rows_of(PARTS[0], README.read_text())), "stale: run compare --write"
