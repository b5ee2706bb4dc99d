"""From a model to a program, one pass after another; `compiler.py` has the list."""
