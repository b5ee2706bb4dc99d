"""BROADCAST_ARGS: the shape that two shapes broadcast to, computed while the model runs."""

from __future__ import annotations

from mcu_toolkit.model import DType
from mcu_toolkit.runtimes.aot.ir.constant_parameters import RECONVERT, data_is, output_shape_is
from mcu_toolkit.runtimes.aot.ir.constraints import COMMON, has_tensors
from mcu_toolkit.runtimes.aot.ir.operator import Finding, Operator, OpView, Step
from mcu_toolkit.runtimes.aot.ir.target import Target


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


def shapes_agree(view: OpView) -> Finding | None:
    """the output is as long as the longer input"""
    return output_shape_is(view, (max(view.input(0).elements, view.input(1).elements),))


def lower(view: OpView, _target: Target) -> Step:
    """One call."""
    first, second, output = view.input(0), view.input(1), view.output
    arguments = f"${{in0}}, {first.elements}, ${{in1}}, {second.elements}, ${{out0}}, {output.elements}"
    return Step(
        op=view.op,
        inputs=view.op.inputs,
        outputs=view.op.outputs,
        call=f"aot_broadcast_args_{output.dtype.name.lower()}({arguments});",
        headers=("broadcast_args.h",),
        kernel="broadcast_args",
    )


OPERATOR = Operator(
    name="BROADCAST_ARGS",
    constraints=(
        has_tensors((2,)),
        *COMMON,
        data_is(0, DType.INT32, DType.INT64),
        inputs_are_lists_of_one_type,
        constants_broadcast,
        shapes_agree,
    ),
    lower=lower,
)
