"""The options of ``lossmon run``."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

NAME = "run"
_SEPARATOR = "--"
_MAX_COLUMNS = 1000
_EPILOG = """\
examples:
  lossmon run -- python train.py --lr 0.001
  lossmon run --log out.log -- torchrun --nproc-per-node 4 train.py
  lossmon run --watch runs/ --watch logs/ -- bash train.sh
  nohup lossmon run -- python train.py > job.out &      without a screen

on the screen:
  q        leaves the screen; the training goes on, and a line says how to see it again and how to end it
  ctrl+c   goes to the training, as it would without lossmon
  ctrl+z   suspends the screen only
  o        shows the output of the training

The training is no child of this process: it goes on if the terminal is closed, the connection breaks, or lossmon is
killed. lossmon watch, in the same directory, shows it again, as does lossmon watch FILE with the file of its output.
The training writes to a terminal of its own, of --columns x 40 characters. It cannot ask questions: its standard input
is empty, unless something else than the terminal is connected to that of lossmon run.
Without a terminal for the screen (nohup, CI, a pipe) the output is printed as it comes.

exit codes: that of the training, 128+N if signal N ended it; 0 if you leave before its end;
            127 command not found, 126 cannot be executed, 2 any other error"""


def split_command(words: Sequence[str]) -> tuple[list[str], list[str] | None]:
    """Return the words of lossmon, and those after ``--`` that start a training; None if there is none to start.

    >>> split_command(["run", "--log", "a", "--", "python", "--", "b"])
    (['run', '--log', 'a'], ['python', '--', 'b'])
    """
    if [*words[:1]] != [NAME] or _SEPARATOR not in words:
        return [*words], None
    index = words.index(_SEPARATOR)
    return [*words[:index]], [*words[index + 1 :]]


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add what only this command has."""
    parser.usage = "lossmon run [OPTION …] -- COMMAND [ARGUMENT …]"
    parser.formatter_class, parser.epilog = argparse.RawDescriptionHelpFormatter, _EPILOG
    parser.add_argument("words", nargs="*", help=argparse.SUPPRESS)
    parser.add_argument(
        "--log",
        metavar="FILE",
        help="add the output of the training to FILE (default: a new file below ~/.local/state/lossmon/runs)",
    )
    parser.add_argument(
        "--watch",
        action=_Paths,
        default=["."],
        metavar="PATH",
        help="where the training writes its logs; may be repeated (default: the current directory). "
        "Only what is written after the start is shown",
    )
    parser.add_argument(
        "--columns",
        type=_columns,
        default=120,
        metavar="N",
        help="the width of the terminal that the training sees (default: %(default)s)",
    )


class _Paths(argparse.Action):
    """Collects paths; the first one replaces the default."""

    def __call__(self, _: object, namespace: argparse.Namespace, value: object, __: str | None = None) -> None:
        before = getattr(namespace, self.dest)
        setattr(namespace, self.dest, [*([] if before is self.default else before), value])


def _columns(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 0 < int(text) <= _MAX_COLUMNS):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of columns from 1 to {_MAX_COLUMNS}")
    return int(text)
