"""Constant folding: operators whose inputs are all constants are computed when the model is compiled.

Models that were converted with an open batch calculate shapes while they run: SHAPE of a tensor, a slice of that, a PACK of it and
other numbers, which TILE or BROADCAST_TO then reads.  On a microcontroller every shape is fixed, so all of this is constant.
Operators that are only there for what was computed vanish too.  Those that make an output of the model stay if they can.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from mcu_toolkit.model import DType, Graph, Model, Op, Tensor
from mcu_toolkit.runtimes.aot.ir.operator import OpView
from mcu_toolkit.runtimes.aot.ops.registry import all_operators
from mcu_toolkit.runtimes.aot.passes.evaluate import BY_SHAPE, COMPUTING
from mcu_toolkit.runtimes.aot.passes.evaluate_data_movement import LARGEST_BYTES, MOVING

_GROWTH_BYTES = 1024
"""A result that is larger than this, and than the operator's inputs, would cost more flash than the operator."""
_QUANTIZED = (DType.INT8, DType.UINT8, DType.INT16)
_KEPT = frozenset({"ASSIGN_VARIABLE", "CALL_ONCE", "VAR_HANDLE", "READ_VARIABLE", "CUSTOM", "IF", "WHILE", "CALL"})
"""Operators that may do more than make their outputs."""


def folded(model: Model) -> Model:
    """The model with what is constant in its first graph computed.  Operators and tensors keep their numbers."""
    graph = fold(model.main)
    return model if graph is model.main else dataclasses.replace(model, graphs=(graph, *model.graphs[1:]))


def fold(graph: Graph) -> Graph:
    """See `folded`; the same object where nothing is constant."""
    current, kept, read = graph, [], set[int]()
    for op in graph.ops:
        read.update(op.inputs)
        results = None if op.name not in _FOLDABLE or _is_wanted_as_it_is(graph, op) else constant_results(OpView(current, op))
        # An output that was read before: a damaged model, which a constant would mend only in part.
        if results is None or _are_set_otherwise(current, op) or read & set(op.outputs):
            kept.append(op)
            continue
        tensors = list(current.tensors)
        for index, result in zip(op.outputs, results, strict=True):
            tensors[index] = _constant(tensors[index], result)
        current = dataclasses.replace(current, tensors=tuple(tensors))
    if len(kept) == len(graph.ops):
        return graph
    return dataclasses.replace(current, ops=tuple(_without_dead(graph, kept)))


_FOLDABLE = frozenset({*BY_SHAPE, *MOVING, *COMPUTING})


def _is_wanted_as_it_is(graph: Graph, op: Op) -> bool:
    """True for an operator that makes an output of the model, if it is compiled: outputs are read from the arena, layer by layer."""
    return bool(set(op.outputs) & set(graph.outputs)) and op.name in all_operators()


def _are_set_otherwise(graph: Graph, op: Op) -> bool:
    """True where an output has a value already: an input of the model, a constant, an output of two operators."""
    return len(set(op.outputs)) < len(op.outputs) or any(graph.tensors[i].is_constant or i in graph.inputs for i in op.outputs)


def constant_results(view: OpView) -> list[npt.NDArray[Any]] | None:
    """What the operator computes, None where that is not known now."""
    op = view.op
    if not op.inputs or not op.outputs or any(not _is_plain(tensor) for tensor in view.outputs):
        return None
    if op.name in BY_SHAPE:
        found = BY_SHAPE[op.name](view, ()) if len(op.inputs) == 1 and op.inputs[0] >= 0 and _has_a_shape(view.input(0)) else None
    else:
        inputs = _constant_inputs(view)
        if inputs is None or (op.name in MOVING and not _has_one_scale(view)):
            return None
        found = _evaluated(view, inputs)
    if found is None or len(found) != len(op.outputs):
        return None
    results = [np.ascontiguousarray(array).reshape(array.shape) for array in found]
    fits = all(_fits(tensor, result) for tensor, result in zip(view.outputs, results, strict=True))
    return results if fits and _is_worth_it(view, results) else None


def _evaluated(view: OpView, inputs: Sequence[npt.NDArray[Any]]) -> Sequence[npt.NDArray[Any]] | None:
    """A model may be damaged: an operator with too few inputs, shapes that do not go together.  The constraints say so later."""
    table: Mapping[str, Any] = MOVING if view.op.name in MOVING else COMPUTING
    try:
        result: Sequence[npt.NDArray[Any]] | None = table[view.op.name](view, inputs)
    except (ValueError, IndexError, TypeError, OverflowError):
        return None
    return result


def _constant_inputs(view: OpView) -> list[npt.NDArray[Any]] | None:
    arrays = []
    for index in view.op.inputs:
        tensor = view.graph.tensors[index]
        if index < 0 or tensor.data is None or not _is_plain(tensor) or tensor.data.shape != tensor.shape:
            return None
        arrays.append(tensor.data)
    return arrays


def _is_plain(tensor: Tensor) -> bool:
    """True for a tensor of a type that numpy has, which nothing but its operator writes."""
    try:
        return tensor.dtype.itemsize_bytes > 0 and not tensor.is_variable
    except KeyError:
        return False


def _has_a_shape(tensor: Tensor) -> bool:
    return tensor.dtype not in (DType.RESOURCE, DType.VARIANT)


def _has_one_scale(view: OpView) -> bool:
    """True where elements can be moved without being rescaled."""
    tensors = [view.graph.tensors[index] for index in (*view.op.inputs, *view.op.outputs) if index >= 0]
    return len({tensor.quantization for tensor in tensors if tensor.dtype in _QUANTIZED}) <= 1


def _fits(tensor: Tensor, result: npt.NDArray[Any]) -> bool:
    """True where the model says the same of the result, or leaves its size open (-1 in the signature)."""
    if result.dtype != tensor.dtype.numpy:
        return False
    if result.shape == tensor.shape:
        return True
    stated = tensor.shape_signature
    return stated is not None and len(stated) == result.ndim and all(s in (-1, size) for s, size in zip(stated, result.shape, strict=True))


def _is_worth_it(view: OpView, results: Sequence[npt.NDArray[Any]]) -> bool:
    """False for results that cost more flash than computing them, which is then left to the operator if it is compiled."""
    size_bytes = sum(array.nbytes for array in results)
    if view.op.name in BY_SHAPE:
        return True
    input_bytes = sum(view.graph.tensors[index].size_bytes for index in view.op.inputs)
    return size_bytes <= (max(_GROWTH_BYTES, input_bytes) if view.op.name in all_operators() else LARGEST_BYTES)


def _constant(tensor: Tensor, result: npt.NDArray[Any]) -> Tensor:
    result.setflags(write=False)
    return dataclasses.replace(tensor, data=result, shape=result.shape)


def _without_dead(graph: Graph, ops: Sequence[Op]) -> list[Op]:
    """`ops` without those whose outputs were read only by operators that are gone, and that leave nothing else behind."""
    read_before = {index for op in graph.ops for index in op.inputs}
    kept = list(ops)
    while True:
        read = {index for op in kept for index in op.inputs} | set(graph.outputs)
        alive = [op for op in kept if not _is_dead(graph, op, read, read_before)]
        if len(alive) == len(kept):
            return kept
        kept = alive


def _is_dead(graph: Graph, op: Op, read: set[int], read_before: set[int]) -> bool:
    outputs = set(op.outputs)
    if op.name in _KEPT or not outputs or outputs & read or not outputs & read_before:
        return False
    return not any(graph.tensors[index].is_variable for index in (*op.inputs, *op.outputs) if index >= 0)
