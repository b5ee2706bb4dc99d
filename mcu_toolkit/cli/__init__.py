"""The command line: each command parses, calls one function of the pipeline, prints."""

from mcu_toolkit.cli.app import main

__all__ = ["main"]
