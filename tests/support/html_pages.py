"""Read a page with the parser of the standard library."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

_VOID = frozenset({"meta", "br", "line", "rect", "circle", "path"})


@dataclass
class Parsed:
    """What a page consists of."""

    shape: list[tuple[str, ...]] = field(default_factory=list)
    """Each element with the names of its attributes, in order."""
    attributes: list[tuple[str, str]] = field(default_factory=list)
    texts: dict[str, list[str]] = field(default_factory=dict)
    """The texts by the class, else the name, of the innermost element they are in."""
    odd: list[str] = field(default_factory=list)
    """Comments, declarations, and end tags that end nothing."""

    def links(self) -> set[str]:
        """Return every value of an attribute that a browser might load."""
        return {value for name, value in self.attributes if name in ("src", "href", "srcset", "action", "data")}


def parse(page: str) -> Parsed:
    """Return the parts of *page*."""
    parser = _Parser()
    parser.feed(page)
    parser.close()
    assert not parser.open, f"never closed: {parser.open}"
    return parser.parsed


class _Parser(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parsed, self.open = Parsed(), list[tuple[str, str]]()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_startendtag(tag, attrs)
        if tag not in _VOID:
            self.open.append((tag, dict(attrs).get("class") or tag))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.parsed.shape.append((tag, *(name for name, _ in attrs)))
        self.parsed.attributes += [(name, value or "") for name, value in attrs]

    def handle_endtag(self, tag: str) -> None:
        if self.open and self.open[-1][0] == tag:
            self.open.pop()
        else:
            self.parsed.odd.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        if self.open:
            self.parsed.texts.setdefault(self.open[-1][1], []).append(data)

    def handle_comment(self, data: str) -> None:
        self.parsed.odd.append(f"<!--{data}")

    def unknown_decl(self, data: str) -> None:
        self.parsed.odd.append(f"<![{data}")
