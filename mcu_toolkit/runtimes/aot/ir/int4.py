"""INT4 weights: two in a byte, the low half first.  They become INT8 with the same values before lowering, so every kernel takes them."""

from __future__ import annotations

import dataclasses

import numpy as np

from mcu_toolkit.model import DType, Graph, Tensor
from mcu_toolkit.runtimes.aot.ir.operator import Finding, OpView


def int4_weights_are_whole(view: OpView) -> Finding | None:
    """INT4 weights are constants, two elements in a byte, beside INT8 inputs"""
    weights = view.input(1)
    if weights.dtype is not DType.INT4:
        return None
    if view.input(0).dtype is not DType.INT8:
        return Finding(f"INT4 weights beside {view.input(0).dtype.name} inputs", "use INT8 weights", weights)
    if weights.data is None or weights.data.size != _packed_bytes(weights):
        size = "no data" if weights.data is None else f"{weights.data.size} bytes"
        return Finding(f"{size} for {weights.elements} elements", "convert the model again", weights)
    return None


def _packed_bytes(tensor: Tensor) -> int:
    return (tensor.elements + 1) // 2


def unpacked(graph: Graph) -> Graph:
    """The graph with INT4 constants as INT8."""
    return dataclasses.replace(graph, tensors=tuple(map(_unpacked, graph.tensors)))


def _unpacked(tensor: Tensor) -> Tensor:
    if tensor.dtype is not DType.INT4 or tensor.data is None or tensor.data.size != _packed_bytes(tensor):
        return tensor
    halves = np.stack([tensor.data & 15, tensor.data >> 4], axis=-1).reshape(-1)[: tensor.elements].astype(np.int8)
    data = np.where(halves > 7, halves - 16, halves).astype(np.int8).reshape(tensor.shape)
    return dataclasses.replace(tensor, dtype=DType.INT8, data=data)
