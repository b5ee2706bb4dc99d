"""What an inference executes on an emulated board, instruction by instruction, and what that costs on the real core."""

from mcu_toolkit.execution_counts.cycles import Work, estimate, estimate_by, total
from mcu_toolkit.execution_counts.executions import BlockCount, Trace, read_trace
from mcu_toolkit.execution_counts.listing import Instruction, Listing, read_listing
from mcu_toolkit.execution_counts.plugin import build_plugin, plugin_arguments

__all__ = [
    "BlockCount",
    "Instruction",
    "Listing",
    "Trace",
    "Work",
    "build_plugin",
    "estimate",
    "estimate_by",
    "plugin_arguments",
    "read_listing",
    "read_trace",
    "total",
]
