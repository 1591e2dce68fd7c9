"""Tables with a caption, and heads that screen readers announce."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from lossmon.report.html.markup import Markup, element


def table(
    caption: str, head: Sequence[str], rows: Iterable[Sequence[str]], class_: str = "", *, wide: bool = False
) -> Markup:
    """Return a table in which the first cell of each row names it; a *wide* one can be scrolled with the keyboard."""
    heads = [element("th", name, scope="col") if name else element("td") for name in head]
    body = [
        element("tr", element("th", row[0], scope="row"), *(element("td", cell) for cell in row[1:])) for row in rows
    ]
    whole = element(
        "table",
        element("caption", caption),
        element("thead", element("tr", *heads)),
        element("tbody", *body),
        class_=class_ or None,
    )
    keys: dict[str, str | float | None] = {"tabindex": 0, "role": "region", "aria_label": caption} if wide else {}
    return element("div", whole, class_="wide", **keys)
