from __future__ import annotations

import io

import pytest

from lossmon.core.assessment import Assessment
from lossmon.core.verdict import Verdict
from lossmon.report.style import Style


@pytest.mark.parametrize(
    ("environ", "colour"),
    [
        ({"TERM": "xterm"}, False),
        ({"FORCE_COLOR": "1"}, True),
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
    ],
)
def test_environment_variables_turn_colours_on_and_off(environ: dict[str, str], colour: bool) -> None:
    assert Style.of(io.StringIO(), environ).colour is colour


@pytest.mark.parametrize(
    ("environ", "encoding", "unicode"),
    [
        ({}, "utf-8", True),
        ({"LANG": "C", "LC_ALL": "en_US.UTF-8"}, "utf-8", True),
        ({"LANG": "de_DE.UTF-8", "LC_CTYPE": "", "LC_ALL": "C"}, "utf-8", False),
        ({"LANG": "POSIX"}, "utf-8", False),
        ({"LANG": "de_DE"}, "latin-1", False),
    ],
)
def test_locale_and_encoding_decide_on_unicode(environ: dict[str, str], encoding: str, unicode: bool) -> None:
    assert Style.of(io.TextIOWrapper(io.BytesIO(), encoding), environ).unicode is unicode


def test_every_verdict_has_its_own_sign_in_unicode_and_in_ascii() -> None:
    for unicode in (True, False):
        style = Style(unicode=unicode)
        signs = [style.glyph(Assessment(verdict)) for verdict in Verdict]
        signs.append(style.glyph(Assessment(Verdict.OVERFITTING, is_weak=True)))
        assert len(set(signs)) == len(Verdict) + 1
