"""Values and small helpers that every other package uses; imports nothing else of lossmon."""
