from __future__ import annotations

import pytest

from lossmon.core.verdict import Verdict
from lossmon.tui.roles import ROLES
from lossmon.tui.theme import THEMES

WITHOUT_COLOR = {"", "title", "strong", "selected"}
"""Roles that differ from plain text by their weight only."""


@pytest.mark.parametrize("colors", THEMES.values(), ids=THEMES)
def test_every_theme_has_a_colour_for_every_role_and_for_no_other(colors: dict[str, int]) -> None:
    verdicts = {verdict.value for verdict in Verdict} | {"unreadable"}
    assert colors.keys() == (set(ROLES) - WITHOUT_COLOR) | verdicts
