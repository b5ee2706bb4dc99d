"""How large an arena may be: never larger than TensorFlow Lite Micro's for the same model, whatever the kernels would like."""

from __future__ import annotations

from mcu_toolkit.boards.core_table import INSTRUCTION_SETS
from mcu_toolkit.model import DType, Graph
from mcu_toolkit.runtimes.aot.ir.operator import Step
from mcu_toolkit.runtimes.aot.ir.target import Target
from mcu_toolkit.runtimes.aot.memory.planner import ArenaPlan, plan_arena

# Bytes of TFLM's own records in its arena, on a core with 32-bit pointers.  Fitted from below to its arenas on a Cortex-M4
# (Chirale_TensorFLowLite 2.0.0): hello_world 820 (3 layers, 10 tensors), ad01 2,596 (10 layers, 31 tensors).  A 64-bit host takes more.
_INTERPRETER_BYTES = 300
_TENSOR_BYTES = 12
_LAYER_BYTES = 48
_DENSE_BYTES = 60
_CHANNEL_BYTES = 8
"""A multiplier and a shift for each channel of a convolution."""


def tflm_arena_bytes(graph: Graph) -> int:
    """TFLM's arena for `graph` in bytes, rather too small than too large: tensors that share memory by lifetime, and its records."""
    # Handles of variables take no room among the tensors.
    plain = [Step(op, op.inputs, tuple(i for i in op.outputs if graph.tensors[i].dtype is not DType.RESOURCE)) for op in graph.ops]
    tensors = plan_arena(graph, plain).peak_bytes
    dense = sum(op.name == "FULLY_CONNECTED" for op in graph.ops)
    records = _TENSOR_BYTES * len(graph.tensors) + _LAYER_BYTES * len(graph.ops) + _DENSE_BYTES * dense
    return tensors + _INTERPRETER_BYTES + records + _CHANNEL_BYTES * _channels(graph)


def default_limit_bytes(graph: Graph, target: Target) -> int | None:
    """What the arena should not exceed if the user names no limit; None where layers are not done by rows for it."""
    share = INSTRUCTION_SETS[target.instruction_set].arena_share_of_tflm
    return None if share is None else int(share * tflm_arena_bytes(graph))


def crowded_steps(plan: ArenaPlan, steps: int, limit_bytes: int) -> tuple[int, ...]:
    """The steps during which the blocks of `plan` need more than `limit_bytes` at once."""
    return tuple(step for step in range(steps) if plan.bytes_in(step) > limit_bytes)


def _channels(graph: Graph) -> int:
    weights = (graph.tensors[op.inputs[1]] for op in graph.ops if op.name in ("CONV_2D", "DEPTHWISE_CONV_2D"))
    return sum(len(tensor.quantization.scales) for tensor in weights if tensor.quantization is not None)
