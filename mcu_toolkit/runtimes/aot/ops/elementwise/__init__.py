"""Operators that compute each output element from one element of each input, with broadcasting."""
