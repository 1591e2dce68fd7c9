"""Strip from a line of output what stands around its text: colours, logging prefixes, and tensors around numbers.

All patterns run in linear time: their repetitions are bounded or cannot match the same text in two ways.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import accumulate

NUMBER = r"[-+]?(?:[0-9]{1,32}(?:\.[0-9]{0,32})?(?:e[-+]?[0-9]{1,4})?|\.[0-9]{1,32}|nan|inf(?:inity)?)"
"""Pattern of a number as programs print it, in lower case."""

ESCAPE = r"\x1b(?:\[[0-9;?]{0,32}[A-Za-z]|\([AB0]|\][^\x07\x1b]{0,4096}(?:\x07|\x1b\\))"
"""Pattern of the escape sequences that output has: colours, character sets, and strings such as links (OSC 8)."""
_ESCAPE = re.compile(ESCAPE)
SYSLOG_TAB = b"#011"
"""How syslog, and the log services that read from it, write a tab."""

_CLOCK = r"[0-9]{1,2}:[0-9]{2}:[0-9]{2}(?:[.,][0-9]{1,9})?(?:Z|\s?[+-][0-9]{2}:?[0-9]{2}|\s[AP]M)?"
_DATE = r"(?:[0-9]{4}[-/.][0-9]{2}[-/.][0-9]{2}|[0-9]{2}[-/][0-9]{2}(?:[-/][0-9]{2,4})?|[A-Z][a-z]{2}\s{1,2}[0-9]{1,2})"
_TIME = rf"(?:{_DATE}[T ,:_-]{{1,2}})?{_CLOCK}"
_LEVEL = r"(?:DEBUG|INFO|NOTICE|WARNING|WARN|TRACE|SUCCESS)"
_LOGGER = r"[\w.<>/$-]{1,80}"
_SEPARATOR = r"\s{0,16}(?:(?:[|:,]|-\s)\s?)?"
# The module, function or line that a logger names behind the level.
_PLACE = (
    rf"(?:\[{_LOGGER}:[0-9]{{1,6}}(?::\w{{1,80}})?\]{_SEPARATOR}|"
    rf"{_LOGGER}(?::{_LOGGER}){{0,2}}:[0-9]{{1,6}}(?:\]|\s-)\s|"
    r"[a-z]\w{0,40}(?:\.\w{1,80}){1,8}\s-\s)?"
)
_PREFIX = re.compile(
    rf"\s{{0,8}}(?:[IWEF][0-9]{{4,8}}\s{_CLOCK}\s{{1,8}}[0-9]{{1,20}}\s[^\s\]]{{1,120}}\]\s|"
    rf"\[{_TIME}(?:\s{_LOGGER})?\](?:\[{_LOGGER}\]){{0,3}}:?{_SEPARATOR}(?:(?:{_LOGGER}\s)?{_LEVEL}:?\s{_SEPARATOR})?|"
    rf"{_TIME}(?![0-9./:]){_SEPARATOR}"
    rf"(?:(?:[\[(]?{_LOGGER}[\])]?{_SEPARATOR}){{0,3}}?[\[(]?{_LEVEL}\b[\])]?:?{_SEPARATOR})?{_PLACE}|"
    rf"\[{_LEVEL}\s{{0,8}}\](?:\s|:\s|\s-\s)|{_LEVEL}(?::{_LOGGER}:|:\s|\s-\s|\s(?=\s{{0,8}}\S)){_SEPARATOR}|"
    r"\[(?:rank|default)\s?[0-9]{1,6}\]:\s?|\([A-Za-z_]{0,40}\s?pid=[0-9]{1,9}[^()]{0,60}\)\s)"
)
_MOST_PREFIXES = 3
"""Programs that each put a prefix of their own before a line: a launcher, a logger, the program itself."""

# Only these, since a number in brackets behind any other name is a setting: "loss: FocalLoss(2.0)".
_WRAPPERS = r"(?:eager|device)?(?:tensor|array)|float(?:16|32|64)?"
_WRAPPED = re.compile(
    rf"\b(?:[a-z]{{1,12}}\.)?(?:{_WRAPPERS})\(\s{{0,8}}(?:\[{{1,2}}({NUMBER})\]{{1,2}}|({NUMBER}))"
    r"(?:,(?:[^()\n]|\([^()\n]{0,80}\)){0,160})?\)|"
    rf"<tf\.tensor:[^<>\n]{{0,120}}numpy=({NUMBER})>|"
    rf"(?<=[a-z][\s:=])(?:(?<=:)\s)?\[({NUMBER})\](?=[\s,;|]|$)",
    re.IGNORECASE,
)
_WRAPPER_HINTS = ("ensor(", "rray(", "ensor:", "float", " [", ":[", "=[")


def plain_text(text: str) -> str:
    """Return *text* without escape sequences, and without what a logger puts before it.

    >>> plain_text("2024-01-01 00:00:00,123 - INFO - Epoch 1")
    'Epoch 1'
    """
    text = _ESCAPE.sub("", text) if "\x1b" in text else text
    text = text.replace(SYSLOG_TAB.decode(), "\t")
    for _ in range(_MOST_PREFIXES):
        prefix = _PREFIX.match(text)
        if not prefix or not prefix.group().strip():
            break
        text = text[prefix.end() :]
    return text


def origins_of_plain(line: bytes, text: str, plain: str) -> Sequence[int] | None:
    """Return where in *line* each character of *plain* comes from; *text* is the line decoded, *plain* its plain text.

    They are a range where they are consecutive. None if some of them are nowhere in it as they are.
    """
    if SYSLOG_TAB.decode() in _ESCAPE.sub("", text) or (not text.isascii() and text.encode() != line):
        return None
    places: Sequence[int] = range(len(text))
    if not text.isascii():
        places = list(accumulate((len(character.encode()) for character in text[:-1]), initial=0))
    if "\x1b" in text:
        places = _places_between(_ESCAPE.finditer(text), places)
    return places[len(places) - len(plain) :]


def origin(span: tuple[int, int], origins: Sequence[int]) -> tuple[int, int]:
    """Return where *span*, which is not empty, comes from, by the *origins* of the characters."""
    return origins[span[0]], origins[span[1] - 1] + 1


def _places_between(matches: Iterable[re.Match[str]], places: Sequence[int]) -> list[int]:
    kept: list[int] = []
    begin = 0
    for match in matches:
        kept += places[begin : match.start()]
        begin = match.end()
    return [*kept, *places[begin:]]


def unwrap_numbers(text: str) -> str:
    """Return *text* with numbers in the place of tensors, arrays of one number, and the like.

    >>> unwrap_numbers("loss: tensor(1.2, device='cuda:0') lr: np.float64(0.1)")
    'loss: 1.2 lr: 0.1'
    """
    return unwrap_with_origins(text)[0]


def unwrap_with_origins(text: str) -> tuple[str, Sequence[int]]:
    """Return *text* with bare numbers, as ``unwrap_numbers``, and where in *text* each character of that comes from."""
    matches = list(_WRAPPED.finditer(text)) if any(hint in text for hint in _WRAPPER_HINTS) else []
    if not matches:
        return text, range(len(text))
    parts: list[str] = []
    origins: list[int] = []
    end = 0
    for match in matches:
        number = match.span(match.lastindex or 0)
        for begin, stop in ((end, match.start()), number):
            parts.append(text[begin:stop])
            origins += range(begin, stop)
        end = match.end()
    return "".join([*parts, text[end:]]), [*origins, *range(end, len(text))]
