"""The entry point of the ``lossmon`` program."""

from __future__ import annotations

import errno
import importlib
import os
import sys
from collections.abc import Sequence

from lossmon.cli import run_options
from lossmon.cli.messages import EX_ERROR, print_error
from lossmon.cli.parser import parse
from lossmon.cli.threads import limit_threads
from lossmon.core.errors import LossmonError
from lossmon.sources import STDIN

_WRITE_ERRORS = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EBADF}
"""Errors of writing to the file that standard output was redirected to: no space, a limit, a damaged disk."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run lossmon and return its exit code: 0 success, 1 --fail-on matched, 2 error, 130 interrupted."""
    _open_closed_streams()
    try:
        code = _run_command(argv)
        sys.stdout.flush()
    except LossmonError as error:
        return print_error(str(error))
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        _discard_output()
        return 0
    except MemoryError:
        return print_error("there is not enough memory; raise the limit (ulimit -v, or that of the container)")
    except ImportError as error:
        reason = str(error).strip().rpartition("\n")[2]
        return print_error(f"a library cannot be loaded: {reason}; is there enough memory?")
    except OSError as error:
        if error.filename is not None or error.errno not in _WRITE_ERRORS:
            raise
        _discard_output()
        return print_error(f"standard output: cannot be written: {os.strerror(error.errno)}")
    return code


def _run_command(argv: Sequence[str] | None) -> int:
    """Import the module of the command and run it, so that the other commands cost nothing."""
    try:
        arguments = parse(argv)
    except SystemExit as error:
        words = sys.argv[1:] if argv is None else argv
        if error.code != EX_ERROR or words[:1] != ["watch"] or STDIN not in words or sys.stdin.isatty():
            raise
        from lossmon.cli.watch import pass_on_stdin

        return pass_on_stdin(EX_ERROR)
    if arguments.command != run_options.NAME:  # a training must not get our environment
        limit_threads()
    code: int = importlib.import_module(f"lossmon.cli.{arguments.command}").run(arguments)
    return code


def _discard_output() -> None:
    """Send buffered output to /dev/null, because writing it at exit would raise the same error again."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _open_closed_streams() -> None:
    """Open /dev/null for each standard stream that is closed: the next open file would get its descriptor."""
    for descriptor, name, mode in ((0, "stdin", "r"), (1, "stdout", "w"), (2, "stderr", "w")):
        if getattr(sys, name) is None:
            os.dup2(os.open(os.devnull, os.O_RDWR), descriptor)
            setattr(sys, name, os.fdopen(descriptor, mode, encoding="utf-8", closefd=False))
