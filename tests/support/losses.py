"""Train and validation loss of a run that overfits from epoch 5 on, as series of a chart."""

from __future__ import annotations

import numpy as np

from lossmon.tui.charts.options import ChartSeries

EPOCHS = np.arange(1, 13.0)
TRAIN = np.array([2, 1.5, 1.2, 1, 0.85, 0.7, 0.6, 0.5, 0.42, 0.36, 0.3, 0.25])
VAL = np.array([2.1, 1.7, 1.4, 1.2, 1.1, 1.15, 1.25, 1.3, 1.4, 1.5, 1.55, 1.7])
BOTH = (ChartSeries(EPOCHS, TRAIN, "train", "train"), ChartSeries(EPOCHS, VAL, "val", "val"))
