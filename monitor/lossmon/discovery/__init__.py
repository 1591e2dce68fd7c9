"""Find files below the watched paths, decide when to look at them again, and wait for changes."""

from lossmon.discovery.directory import Changes, FileEntry, LinkTarget, classify_link, list_directory
from lossmon.discovery.mounts import FileSystems, file_system_type
from lossmon.discovery.notifier import ChangeNotifier, open_inotify
from lossmon.discovery.scanner import KnownFiles, ScanLimits, Scanner
from lossmon.discovery.schedule import Debounce, PollSchedule, RoundRobin
from lossmon.discovery.tree import LINK_OUT, TOO_MANY_DIRECTORIES

__all__ = [
    "LINK_OUT",
    "TOO_MANY_DIRECTORIES",
    "ChangeNotifier",
    "Changes",
    "Debounce",
    "FileEntry",
    "FileSystems",
    "KnownFiles",
    "LinkTarget",
    "PollSchedule",
    "RoundRobin",
    "ScanLimits",
    "Scanner",
    "classify_link",
    "file_system_type",
    "list_directory",
    "open_inotify",
]
