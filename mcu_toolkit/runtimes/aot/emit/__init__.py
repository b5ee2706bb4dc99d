"""A compiled model as C."""
