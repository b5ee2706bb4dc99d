"""The ahead-of-time compiler: a parsed model becomes C99 that is byte-equal to TensorFlow Lite Micro.

    checks.py    may this model be compiled?  constraints are predicates in ops/<op>.py
    compiler.py  operators -> steps (ops/<op>.py: lower), steps -> arena plan (planner.py)
    state.py     what lives from one inference to the next -> memory outside of the arena
    source.py    steps -> C text; the templates are in firmware_templates/runtimes/aot/
    runtime.py   all of it behind the interface that every runtime has

An operator is one file in ops/, one kernel header and one test; a faster variant of one is a file too (registry.py).
"""

from mcu_toolkit.runtimes.aot.compiler import CompiledModel, compile_model
from mcu_toolkit.runtimes.aot.ir.target import Target
from mcu_toolkit.runtimes.aot.runtime import AotRuntime

__all__ = ["RUNTIME", "AotRuntime", "CompiledModel", "Target", "compile_model"]

RUNTIME = AotRuntime()
"""What `mcu_toolkit.runtimes` finds."""
