"""The live screen: it shows snapshots of runs on a terminal."""
