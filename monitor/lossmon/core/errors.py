"""The error that a user can correct, and words that reasons share."""

from __future__ import annotations


class LossmonError(Exception):
    """A problem that the user can correct; shown in one line as ``PATH: what is wrong; what to do``."""


CANNOT_BE_READ = "cannot be read"
"""How the reason begins why a file or directory was skipped that the system refused to read."""
