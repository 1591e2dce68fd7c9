"""The options of alerts; the parser needs them, so this module imports little."""

from __future__ import annotations

import argparse
import re
import shlex

from lossmon.cli.messages import did_you_mean
from lossmon.core.conditions import CONDITIONS, STATUS_CONDITIONS, VERDICT_CONDITIONS

_WORDS = (
    f"{', '.join(one for one in VERDICT_CONDITIONS if not one.startswith('maybe-'))}, {', '.join(STATUS_CONDITIONS)}"
)
_QUOTED = re.compile(r"""\\.|'[^']*'|"(?:\\.|[^"\\])*\"""", re.DOTALL)
_SHELL_WORD = re.compile(r"^(?:\d*>|&>|<|\||&)|[;&|]$")

_EPILOG = """\
examples:
  lossmon alert --test --bell                  ring this terminal
  lossmon alert --test                         send a test to all that the configuration names
  lossmon tail runs/ --on overfitting='notify-send lossmon'
  lossmon watch runs/ --bell

in the configuration file (lossmon config prints where it is):
  [alerts]                                     # each line is optional
  verdicts = ["overfitting", "diverged"]
  statuses = ["ended", "failed", "stalled"]
  channels = ["terminal", "webhook", "command"]
  quiet = "22:00-07:00"
  on.overfitting = "notify-send lossmon"

  [[alerts.webhook]]
  kind = "slack"                               # slack, discord, ntfy, telegram, json, apprise
  url = "https://hooks.slack.com/…"            # or url_env, the name of an environment variable
                                               # telegram: token (or token_env) and chat; ntfy: token, if it needs one

exit codes: 0 success; 2 a test did not arrive, or any other error"""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of commands that follow runs."""
    parser.set_defaults(alerts=None)
    parser.add_argument(
        "--bell",
        action="store_true",
        help="ring the bell, and show a notification of the terminal where it can, when a run overfits, diverges, "
        "ends, fails or stalls",
    )
    parser.add_argument(
        "--on",
        action="append",
        type=_condition_and_command,
        metavar="CONDITION,…=COMMAND",
        help="run COMMAND, without a shell, when a run comes to one of the conditions, with the facts as JSON on its "
        f"standard input; may be repeated. The conditions are {_WORDS}, and maybe-overfitting and the like",
    )
    parser.add_argument("--no-alerts", action="store_true", help="ignore [alerts] of the configuration file")


def add_until_option(parser: argparse.ArgumentParser) -> None:
    """Add the option that ends ``lossmon tail``."""
    parser.add_argument(
        "--until",
        type=conditions,
        metavar="CONDITION,…",
        help="exit with 0 as soon as a run is in one of these conditions, those of --on; with 1 if standard input ends "
        "before. In a directory, runs that had ended before do not count",
    )


def add_alert_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``lossmon alert``."""
    parser.formatter_class, parser.epilog = argparse.RawDescriptionHelpFormatter, _EPILOG
    add_options(parser)
    parser.add_argument(
        "--test",
        nargs="?",
        const="",
        metavar="CHANNEL",
        help="send a test, and say what came back: to CHANNEL, else to all but commands",
    )
    parser.add_argument("--config", metavar="FILE", help="read default options from this TOML file")


def wants_alerts(arguments: argparse.Namespace) -> bool:
    """Return whether the command line or the configuration asks for alerts."""
    return bool(arguments.bell or arguments.on or (arguments.alerts and not arguments.no_alerts))


def conditions(text: str) -> tuple[str, ...]:
    """Return the conditions in *text*, which are separated by commas."""
    words = tuple(word.strip() for word in text.split(","))
    for word in words:
        if word not in CONDITIONS:
            question = did_you_mean(word, CONDITIONS)
            hint = f"; {question}" if question else ""
            raise argparse.ArgumentTypeError(f"{word!r} is no condition; choose from {_WORDS}{hint}")
    return words


def shell_word(command: str) -> str:
    """Return the first word of *command* that only a shell understands: a pipe, a redirection, ``&&``; else nothing.

    What is quoted is left to the program.

    >>> shell_word("./hook.sh | cat"), shell_word("grep '|' x"), shell_word("sh -c 'a && b'"), shell_word("a 2>&1")
    ('|', '', '', '2>&1')
    """
    unquoted = _QUOTED.sub("_", command)
    return next((word for word in unquoted.split() if _SHELL_WORD.search(word)), "")


def _condition_and_command(text: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    words, separator, command = text.partition("=")
    if not separator:
        raise argparse.ArgumentTypeError(f"{text!r} has no =; for example: overfitting='notify-send lossmon'")
    try:
        argv = tuple(shlex.split(command))
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{command!r}: {str(error).lower()}") from None
    if not argv:
        raise argparse.ArgumentTypeError(f"{text!r} has no command")
    if word := shell_word(command):
        shell = f"sh -c {shlex.quote(command.strip())}"
        raise argparse.ArgumentTypeError(f"{word!r} is for a shell, and COMMAND runs without one; write: {shell}")
    return conditions(words), argv
