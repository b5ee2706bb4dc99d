"""Measurements on the emulated boards; their tables are in docs/performance.md."""
