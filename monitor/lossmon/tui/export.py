"""What the export key writes: the screen as SVG, and every point of the shown run as CSV."""

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

_LONGEST = 80
_HEAD = ("tag", "axis", "x", "unix_seconds", "value")
_TOO_MANY = 1000


def export(view: RunSnapshot | None, svg: str, directory: Path) -> str:
    """Write the screen *svg* and the points of *view* to new files in *directory*, and return what to say of it."""
    stem = f"lossmon-{file_stem(view.name.text)}" if view else "lossmon"
    try:
        written = [_written(directory, stem, ".svg", (svg,))]
        if view is not None:
            written.append(_written(directory, stem, ".csv", rows(view.metrics)))
    except OSError as error:
        return f"not saved: {directory}: {error.strerror}"
    return f"saved {' and '.join(written)} in {directory}"


def file_stem(name: str) -> str:
    """Return *name* as part of a file name on any system."""
    return re.sub(r"[^A-Za-z0-9._-]+", "_", name)[:_LONGEST].strip("._-") or "run"


def rows(curves: Iterable[Curve]) -> Iterator[str]:
    """Yield the lines of the CSV: a point each, of one tag after the other."""
    yield _row(_HEAD)
    for curve in curves:
        tag = harmless(curve.tag.text)
        for x, wall, value in zip(curve.x.tolist(), curve.wall.tolist(), curve.value.tolist(), strict=True):
            yield _row((tag, curve.axis, f"{x:.15g}", f"{wall:.6f}" if wall == wall else "", repr(value)))


def harmless(cell: str) -> str:
    """Return a text that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell


def _row(cells: Iterable[str]) -> str:
    line = StringIO()
    csv.writer(line, lineterminator="\n").writerow(cells)
    return line.getvalue()


def _written(directory: Path, stem: str, ending: str, text: Iterable[str]) -> str:
    """Write *text* under the first name that is free, and return that name."""
    for number in range(1, _TOO_MANY):
        name = f"{stem}{'' if number == 1 else f'-{number}'}{ending}"
        with suppress(FileExistsError):
            write_new(directory / name, text)
            return name
    raise FileExistsError(EEXIST, f"{stem}{ending} and a thousand like it exist")
