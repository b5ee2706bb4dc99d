"""The ahead-of-time compiler: a parsed model becomes C99 that is byte-equal to TensorFlow Lite Micro.

compiler.py  the list of passes, from a model to a program
passes/      one pass a module: check, lower, fuse, fit to the budget of memory
ops/         the operators by family: may this one be compiled, and to the call of which kernel (docs/how-to/adding-an-operator.md)
cascade/     the pass that does layers together row by row where the arena has to be smaller
memory/      where tensors lie in the arena, and what lives from one inference to the next
ir/          what all of these speak of: operator views, lowered operators, constraints, arithmetic, the target
emit/        a program as C text; the templates are in firmware_templates/runtimes/aot/
runtime.py   all of it behind the interface that every runtime has
"""

from mcu_toolkit.runtimes.aot.compiler import CompiledModel, compile_model
from mcu_toolkit.runtimes.aot.ir.target import Target
from mcu_toolkit.runtimes.aot.runtime import AotRuntime

__all__ = ["RUNTIME", "AotRuntime", "CompiledModel", "Target", "compile_model"]

RUNTIME = AotRuntime()
"""What `mcu_toolkit.runtimes` finds."""
