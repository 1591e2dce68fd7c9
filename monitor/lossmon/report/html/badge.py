"""The verdict of a run as a sign and a word."""

from __future__ import annotations

from lossmon.core.snapshot import RunSnapshot
from lossmon.presentation import run_text
from lossmon.report.html.markup import Markup, element


def badge(run: RunSnapshot) -> Markup:
    """Return sign and word of the verdict of a run; a "maybe" looks weak."""
    return verdict_badge(
        run_text.glyph(run), run_text.verdict_text(run), run_text.colour_role(run), is_weak=run.assessment.is_weak
    )


def verdict_badge(sign: str, word: str, role: str, *, is_weak: bool) -> Markup:
    """Return *sign* and *word* in the colour of *role*."""
    return element(
        "span",
        element("span", sign, class_="sign", aria_hidden="true"),
        f" {word}",
        class_=f"badge {role}{' weak' * is_weak}",
    )
