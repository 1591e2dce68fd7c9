"""Which files there are, when to look at them, and what wakes the reader sooner."""

from lossmon.discovery.changes import Changes, FileEntry
from lossmon.discovery.mounts import FileSystems
from lossmon.discovery.notifier import ChangeNotifier
from lossmon.discovery.scanner import KnownFiles, Scanner
from lossmon.discovery.schedule import Debounce, PollSchedule

__all__ = ["ChangeNotifier", "Changes", "Debounce", "FileEntry", "FileSystems", "KnownFiles", "PollSchedule", "Scanner"]
