"""Measuring what code takes in flash and on the stack, for predictions before a build: `python -m benchmarks.code_sizes`."""
