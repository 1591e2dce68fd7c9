"""``lossmon completion``: print the completion script for a shell."""

from __future__ import annotations

import argparse

from lossmon.cli.parser import parser


def run(arguments: argparse.Namespace) -> int:
    """Print the script and return 0."""
    import shtab

    print(shtab.complete(parser(), arguments.shell))
    return 0
