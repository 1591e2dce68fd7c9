"""The command line: what can be said to lossmon, and the help that teaches it."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from lossmon.core.verdict import Verdict
from lossmon.tui.axes import X_AXES
from lossmon.tui.theme import THEMES

_DESCRIPTION = """\
Know within a second whether your model is overfitting, since which epoch, how badly, and what to try.
lossmon reads the logs that training already writes: TensorBoard event files, Keras and Lightning CSV, and more."""

_EPILOG = """\
first steps:
  lossmon demo                      see it on real training histories, without any of your own
  lossmon watch runs/               the live screen; ? teaches its keys, q quits
  lossmon check runs/               one look, a verdict per run
  lossmon check runs/ --json --fail-on overfitting,diverged      for scripts and CI

exit codes: 0 done; 1 --fail-on matched; 2 usage, or nothing readable; 130 interrupted"""

_VERDICTS = tuple(verdict.value for verdict in Verdict)


def parse(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """Return the parsed command line; exits with 2 and one line on stderr where it makes no sense."""
    arguments = parser().parse_args(argv)
    if arguments.command is None:
        parser().print_help(sys.stderr)
        raise SystemExit(2)
    return arguments


def parser() -> argparse.ArgumentParser:
    """Return the parser of the whole command line."""
    whole = _Parser(prog="lossmon", description=_DESCRIPTION, epilog=_EPILOG, formatter_class=_Raw)
    whole.add_argument("--version", action=_Version, nargs=0, help="say which version this is, and exit")
    commands = whole.add_subparsers(dest="command", metavar="COMMAND", title="commands", parser_class=_Parser)
    _watch(_command(commands, "watch", "the live screen"))
    _check(_command(commands, "check", "one look: a verdict per run, then exit"))
    _tail(_command(commands, "tail", "follow without a screen: a line per evaluation and change of verdict"))
    _status(_command(commands, "status", "one line for the status bar of tmux: the runs in most trouble first"))
    _demo(_command(commands, "demo", "watch real training histories being written, without any of your own"))
    _doctor(_command(commands, "doctor", "say what lossmon sees, and why"))
    _completion(_command(commands, "completion", "print the completion script of a shell"))
    return whole


class _Version(argparse.Action):
    """Says the version that is installed, which only this asks for."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from importlib.metadata import version

        sys.stdout.write(f"lossmon {version('lossmon')}\n")
        parser.exit()


class _Raw(argparse.RawDescriptionHelpFormatter):
    """Keeps the line breaks of the examples."""


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line."""

    def error(self, message: str) -> None:  # type: ignore[override]

        from lossmon.core.text import sanitize

        self.exit(2, f"{self.prog}: {sanitize(message, 1000)}; see {self.prog} --help\n")


def _command(commands: argparse._SubParsersAction[_Parser], name: str, summary: str) -> argparse.ArgumentParser:
    return commands.add_parser(name, help=summary, description=summary[0].upper() + summary[1:] + ".")


def _watch(parser: argparse.ArgumentParser) -> None:
    _paths(parser, "; - reads standard input: python train.py 2>&1 | lossmon watch -")
    _logs(parser)
    _screen(parser)


def _check(parser: argparse.ArgumentParser) -> None:
    _paths(parser)
    _logs(parser)
    parser.add_argument("--json", action="store_true", help="print one JSON document, schema lossmon/1")
    parser.add_argument(
        "--fail-on",
        type=_verdicts,
        default=(),
        metavar="VERDICT,…",
        help="exit with 1 if a run has one of these verdicts",
    )


def _tail(parser: argparse.ArgumentParser) -> None:
    _paths(parser, "; - reads standard input")
    _logs(parser)
    parser.add_argument("--json", action="store_true", help="print JSON Lines, one object per event")


def _status(parser: argparse.ArgumentParser) -> None:
    _paths(parser, "; in tmux: set -g status-right '#(lossmon status --tmux runs/)'")
    _logs(parser)
    parser.add_argument("--tmux", action="store_true", help="colour the line with tmux's #[fg=…]")


def _demo(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--speed", type=_speed, default=1.0, help="how much faster than usual; 0 writes all at once")
    parser.add_argument(
        "--keep", metavar="DIR", help="write the logs to DIR, which must not exist yet, and leave them there"
    )
    _screen(parser)


def _doctor(parser: argparse.ArgumentParser) -> None:
    _paths(parser)
    _logs(parser)
    parser.add_argument("--no-gpu", action="store_true", help="do not look for GPUs")


def _completion(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("shell", choices=("bash", "zsh", "tcsh"), help='eval "$(lossmon completion bash)"')


def _paths(parser: argparse.ArgumentParser, more: str = "") -> None:
    parser.add_argument(
        "paths", nargs="*", default=["."], metavar="PATH", help=f"a directory, which is searched, or a log file{more}"
    )


def _logs(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--train", metavar="TAG", help="the train loss: a tag, or a glob such as '*/loss_sum'")
    parser.add_argument("--val", metavar="TAG", help="the validation loss, likewise")
    parser.add_argument(
        "--poll", type=_seconds, metavar="SECONDS", help="look every so often instead of being told by inotify"
    )
    parser.add_argument("--config", metavar="FILE", help="read defaults from this TOML file")


def _screen(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--x", choices=tuple(X_AXES), help="what the charts' x axis shows")
    parser.add_argument("--no-gpu", action="store_true", help="do not look for GPUs")
    parser.add_argument("--theme", choices=tuple(THEMES), help="the colours; T changes them, and they are remembered")
    parser.add_argument(
        "--stock-driver", action="store_true", help="draw by way of Textual's own driver, should lossmon's fail"
    )


def _verdicts(text: str) -> tuple[str, ...]:
    chosen = tuple(part.strip() for part in text.split(",") if part.strip())
    unknown = [verdict for verdict in chosen if verdict not in _VERDICTS]
    if unknown or not chosen:
        raise argparse.ArgumentTypeError(
            f"no verdict {', '.join(unknown) or text!r}: choose among {', '.join(_VERDICTS)}"
        )
    return chosen


def in_seconds(value: float) -> bool:
    """Say whether one can look every *value* seconds."""
    return 0.05 <= value <= 3600


def _seconds(text: str) -> float:
    seconds = _number(text)
    if not in_seconds(seconds):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds from 0.05 to 3600")
    return seconds


def _speed(text: str) -> float:
    speed = _number(text)
    if not 0 <= speed <= 1e6:
        raise argparse.ArgumentTypeError(f"{text!r} is not a speed from 0 to 1000000")
    return speed


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return float("nan")
