"""SHAPE: the shape of a tensor as a tensor, which is known when the model is compiled."""

from __future__ import annotations

import numpy as np

from mcu_toolkit.model import DType
from mcu_toolkit.runtimes.aot.ir.constant_parameters import output_shape_is
from mcu_toolkit.runtimes.aot.ir.constraints import COMMON, has_tensors, output_is
from mcu_toolkit.runtimes.aot.ir.operator import Constant, Finding, Operator, OpView, Step
from mcu_toolkit.runtimes.aot.ir.target import Target


def shapes_agree(view: OpView) -> Finding | None:
    """the output has an element for each dimension of the input"""
    return output_shape_is(view, (len(view.input(0).shape),))


def lower(view: OpView, _target: Target) -> Step:
    """A constant is copied; the input is not read."""
    shape = Constant("shape", np.array(view.input(0).shape, np.int32), "the shape of its input")
    call = f"memcpy(${{out0}}, ${{k_shape}}, {view.output.size_bytes});"
    return Step(op=view.op, inputs=(), outputs=view.op.outputs, call=call, constants=(shape,), kernel="constant")


OPERATOR = Operator(name="SHAPE", constraints=(has_tensors((1,)), *COMMON, output_is(DType.INT32), shapes_agree), lower=lower)
