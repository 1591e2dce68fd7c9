"""Watch training logs and say whether the model overfits."""
