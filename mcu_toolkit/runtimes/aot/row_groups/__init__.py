"""Layers that are done together row by row, so that the tensors between them are never in memory as a whole."""
