"""The entry point: parses the command line and hands it to the command."""

from __future__ import annotations

import errno
import importlib
import os
import sys
from collections.abc import Sequence

from lossmon.cli.parser import parse
from lossmon.core.errors import LossmonError

_LONGEST = 1000
"""Characters of an error; one about a path may be as long as the path."""
_UNWRITABLE = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EBADF}
"""What the file that output is redirected to may answer."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run lossmon and return its exit code: 0 done, 1 a verdict to fail on, 2 usage or nothing readable, 130 Ctrl-C."""
    # Idle BLAS threads would cost memory and CPU for arithmetic that needs none of them.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    _open_standard_streams()
    try:
        code = _run(argv)
        sys.stdout.flush()
    except LossmonError as error:
        return _failed(str(error))
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        _drop_output()
        return 0
    except OSError as error:
        if error.filename is not None or error.errno not in _UNWRITABLE:
            raise
        _drop_output()
        return _failed(f"standard output: cannot be written: {os.strerror(error.errno)}")
    return code


def _run(argv: Sequence[str] | None) -> int:
    arguments = parse(argv)
    code: int = importlib.import_module(f"lossmon.cli.{arguments.command}").run(arguments)
    return code


def _failed(reason: str) -> int:
    from lossmon.core.text import sanitize

    print(f"lossmon: {sanitize(reason, _LONGEST)}", file=sys.stderr)
    return 2


def _drop_output() -> None:
    """Let nothing that is still buffered be written at exit, where it would raise again."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _open_standard_streams() -> None:
    """Put nothing in the place of a standard stream that is closed: else the next file opened would be taken for it."""
    for descriptor, name, mode in ((0, "stdin", "r"), (1, "stdout", "w"), (2, "stderr", "w")):
        if getattr(sys, name) is None:
            os.dup2(os.open(os.devnull, os.O_RDWR), descriptor)
            setattr(sys, name, os.fdopen(descriptor, mode, encoding="utf-8", closefd=False))
