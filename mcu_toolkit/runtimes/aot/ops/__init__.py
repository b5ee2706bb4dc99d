"""Operators: one module each, found by registry.py through its `OPERATOR`.  Variants for an instruction set are modules here too."""
