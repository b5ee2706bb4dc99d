"""Operators that bring the elements along some dimensions together: sums, extremes, running sums, and what normalises by them."""
