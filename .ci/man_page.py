"""Writes the manual page from the options of the command line, whenever the wheel is built."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class ManPageHook(BuildHookInterface):
    """Adds ``share/man/man1/lossmon.1`` to the wheel."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 - the interface has it
        """Write the page, and tell the builder of it."""
        page = Path(self.directory) / "lossmon.1"
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_text(man_page(Path(self.root), self.metadata.version), encoding="utf-8")
        build_data["shared_data"][str(page)] = "share/man/man1/lossmon.1"


def man_page(root: Path, version: str) -> str:
    """Return the manual page of the sources below *root*, in the format of troff."""
    from argparse_manpage.manpage import Manpage

    sys.path.insert(0, str(root / "monitor"))
    try:
        from lossmon.cli.parser import parser
    finally:
        sys.path.pop(0)
    data = {
        "prog": "lossmon",
        "version": version,
        "project_name": "lossmon",
        "description": "see in a terminal whether a model overfits, since when, how badly, and what to try",
        "manual_title": "lossmon",
        "manual_section": 1,
    }
    return str(Manpage(parser(), _data=data))
