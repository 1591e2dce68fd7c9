"""Tell headers, comments and rows of a table apart, and parse the cells of a row."""

from __future__ import annotations

from typing import NamedTuple

from lossmon_adapters.csv_logs.cells import separator_in
from lossmon_adapters.csv_logs.header import Header, is_row, parse_comment_header, parse_header, row_cells
from lossmon_adapters.shared.numbers import parse_count, parse_number

MISSING = -7e-323
"""Marks a cell without a number: too small to be in any log, and the same after a round trip as text."""
_BLANKS = frozenset({"", "-", "--", "_", "n/a", "na", "none", "null"})
"""What programs write into a cell that has no value, in lower case."""
_COMMENTS = ("#", "%")


class HeaderFinder:
    """Finds the headers of a table among its lines, also one in a comment, which ``np.savetxt`` writes."""

    def __init__(self) -> None:
        self.header: Header | None = None
        self.is_new = False
        """Whether the last header has other columns than the one before."""
        self._line = ""
        self._expected: tuple[str, Header] | None = None
        """A header that counts if the first row fits it: one in a comment, or of the table before."""
        self._delimiter: str | None = None

    def is_comment(self, line: str) -> bool:
        """Return whether *line* is a comment."""
        return line.startswith(_COMMENTS)

    def find(self, line: str) -> tuple[str, Header] | None:
        """Return the header at which a table begins with *line*, and its own line; ``set`` makes it the known one."""
        header = self._parse(line)
        if header:
            return line, header
        if self.header is None and self._expected and is_row(line, self._expected[1]):
            return self._expected
        return None

    def set(self, line: str, header: Header) -> None:
        """Set the header of the rows to come."""
        self.is_new = self.header is None or header.names != self.header.names
        self.header, self._line = header, line

    def successor(self) -> HeaderFinder:
        """Return a finder for a table that may go on without its header."""
        finder = HeaderFinder()
        finder._expected = (self._line, self.header) if self.header else self._expected
        return finder

    def _parse(self, line: str) -> Header | None:
        """Return the header in *line*; below a known header only lines that repeat it or begin with a letter count."""
        if self.header is not None:
            if line == self._line:
                return self.header
            return parse_header(line, self._delimiter) if line[:1].isalpha() else None
        if self.is_comment(line):
            header = parse_comment_header(line)
            self._expected = (line, header) if header else self._expected
            return None
        self._delimiter = separator_in(line) or self._delimiter
        return parse_header(line, self._delimiter)


class Row(NamedTuple):
    """The cells of one row."""

    cells: list[str]
    numbers: list[float]
    """``MISSING`` where a cell has no number."""
    is_counted: bool
    """Whether it is an epoch or a step: the rows ``best`` and ``mean`` below some tables are not."""


def parse_row(line: str, header: Header) -> Row | None:
    """Return the row in *line*, or None if it has more or fewer cells than *header*."""
    cells = row_cells(line, header)
    if cells is None:
        return None
    cells = cells[: len(header.names)]
    numbers = [parse_number(cell, header.delimiter) for cell in cells]
    if header.x is not None and numbers[header.x] is None:
        numbers[header.x] = parse_count(cells[header.x], header.delimiter)
    known = [MISSING if number is None else number for number in numbers]
    # A word in the counter, or else in a loss, shows that a row is a summary.
    checked = header.losses if header.x is None else (header.x,)
    is_summary = any(known[column] == MISSING and _is_word(cells[column]) for column in checked)
    return Row(cells, known, not is_summary)


def _is_word(cell: str) -> bool:
    return cell.strip().lower() not in _BLANKS


def text_record(row: Row, header: Header) -> dict[str, object]:
    """Return the numbers of a row by their names, and the texts that say what they are."""
    if not row.is_counted:
        return {}
    record: dict[str, object] = {}
    for column, name in header.tags.items():
        number = row.numbers[column]
        if column in header.text_columns and number == MISSING:
            record[name] = row.cells[column]
        elif number != MISSING:
            record[name] = number
    if header.x is not None and row.numbers[header.x] != MISSING:
        record[header.x_name] = row.numbers[header.x]
    return record
