"""What the decoders of several formats share."""
