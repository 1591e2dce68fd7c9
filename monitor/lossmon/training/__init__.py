"""The verdict in the training itself: judge losses that are at hand, or one evaluation after another."""
