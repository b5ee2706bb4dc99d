"""Training on a folder of the user's pictures: `mcu train images`."""
