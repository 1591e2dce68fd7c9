"""Parts of README and of the README of the benchmarks that are made from the code or from measurements."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

README = Path(__file__).parents[1] / "README.md"
BENCH_README = Path(__file__).parent / "bench" / "README.md"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table in Markdown."""
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def part(name: str) -> re.Pattern[str]:
    """Return the pattern of what stands between ``<!-- NAME -->`` and ``<!-- /NAME -->``."""
    return re.compile(rf"(?<=<!-- {name} -->\n).*?(?=\n<!-- /{name} -->)", re.DOTALL)


def write(made: Mapping[str, str]) -> None:
    """Write parts again, each by its name, wherever they stand."""
    for path in (README, BENCH_README):
        text = path.read_text()
        for name, content in made.items():
            text = part(name).sub(content.replace("\\", r"\\"), text, count=1)
        path.write_text(text)
