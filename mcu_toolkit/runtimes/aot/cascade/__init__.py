"""Cascades (patch-based execution): layers that are done together row by row, so that no tensor between them is in memory as a whole."""
