from __future__ import annotations

from lossmon.tui.panes.text_pages import help_page
from lossmon.tui.styled_text import plain


def test_help_is_never_cut_however_narrow() -> None:
    for width in range(40, 130, 7):
        page = [plain(line) for line in help_page(width).body]
        assert not any("…" in line or len(line) > width for line in page)
