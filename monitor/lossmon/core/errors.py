"""The error that a user can correct."""

from __future__ import annotations


class LossmonError(Exception):
    """A problem that the user can correct; shown in one line as ``PATH: what is wrong; what to do``."""
