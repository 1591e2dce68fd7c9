"""Run lossmon as ``python -m lossmon``."""

import sys

from lossmon.cli import main

sys.exit(main())
