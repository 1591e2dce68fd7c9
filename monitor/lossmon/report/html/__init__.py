"""The page of ``lossmon report``: one HTML file that needs neither network nor script to be read."""

from __future__ import annotations

from lossmon.report.html.page import GENERATOR_MARK, PageOptions, write_page

__all__ = ["GENERATOR_MARK", "PageOptions", "write_page"]
