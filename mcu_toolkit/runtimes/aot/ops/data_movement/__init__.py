"""Operators that move elements, or give them another shape, and do not compute with them."""
