"""`mcu boards check`: whether a board on somebody's desk is what its file says."""
