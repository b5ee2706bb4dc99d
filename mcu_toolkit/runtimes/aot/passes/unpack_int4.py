"""The pass that gives INT4 weights a byte each: they become INT8 with the same values, so every kernel takes them."""

from __future__ import annotations

import dataclasses

import numpy as np

from mcu_toolkit.model import DType, Tensor
from mcu_toolkit.runtimes.aot.ir.constraints import packed_int4_bytes
from mcu_toolkit.runtimes.aot.ir.target import Target
from mcu_toolkit.runtimes.aot.passes.program import Program


def unpack_int4(program: Program, _target: Target) -> Program:
    """INT4 constants as INT8."""
    graph = dataclasses.replace(program.graph, tensors=tuple(map(_unpacked, program.graph.tensors)))
    return dataclasses.replace(program, graph=graph)


def _unpacked(tensor: Tensor) -> Tensor:
    """Two values lie in a byte, the low half first."""
    if tensor.dtype is not DType.INT4 or tensor.data is None or tensor.data.size != packed_int4_bytes(tensor):
        return tensor
    halves = np.stack([tensor.data & 15, tensor.data >> 4], axis=-1).reshape(-1)[: tensor.elements].astype(np.int8)
    data = np.where(halves > 7, halves - 16, halves).astype(np.int8).reshape(tensor.shape)
    return dataclasses.replace(tensor, dtype=DType.INT8, data=data)
