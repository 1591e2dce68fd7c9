"""Read training logs and report whether the model overfits."""
