"""The log formats lossmon reads, one module each; the first that claims a file decodes it."""
