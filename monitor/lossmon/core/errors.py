"""What goes wrong for reasons outside the program: one line for the person at the terminal."""

from __future__ import annotations


class LossmonError(Exception):
    """Something the person can put right: ``PATH: what is wrong; what to do``."""
