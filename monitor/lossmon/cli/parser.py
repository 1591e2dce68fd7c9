"""The options of the command line and their help."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence

from lossmon.cli import alert_options, option_values, run_options
from lossmon.cli.messages import MAX_ERROR_LENGTH
from lossmon.cli.option_values import MAX_POLL_SECONDS, MIN_POLL_SECONDS, MODES, VERDICTS
from lossmon.presentation.axes import X_AXES
from lossmon.tui.theme import THEMES

_DESCRIPTION = """\
Know within a second whether your model is overfitting, since which epoch, how badly, and what to try.
lossmon reads the logs that training already writes: TensorBoard event files, Keras and Lightning CSV, and more."""

_EPILOG = """\
first steps:
  lossmon demo                      show the screen on real training histories; needs no logs of your own
  lossmon watch runs/               show the live screen; press ? for its keys, q to quit
  lossmon run -- python train.py    start a training and show it; it goes on whatever happens to the terminal
  lossmon check runs/               print a verdict for each run
  lossmon explain runs/lstm         print the reasons of a verdict, and what would change it
  lossmon report runs/ -o runs.html write one page with all charts and verdicts, to send to somebody
  lossmon check runs/ --json --fail-on overfitting,diverged      the same for scripts and CI

exit codes: 0 success; 1 --fail-on matched, or --until never reached; 2 error, nothing readable, or --fail-on with
unread logs; 130 interrupted"""

_COMPLETION_EPILOG = """\
how to install it:
  bash         add to ~/.bashrc:               eval "$(lossmon completion bash)"
  zsh          add to ~/.zshrc after compinit: eval "$(lossmon completion zsh)"
  fish         run once: lossmon completion fish > ~/.config/fish/completions/lossmon.fish
  tcsh         run once: lossmon completion tcsh > ~/.lossmon.tcsh
               add to ~/.tcshrc: source ~/.lossmon.tcsh
  powershell   add to $PROFILE: lossmon completion powershell | Out-String | Invoke-Expression
               (needs shtab 1.12 or later)"""

FORMATS = ("table", "json", "md")
SORTS = ("trouble", "name", "newest", "best", "gap")


def parse(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """Return the parsed command line; if it is invalid, print one line on stderr and exit with 2."""
    words, command_line = run_options.split_command(sys.argv[1:] if argv is None else argv)
    arguments = parser().parse_args(words, argparse.Namespace(command_line=command_line))
    if arguments.command is None:
        parser().print_help(sys.stderr)
        raise SystemExit(2)
    return arguments


def parser() -> argparse.ArgumentParser:
    """Return the parser of the whole command line."""
    whole = _Parser(prog="lossmon", description=_DESCRIPTION, epilog=_EPILOG, formatter_class=_KeepLineBreaks)
    whole.add_argument("--version", action=_PrintVersion, nargs=0, help="print the version and exit")
    commands = whole.add_subparsers(dest="command", metavar="COMMAND", title="commands", parser_class=_Parser)
    _add_watch_options(_add_command(commands, "watch", "show runs on a live screen"))
    _add_run_options(_add_command(commands, "run", "start a training that outlives lossmon, and show it"))
    _add_check_options(_add_command(commands, "check", "print a verdict for each run and exit"))
    _add_verdict_options(_add_command(commands, "explain", "print the reasons of each verdict at length and exit"))
    _add_checkpoints_options(
        _add_command(commands, "checkpoints", "print what each run saved, what to keep and what could go")
    )
    _add_report_options(_add_command(commands, "report", "write one HTML page about all runs, for any browser"))
    _add_tail_options(_add_command(commands, "tail", "print a line for each evaluation and each change of verdict"))
    _add_status_options(_add_command(commands, "status", "print one line for a status bar, the most urgent runs first"))
    _add_demo_options(_add_command(commands, "demo", "show the live screen on real training histories"))
    alert_options.add_alert_options(_add_command(commands, "alert", "print where alerts go, or send a test of them"))
    _add_doctor_options(_add_command(commands, "doctor", "print which files and tags lossmon reads, and why"))
    _add_config_options(_add_command(commands, "config", "print the settings in effect, and where each comes from"))
    _add_completion_options(_add_command(commands, "completion", "print the completion script for a shell"))
    return whole


class _PrintVersion(argparse.Action):
    """Prints the installed version; the slow import of importlib.metadata happens only here."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from importlib.metadata import version

        sys.stdout.write(f"lossmon {version('lossmon')}\n")
        parser.exit()


class _KeepLineBreaks(argparse.RawDescriptionHelpFormatter):
    """Prints description and epilog as they are written."""


class _Parser(argparse.ArgumentParser):
    """Prints an error as one line, without the usage."""

    def error(self, message: str) -> None:  # type: ignore[override]
        """Print one line that says what is wrong, and exit with 2."""
        from lossmon.core.text import sanitize

        self.exit(2, f"{self.prog}: {sanitize(message, MAX_ERROR_LENGTH)}; see {self.prog} --help\n")


class _SupportedShells:
    """The shells that the installed shtab supports; shtab is slow to import, so only the completion command does."""

    def __iter__(self) -> Iterator[str]:
        import shtab

        return iter(shtab.SUPPORTED_SHELLS)

    def __getitem__(self, index: int) -> str:
        """Return one of them; shtab itself looks at the first choice of each option."""
        return list(self)[index]


def _add_command(commands: argparse._SubParsersAction[_Parser], name: str, summary: str) -> argparse.ArgumentParser:
    return commands.add_parser(name, help=summary, description=summary[0].upper() + summary[1:] + ".")


def _add_watch_options(parser: argparse.ArgumentParser) -> None:
    _add_paths(parser, "; - reads standard input: python train.py 2>&1 | lossmon watch -")
    _add_log_options(parser)
    parser.add_argument(
        "--log",
        metavar="FILE",
        help="with -: add the output of the program to FILE, and do not print it after the screen was left",
    )
    alert_options.add_options(parser)
    _add_screen_options(parser)


def _add_run_options(parser: argparse.ArgumentParser) -> None:
    run_options.add_options(parser)
    _add_log_options(parser)
    alert_options.add_options(parser)
    _add_screen_options(parser)


def _add_check_options(parser: argparse.ArgumentParser) -> None:
    _add_verdict_options(parser)
    parser.add_argument(
        "--format", choices=FORMATS, default="table", help="what to print; md is for a comment below a pull request"
    )
    parser.add_argument("--sort", choices=SORTS, default="trouble", help="order of the runs (default: the worst first)")
    parser.add_argument("--limit", type=option_values.count, metavar="N", help="list the first N runs only")
    parser.add_argument("--all", action="store_true", help="on a terminal: print reasons and advice of all runs")


def _add_verdict_options(parser: argparse.ArgumentParser) -> None:
    _add_paths(parser, "; - reads standard input to its end")
    _add_log_options(parser)
    _add_json_option(parser)
    parser.add_argument(
        "--fail-on",
        type=option_values.verdicts,
        default=(),
        metavar="VERDICT,…",
        help=f"exit with 1 if a run has one of these verdicts: {', '.join(VERDICTS)}; a maybe does not count; "
        "with 2 if none has, but something could not be read",
    )
    parser.add_argument(
        "--strict",
        action="store_true",
        help="with --fail-on: exit with 1 also if something could not be read, or a link leads out of the paths",
    )


def _add_checkpoints_options(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "Print which checkpoint of each run to keep, what is missing, and what could go; delete nothing."
    )
    _add_paths(parser, "; checkpoints are looked for in the same directory")
    _add_log_options(parser)
    _add_json_option(parser)
    parser.set_defaults(fail_on=(), strict=False)


def _add_json_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--json",
        action="store_const",
        dest="format",
        const="json",
        default="table",
        help="print one JSON document (schema lossmon/1)",
    )


def _add_report_options(parser: argparse.ArgumentParser) -> None:
    _add_paths(parser, "; - reads standard input to its end")
    parser.add_argument(
        "-o",
        "--output",
        metavar="FILE",
        default="report.html",
        help="write the page to FILE (default: %(default)s); - writes it to standard output",
    )
    parser.add_argument("--force", action="store_true", help="overwrite FILE even if it is not a report of lossmon")
    parser.add_argument("--title", metavar="TEXT", help="title of the page (default: the names of the paths)")
    _add_x_option(parser)
    _add_log_options(parser)


def _add_tail_options(parser: argparse.ArgumentParser) -> None:
    _add_paths(parser, "; - reads standard input")
    _add_log_options(parser)
    parser.add_argument("--json", action="store_true", help="print JSON Lines, one object for each event")
    alert_options.add_options(parser)
    alert_options.add_until_option(parser)


def _add_status_options(parser: argparse.ArgumentParser) -> None:
    _add_paths(parser, "; in tmux: set -g status-right '#(lossmon status --tmux runs/)'")
    _add_log_options(parser)
    parser.add_argument("--tmux", action="store_true", help="colour the line for tmux, with #[fg=…]")


def _add_demo_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--speed",
        type=option_values.speed,
        default=1.0,
        help="how many times faster than normal; 0 writes everything at once",
    )
    parser.add_argument("--keep", metavar="DIR", help="write the logs to DIR, which must not exist yet, and keep them")
    _add_screen_options(parser)


def _add_doctor_options(parser: argparse.ArgumentParser) -> None:
    _add_paths(parser)
    _add_log_options(parser)
    _add_no_gpu_option(parser)


def _add_config_options(parser: argparse.ArgumentParser) -> None:
    _add_log_options(parser)
    _add_x_option(parser)
    _add_no_gpu_option(parser)
    _add_no_mouse_option(parser)


def _add_completion_options(parser: argparse.ArgumentParser) -> None:
    parser.formatter_class, parser.epilog = _KeepLineBreaks, _COMPLETION_EPILOG
    # The metavar keeps argparse from looking through the shells, for which it would import shtab.
    parser.add_argument("shell", choices=_SupportedShells(), metavar="SHELL", help="one of %(choices)s")


def _add_paths(parser: argparse.ArgumentParser, more: str = "") -> None:
    """Add the paths, whose help ends with *more*."""
    parser.add_argument(
        "paths",
        nargs="*",
        default=["."],
        metavar="PATH",
        help=f"a log file, or a directory to search for logs (default: the current directory){more}",
    )


def _add_log_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--train", metavar="TAG", help="tag of the train loss, or a glob such as '*/loss_sum'")
    parser.add_argument("--val", metavar="TAG", help="tag of the validation loss, or a glob")
    parser.add_argument(
        "--mode", choices=MODES, help="whether the metric should fall or rise, if its name does not say"
    )
    parser.add_argument(
        "--poll",
        type=option_values.poll_interval,
        metavar="SECONDS",
        help="look for changes at this interval instead of using inotify "
        f"({MIN_POLL_SECONDS:g} to {MAX_POLL_SECONDS:g})",
    )
    parser.add_argument("--follow", action="store_true", help="follow links that lead out of PATH")
    parser.add_argument("--config", metavar="FILE", help="read default options from this TOML file")


def _add_screen_options(parser: argparse.ArgumentParser) -> None:
    _add_x_option(parser)
    _add_no_gpu_option(parser)
    _add_no_mouse_option(parser)
    parser.add_argument("--theme", choices=tuple(THEMES), help="colour theme; on the screen, T changes and saves it")
    parser.add_argument("--ascii", action="store_true", help="draw with ASCII; for a font without braille or blocks")
    parser.add_argument(
        "--stock-driver", action="store_true", help="use Textual's own terminal driver if lossmon's own driver fails"
    )


def _add_no_mouse_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--no-mouse", action="store_true", help="leave the mouse to the terminal, to select text")


def _add_x_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--x", choices=tuple(X_AXES), help="x axis of the charts")


def _add_no_gpu_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--no-gpu", action="store_true", help="do not look for GPUs")
