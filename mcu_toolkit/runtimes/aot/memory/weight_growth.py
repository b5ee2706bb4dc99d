"""How much larger weights become where they are repacked for a kernel: padding is paid for in flash."""

from __future__ import annotations

from collections.abc import Iterable

from mcu_toolkit.model import Graph
from mcu_toolkit.runtimes.aot.ir.operator import Step

_WEIGHTS_INPUT = {"CONV_2D": 1, "DEPTHWISE_CONV_2D": 1, "FULLY_CONNECTED": 1, "TRANSPOSE_CONV": 1}
"""Operators whose weights are repacked, and which input these are."""


def weights_of_step(graph: Graph, step: Step) -> tuple[int, int]:
    """(bytes of weights as the step keeps them, as the model has them), padding included; biases and rescaling are no weights.

    (0, 0) for a step without weights, or with weights that the model computes.
    """
    stored = sum(constant.stored_weights_bytes for constant in step.constants)
    if not stored:
        return 0, 0
    tensors = (graph.tensors[op.inputs[_WEIGHTS_INPUT[op.name]]] for op in (step.op, *step.merged) if op.name in _WEIGHTS_INPUT)
    return stored, sum(tensor.data.nbytes for tensor in tensors if tensor.data is not None)


def weights_of_steps(graph: Graph, steps: Iterable[Step]) -> tuple[int, int]:
    """The sums over `steps`, as `weights_of_step`."""
    pairs = [weights_of_step(graph, step) for step in steps]
    return sum(stored for stored, _ in pairs), sum(before for _, before in pairs)
