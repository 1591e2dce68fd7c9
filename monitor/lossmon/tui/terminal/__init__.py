"""Manners towards the terminal: it is never waited for, never flooded, and always given back as it was."""
