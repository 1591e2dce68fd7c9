"""The number of threads of libraries."""

from __future__ import annotations

import os


def limit_threads() -> None:
    """Keep BLAS from starting threads in this process and its children: they would only cost memory and CPU here."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
