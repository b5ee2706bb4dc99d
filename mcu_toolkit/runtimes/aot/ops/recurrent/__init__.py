"""Operators with state: LSTM, SVDF, circular buffers, variables."""
