"""Passes that have nothing to decide: INT4 weights get a byte each, operators become calls of kernels, state gets its place."""

from __future__ import annotations

import dataclasses

import numpy as np

from mcu_toolkit.model import DType, Tensor
from mcu_toolkit.runtimes.aot.ir.constraints import packed_int4_bytes
from mcu_toolkit.runtimes.aot.ir.target import Target
from mcu_toolkit.runtimes.aot.memory.state import plan_state
from mcu_toolkit.runtimes.aot.passes.program import Program


def unpack_int4(program: Program, _target: Target) -> Program:
    """INT4 constants as INT8 with the same values, so that every kernel takes them."""
    tensors = tuple(map(_unpacked, program.graph.tensors))
    if all(one is other for one, other in zip(tensors, program.graph.tensors, strict=True)):
        return program
    return dataclasses.replace(program, graph=dataclasses.replace(program.graph, tensors=tensors))


def _unpacked(tensor: Tensor) -> Tensor:
    """Two values lie in a byte, the low half first."""
    if tensor.dtype is not DType.INT4 or tensor.data is None or tensor.data.size != packed_int4_bytes(tensor):
        return tensor
    halves = np.stack([tensor.data & 15, tensor.data >> 4], axis=-1).reshape(-1)[: tensor.elements].astype(np.int8)
    data = np.where(halves > 7, halves - 16, halves).astype(np.int8).reshape(tensor.shape)
    return dataclasses.replace(tensor, dtype=DType.INT8, data=data)


def lower(program: Program, target: Target) -> Program:
    """Operators to calls of kernels, each by the kernel variant that is chosen for it or else its default; `fuse` plans their memory."""
    return dataclasses.replace(program, lowered=tuple(program.choice.lower(view, target) for view in program.views))


def place_state(program: Program, _target: Target) -> Program:
    """The slots of all operators outside of the arena, for what lives from one inference to the next; those of one key are one."""
    return dataclasses.replace(program, state=plan_state(program.model.main, program.operators))
