"""Parts of README are made from the code.

``python -m tests.test_readme`` writes these parts of README again.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import zip_longest
from re import findall
from textwrap import fill

import pytest
from tests.made_parts import README, part, table, write

from lossmon.cli.parser import parser
from lossmon.core.verdict import Verdict
from lossmon.tui.keymap import HELP_ROWS


def verdicts() -> str:
    """Return the table of verdicts."""
    order = [Verdict.WARMING_UP, Verdict.LEARNING, Verdict.CONVERGED]
    order += [verdict for verdict in Verdict if verdict not in order]
    return table(("verdict", "means"), [(f"`{verdict.value}`", verdict.meaning) for verdict in order])


def keys() -> str:
    """Return the table of keys in two columns, without the rows of the help page that only give examples."""
    rows = [(f"`{row.keys}`", row.help) for row in HELP_ROWS if row.keys]
    half = (len(rows) + 1) // 2
    return table(
        ("key", "does") * 2, [left + right for left, right in zip_longest(rows[:half], rows[half:], fillvalue=("", ""))]
    )


def exit_codes() -> str:
    """Return the sentence about exit codes: the last lines of ``lossmon --help``."""
    codes = parser().format_help().rstrip().rpartition("exit codes: ")[2]
    return fill(f"Exit codes: {codes}.", 120, break_on_hyphens=False)


MADE: dict[str, Callable[[], str]] = {"verdicts": verdicts, "keys": keys, "exit codes": exit_codes}
"""The parts of README between ``<!-- NAME -->`` and ``<!-- /NAME -->``."""


@pytest.mark.parametrize("name", MADE)
def test_readme_repeats_what_the_code_says(name: str) -> None:
    found = part(name).search(README.read_text())
    assert found, f"README has no part called {name}"
    assert found[0] == MADE[name](), "stale: run python -m tests.test_readme"


def test_every_file_that_is_named_exists() -> None:
    linked = findall(r"\]\((?!https?:)([^)#]+)", README.read_text())
    assert any(name.startswith("screenshots/") for name in linked)
    assert [name for name in linked if not (README.parent / name).exists()] == []


if __name__ == "__main__":
    write({name: make() for name, make in MADE.items()})
