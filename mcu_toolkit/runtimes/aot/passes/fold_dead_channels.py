"""The pass that folds dead channels: those whose output is the same for every input lose their weights.

A trained network often has many of them behind its RELUs.  Inputs that all are the zero point leave only the bias, and they are among
the inputs for which the output is the same: so the bias alone gives it, and the weights can be zeros.  Kernels that can leave such
channels out do (ops/convolution/dsp/packed_weights.py).
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from mcu_toolkit.model import Tensor
from mcu_toolkit.runtimes.aot.ir.operator_view import OpView
from mcu_toolkit.runtimes.aot.ir.target import Target
from mcu_toolkit.runtimes.aot.ops.convolution.sums import constant_channels, sums_of
from mcu_toolkit.runtimes.aot.ops.convolution.weights import int8_convolution
from mcu_toolkit.runtimes.aot.ops.dense.int16_or_computed_weights import int8_dense
from mcu_toolkit.runtimes.aot.passes.program import Program

_CHANNEL_AXIS = {"CONV_2D": 0, "DEPTHWISE_CONV_2D": 3, "FULLY_CONNECTED": 0}
"""Operators with channels that may be dead, and the axis of their weights along which channels lie."""


def fold_dead_channels(program: Program, _target: Target) -> Program:
    """Zeros for the weights of channels whose output does not depend on the input."""
    found = [(view, dead) for view, dead in _dead_channels(program) if dead.any()]
    tensors = list(program.graph.tensors)
    for view, dead in found:
        tensors[view.op.inputs[1]] = _without(view.input(1), dead, _CHANNEL_AXIS[view.operator])
    return dataclasses.replace(
        program,
        graph=dataclasses.replace(program.graph, tensors=tuple(tensors)),
        dead_channels={view.op.index: int(dead.sum()) for view, dead in found},
    )


def _dead_channels(program: Program) -> Iterator[tuple[OpView, npt.NDArray[np.bool_]]]:
    """Layers of int8 with constant weights that nothing else reads, and which of their channels are dead: bool [channels]."""
    readers = Counter([index for op in program.graph.ops for index in op.inputs] + list(program.graph.outputs))
    for view in program.views:
        if view.operator not in _CHANNEL_AXIS or readers[view.op.inputs[1]] > 1:
            continue
        layer = int8_dense(view) if view.operator == "FULLY_CONNECTED" else int8_convolution(view)
        if layer is not None:
            yield view, constant_channels(sums_of(layer))


def _without(weights: Tensor, dead: npt.NDArray[np.bool_], axis: int) -> Tensor:
    """`weights` with zeros in the channels, along `axis`, that are `dead`."""
    assert weights.data is not None
    channels = np.expand_dims(dead, tuple(i for i in range(weights.data.ndim) if i != axis))
    return dataclasses.replace(weights, data=np.where(channels, np.int8(0), weights.data))
