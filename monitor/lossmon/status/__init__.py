"""The line for a status bar, and the cache that makes it cheap to print every few seconds."""
