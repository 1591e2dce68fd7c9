"""A run's state as text, for screen, table and status line."""
