"""Says from train and validation losses what state a run is in, one evaluation at a time."""
