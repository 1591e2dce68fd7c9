"""The error that a user can correct, and the words for a file that gives one."""

from __future__ import annotations

CANNOT_BE_READ = "cannot be read"
"""How the reason begins if the system refused to read a file or directory."""
READING_STOPPED = "reading was stopped"
"""How the warning begins if a log was read only in part, because it took too long."""


class LossmonError(Exception):
    """A problem that the user can correct; shown in one line as ``PATH: what is wrong; what to do``."""
