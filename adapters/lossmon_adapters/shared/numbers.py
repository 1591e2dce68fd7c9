"""Parse numbers as programs write them into a cell of a table or into a string.

A module of its own so that a log can be recognised without importing NumPy.
"""

from __future__ import annotations

import math
import re

_NUMBER = r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?|[+-]?nan|[+-]?inf(?:inity)?"
_PLAIN = re.compile(_NUMBER, re.IGNORECASE)
_MICROSOFT = re.compile(r"([+-]?)(?:[0-9]+\.#(?:(inf)|qnan|snan|ind)[0-9]*|nan\((?:s?nan|ind)\))", re.IGNORECASE)
"""NaN and infinity as programs print them that were compiled with Microsoft's compiler: ``-nan(ind)``, ``1.#QNAN``."""
_ARRAY = re.compile(
    rf"(?:[\w.]{{0,32}}(?:tensor|array|float\d*|int\d*))?[(\[]{{1,4}}\s{{0,4}}({_NUMBER})\s{{0,4}}"
    r"(?:,?[)\]]{1,4})?(?:,\s{0,4}[a-z_]+=.*)?[)\]]?",
    re.IGNORECASE | re.DOTALL,
)
"""An array or a tensor of one number: ``tensor(0.5, device='cuda:0')``, ``np.float64(0.5)``, ``[0.5]``."""
_EAGER_TENSOR = re.compile(rf"<tf\.[^<>]{{0,200}}numpy=({_NUMBER})>", re.IGNORECASE)
_UNUSUAL = re.compile(r"[#(\[<]")
"""In every text that is a number, but no plain one."""
_LONGEST_ARRAY = 400
"""Characters of the text of an array of one number, with its type and device."""
_THOUSANDS = re.compile(r"[+-]?[1-9][0-9]{0,2}(?:,[0-9]{3})+")
"""A whole number with commas between thousands; in a table with decimal commas it may be a fraction."""
_COUNT = re.compile(
    r"(?:(?:epoch|step|iter|iteration|ep)[\s_:=#-]{0,3})?([0-9]+(?:\.[0-9]+)?)(?:\s{0,2}(?:/|of)\s{0,2}[0-9]+)?",
    re.IGNORECASE,
)
"""A counter as people read it: ``3/40``, ``Epoch 3``."""
_LONGEST_COUNT = 48


def parse_number(text: str, delimiter: str = ",") -> float | None:
    """Return the number in *text*, or None: ASCII digits, NaN or infinity, or an array of one number.

    A comma is the decimal mark, as in much of the world, where semicolons separate the cells of a table, or where it
    cannot separate thousands.

    >>> parse_number(" 1e-3"), parse_number("0,25", ";"), parse_number("1_000"), parse_number("-nan(ind)")
    (0.001, 0.25, None, nan)
    >>> parse_number("tensor(0.5, device='cuda:0')"), parse_number("[0.5]"), parse_number("0,25")
    (0.5, 0.5, 0.25)
    """
    text = text.strip(" \t")
    if "," in text and text[-1:].isdigit():
        text = _without_commas(text, delimiter)
    match = _PLAIN.fullmatch(text)
    if match:
        return float(match.group())
    return _parse_unusual(text) if _UNUSUAL.search(text) else None


def _parse_unusual(text: str) -> float | None:
    """Return NaN or infinity as Microsoft's compiler prints them, or the number in an array of one number."""
    special = _MICROSOFT.fullmatch(text)
    if special:
        return math.copysign(math.inf, -1 if special[1] == "-" else 1) if special[2] else math.nan
    if len(text) > _LONGEST_ARRAY:
        return None
    array = _ARRAY.fullmatch(text) or _EAGER_TENSOR.fullmatch(text)
    return float(array[1]) if array else None


def _without_commas(text: str, delimiter: str) -> str:
    """Return *text* with points for decimal commas; as it is where a comma may also separate thousands."""
    if delimiter == ";":
        return text.replace(",", ".")
    is_decimal = text.count(",") == 1 and "." not in text and not _THOUSANDS.fullmatch(text)
    return text.replace(",", ".") if is_decimal else text


def parse_count(text: str, delimiter: str = ",") -> float | None:
    """Return the epoch or step in *text*, also if its last one or a word stands beside it.

    >>> parse_count("3/40"), parse_count("Epoch 3"), parse_count("1,000"), parse_count("best")
    (3.0, 3.0, 1000.0, None)
    """
    text = text.strip(" \t")
    if _THOUSANDS.fullmatch(text) and delimiter != ";":
        return float(text.replace(",", ""))
    number = parse_number(text, delimiter)
    if number is not None:
        return number
    match = _COUNT.fullmatch(text) if len(text) <= _LONGEST_COUNT else None
    return float(match[1]) if match else None
