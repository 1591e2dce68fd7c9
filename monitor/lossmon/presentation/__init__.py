"""Runs and numbers as text, shared by screen, table and status line."""
