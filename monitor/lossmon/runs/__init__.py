"""Sources become runs."""
