"""Front ends of motion sensors: readings of several axes to features of windows, in integers."""
