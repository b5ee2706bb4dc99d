"""SHAPE and BROADCAST_ARGS: shapes as tensors."""

from __future__ import annotations

import numpy as np

from mcu_toolkit.model import DType
from mcu_toolkit.runtimes.aot.ir.c_tree import Input, Output, Table, call
from mcu_toolkit.runtimes.aot.ir.constant_parameters import RECONVERT, data_is, output_shape_is
from mcu_toolkit.runtimes.aot.ir.constraints import COMMON, has_tensors, output_is
from mcu_toolkit.runtimes.aot.ir.lowered_operator import Constant, LoweredOperator
from mcu_toolkit.runtimes.aot.ir.operator import Operator
from mcu_toolkit.runtimes.aot.ir.operator_view import Finding, OpView
from mcu_toolkit.runtimes.aot.ir.target import Target


def shape_shapes_agree(view: OpView) -> Finding | None:
    """the output has an element for each dimension of the input"""
    return output_shape_is(view, (len(view.input(0).shape),))


def _lower_shape(view: OpView, _target: Target) -> LoweredOperator:
    """A constant is copied; the input is not read."""
    shape = Constant("shape", np.array(view.input(0).shape, np.int32), "the shape of its input")
    copy = (call("memcpy", Output(), Table("shape"), view.output.size_bytes),)
    return LoweredOperator(op=view.op, inputs=(), outputs=view.op.outputs, call=copy, constants=(shape,), kernel="constant")


SHAPE = Operator(name="SHAPE", constraints=(has_tensors((1,)), *COMMON, output_is(DType.INT32), shape_shapes_agree), lower=_lower_shape)
"""SHAPE: the shape of a tensor as a tensor, which is known when the model is compiled."""


def inputs_are_lists_of_one_type(view: OpView) -> Finding | None:
    """both inputs are lists of one element type"""
    first, second = view.input(0), view.input(1)
    if first.dtype is second.dtype and len(first.shape) == len(second.shape) == 1:
        return None
    found = f"{first.dtype.name} of {list(first.shape)} and {second.dtype.name} of {list(second.shape)}"
    return Finding(found, RECONVERT, second)


def constants_broadcast(view: OpView) -> Finding | None:
    """shapes that are constants have, counted from the end, equal sizes or a size of 1"""
    first, second = view.input(0).data, view.input(1).data
    if first is None or second is None:
        return None
    pairs = zip(reversed(first.tolist()), reversed(second.tolist()), strict=False)
    if all(a == b or 1 in (a, b) for a, b in pairs):
        return None
    return Finding(f"{first.tolist()} and {second.tolist()}", RECONVERT, view.input(1))


def broadcast_args_shapes_agree(view: OpView) -> Finding | None:
    """the output is as long as the longer input"""
    return output_shape_is(view, (max(view.input(0).elements, view.input(1).elements),))


def _lower_broadcast_args(view: OpView, _target: Target) -> LoweredOperator:
    """One call."""
    first, second, output = view.input(0), view.input(1), view.output
    arguments = (Input(), first.elements, Input(1), second.elements, Output(), output.elements)
    return LoweredOperator(
        op=view.op,
        inputs=view.op.inputs,
        outputs=view.op.outputs,
        call=(call(f"aot_broadcast_args_{output.dtype.name.lower()}", *arguments),),
        headers=("broadcast_args.h",),
        kernel="broadcast_args",
    )


BROADCAST_ARGS = Operator(
    name="BROADCAST_ARGS",
    constraints=(
        has_tensors((2,)),
        *COMMON,
        data_is(0, DType.INT32, DType.INT64),
        inputs_are_lists_of_one_type,
        constants_broadcast,
        broadcast_args_shapes_agree,
    ),
    lower=_lower_broadcast_args,
)
"""BROADCAST_ARGS: the shape that two shapes broadcast to, computed while the model runs."""


OPERATORS = (SHAPE, BROADCAST_ARGS)
