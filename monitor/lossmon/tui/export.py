"""Export of the screen as SVG and of every point of the shown run as CSV."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from errno import EEXIST
from io import StringIO
from pathlib import Path

from lossmon.core.atomic_write import write_new
from lossmon.core.snapshot import Curve, RunSnapshot

_MAX_STEM_LENGTH = 80
"""Characters of a run's name that become part of a file name."""
_MAX_FILES = 1000
"""Names tried before the export gives up: with -2, -3, ... at their end."""
_CSV_HEADER = ("tag", "axis", "x", "unix_seconds", "value")
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
"""What makes a cell a formula in spreadsheets (OWASP, CSV injection)."""


def export(run: RunSnapshot | None, svg: str, directory: Path) -> str:
    """Write the screen *svg* and the points of *run* to new files in *directory*; return a message for the user."""
    stem = f"lossmon-{file_stem(run.name.text)}" if run else "lossmon"
    try:
        names = [_write_new_file(directory, stem, ".svg", (svg,))]
        if run is not None:
            names.append(_write_new_file(directory, stem, ".csv", csv_lines(run.metrics)))
    except OSError as error:
        return f"not saved: {directory}: {error.strerror}"
    return f"saved {' and '.join(names)} in {directory}"


def file_stem(name: str) -> str:
    """Return *name* as part of a file name that every system allows.

    >>> file_stem("../a b")
    'a_b'
    """
    return re.sub(r"[^A-Za-z0-9._-]+", "_", name)[:_MAX_STEM_LENGTH].strip("._-") or "run"


def csv_lines(curves: Iterable[Curve]) -> Iterator[str]:
    """Yield a header and then a line for each point, one curve after the other."""
    yield _csv_line(_CSV_HEADER)
    for curve in curves:
        tag = escape_formula(curve.tag.text)
        for x, wall, value in zip(curve.x.tolist(), curve.wall_time.tolist(), curve.value.tolist(), strict=True):
            yield _csv_line((tag, curve.axis, f"{x:.15g}", f"{wall:.6f}" if wall == wall else "", repr(value)))


def escape_formula(cell: str) -> str:
    """Return a text that no spreadsheet takes for a formula.

    >>> escape_formula("=1+1"), escape_formula("loss")
    ("'=1+1", 'loss')
    """
    return f"'{cell}" if cell.startswith(_FORMULA_STARTS) else cell


def _csv_line(cells: Iterable[str]) -> str:
    line = StringIO()
    csv.writer(line, lineterminator="\n").writerow(cells)
    return line.getvalue()


def _write_new_file(directory: Path, stem: str, extension: str, parts: Iterable[str]) -> str:
    """Write *parts* to a file that does not exist yet, and return its name."""
    for number in range(1, _MAX_FILES):
        name = f"{stem}{'' if number == 1 else f'-{number}'}{extension}"
        with suppress(FileExistsError):
            write_new(directory / name, parts)
            return name
    raise FileExistsError(EEXIST, f"{stem}{extension} and {_MAX_FILES - 2} numbered copies exist")
