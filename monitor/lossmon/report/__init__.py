"""Plain-text and JSON reports: table, events, status line."""
