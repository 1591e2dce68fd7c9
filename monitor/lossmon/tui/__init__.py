"""The screen: frozen snapshots in, lines of a terminal out."""
