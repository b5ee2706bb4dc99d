"""The pass that keeps the arena as small as TensorFlow Lite Micro's for the same model, whatever the kernels would like."""

from __future__ import annotations

import itertools
from dataclasses import replace

from mcu_toolkit.boards.core_table import INSTRUCTION_SETS
from mcu_toolkit.model import DType, Graph
from mcu_toolkit.runtimes.aot.ir.lowered_operator import LoweredOperator
from mcu_toolkit.runtimes.aot.ir.target import Target
from mcu_toolkit.runtimes.aot.memory.planner import ArenaPlan, plan_arena
from mcu_toolkit.runtimes.aot.passes.fuse import fuse
from mcu_toolkit.runtimes.aot.passes.program import Program

# Bytes of TFLM's own records in its arena, on a core with 32-bit pointers.  Fitted from below to its arenas on a Cortex-M4
# (Chirale_TensorFLowLite 2.0.0): hello_world 820 (3 layers, 10 tensors), ad01 2,596 (10 layers, 31 tensors).  A 64-bit host takes more.
_INTERPRETER_BYTES = 300
_TENSOR_BYTES = 12
_LAYER_BYTES = 48
_DENSE_BYTES = 60
_CHANNEL_BYTES = 8
"""A multiplier and a shift for each channel of a convolution."""


def fit_to_budget(program: Program, target: Target) -> Program:
    """Where the scratch memory of fast kernels makes the arena larger than TFLM's, layers get slower ones: those of the same
    instruction set that need little of it, of the next one, at last portable ones, with a small im2col buffer, with none.

    First the layers at whose time too much is needed; if that does not do (gaps between blocks), all that want scratch memory.
    """
    limit_bytes = tflm_arena_bytes(program.model.main)
    frugal = replace(target, little_scratch=True)
    slower_targets = [replace(frugal, instruction_set=one) for one in target.instruction_sets[1:]]
    slower_targets += [replace(target, instruction_set="portable", im2col_pixels=pixels) for pixels in (1, 0)]
    for slower, everywhere in ((frugal, False), *itertools.product(slower_targets, (False, True))):
        if program.peak_bytes <= limit_bytes:
            break
        greedy = _greedy_layers(program, None if everywhere else limit_bytes)
        lowered = tuple(
            program.choice.lower(view, slower) if view.op.index in greedy and not program.choice.fixes(view) else layer
            for view, layer in zip(program.views, program.lowered, strict=True)
        )
        program = fuse(replace(program, lowered=lowered), target)
    return program


def _greedy_layers(program: Program, limit_bytes: int | None) -> set[int]:
    """Layers that want scratch memory: at a time when more than `limit_bytes` are needed, or at any (None)."""
    operators, plan = program.operators, program.plan
    assert plan is not None
    numbers = range(len(operators)) if limit_bytes is None else crowded_steps(plan, len(operators), limit_bytes)
    crowded = [operators[number] for number in numbers if operators[number].scratch_bytes]
    return {op.index for operator in crowded for op in (operator.op, *operator.merged)}


def tflm_arena_bytes(graph: Graph) -> int:
    """TFLM's arena for `graph` in bytes, rather too small than too large: tensors that share memory by lifetime, and its records."""
    # Handles of variables take no room among the tensors.
    plain = [
        LoweredOperator(op, op.inputs, tuple(i for i in op.outputs if graph.tensors[i].dtype is not DType.RESOURCE)) for op in graph.ops
    ]
    tensors = plan_arena(graph, plain).peak_bytes
    dense = sum(op.name == "FULLY_CONNECTED" for op in graph.ops)
    records = _TENSOR_BYTES * len(graph.tensors) + _LAYER_BYTES * len(graph.ops) + _DENSE_BYTES * dense
    return tensors + _INTERPRETER_BYTES + records + _CHANNEL_BYTES * _channels(graph)


def default_limit_bytes(graph: Graph, target: Target) -> int | None:
    """What the arena should not exceed if the user names no limit; None where no cascades are made for it."""
    share = INSTRUCTION_SETS[target.instruction_set].arena_share_of_tflm
    return None if share is None else int(share * tflm_arena_bytes(graph))


def crowded_steps(plan: ArenaPlan, steps: int, limit_bytes: int) -> tuple[int, ...]:
    """The steps during which the blocks of `plan` need more than `limit_bytes` at once."""
    return tuple(step for step in range(steps) if plan.bytes_in(step) > limit_bytes)


def _channels(graph: Graph) -> int:
    weights = (graph.tensors[op.inputs[1]] for op in graph.ops if op.name in ("CONV_2D", "DEPTHWISE_CONV_2D"))
    return sum(len(tensor.quantization.scales) for tensor in weights if tensor.quantization is not None)
