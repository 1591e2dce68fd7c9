"""Charts as pure functions: numbers and a size in, lines of styled text out; no screen, no files, no clock."""
