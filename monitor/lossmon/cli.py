"""The entry point: parses the command line and hands it to the command."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Sequence

from lossmon.arguments import parse
from lossmon.errors import LossmonError


def main(argv: Sequence[str] | None = None) -> int:
    """Run lossmon and return its exit code: 0 done, 1 a verdict to fail on, 2 usage or nothing readable, 130 Ctrl-C."""
    # Idle BLAS threads would cost memory and CPU for arithmetic that needs none of them.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    arguments = parse(argv)
    try:
        command = importlib.import_module(f"lossmon.commands.{arguments.command}")
        code: int = command.run(arguments)
        sys.stdout.flush()
    except LossmonError as error:
        print(f"lossmon: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # Whoever read our output has gone; what is still buffered must not raise again at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return code
