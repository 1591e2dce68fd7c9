"""Which files there are, when to look at them, and what wakes the reader sooner."""

from lossmon.watch.changes import Changes, Found
from lossmon.watch.discovery import Discovery, Listed
from lossmon.watch.mounts import FileSystems
from lossmon.watch.pace import Gathering, Pacer
from lossmon.watch.waker import Waker

__all__ = ["Changes", "Discovery", "FileSystems", "Found", "Gathering", "Listed", "Pacer", "Waker"]
