"""The version of the toolkit, which both distributions have (packaging/core/hatch_build.py reads it here)."""

__version__ = "0.1.0"
