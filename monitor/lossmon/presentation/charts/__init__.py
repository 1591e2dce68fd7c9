"""What every chart needs, on the screen and on paper: scales, ticks, downsampling."""
