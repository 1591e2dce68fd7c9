"""Where data comes from: the contract of log formats, and readers of local files and standard input.

Import the modules themselves: this package imports none of them, so that each costs only what it needs.
"""

STDIN = "-"
"""The path that names standard input."""
