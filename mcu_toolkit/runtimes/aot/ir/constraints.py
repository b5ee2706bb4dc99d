"""Constraints that several operators share.  Each docstring completes "expected ..." in a refusal and in the table of operators."""

from __future__ import annotations

import math
from collections.abc import Iterable

from mcu_toolkit.model import DType, Quantization, Tensor
from mcu_toolkit.runtimes.aot.ir.numerics import ACTIVATION_BOUNDS, INT32_MAX, MAX_LEFT_SHIFT
from mcu_toolkit.runtimes.aot.ir.operator import Constraint, Finding, OpView

_QUANTIZE_REMEDY = "convert the model with full int8 quantization (mcu quantize --scheme int8)"
_RECONVERT = "convert the model again with a current TensorFlow"


def has_tensors(inputs: Iterable[int], outputs: int = 1) -> Constraint:
    """The operator has one of these numbers of inputs, none of the first `min(inputs)` left out, and `outputs` outputs."""
    counts = sorted(inputs)

    def check(view: OpView) -> Finding | None:
        found = len(view.op.inputs)
        if found not in counts or len(view.op.outputs) != outputs:
            return Finding(f"{found} inputs and {len(view.op.outputs)} outputs", _RECONVERT)
        missing = [i for i in range(counts[0]) if view.op.inputs[i] < 0]
        return Finding(f"input {missing[0]} left out", _RECONVERT) if missing else None

    check.__doc__ = (
        f"{' or '.join(map(str, counts))} input{'' if counts[-1] == 1 else 's'} and {outputs} output{'' if outputs == 1 else 's'}"
    )
    return check


def input_is(index: int, role: str, *dtypes: DType) -> Constraint:
    """Input `index` is there with one of these element types, or is left out."""

    def check(view: OpView) -> Finding | None:
        tensor = view.optional_input(index)
        if tensor is None or tensor.dtype in dtypes:
            return None
        return Finding(f"the {role} is {tensor.dtype.name}", _QUANTIZE_REMEDY, tensor)

    check.__doc__ = f"the {role} is {' or '.join(dtype.name for dtype in dtypes)}"
    return check


def output_is(*dtypes: DType) -> Constraint:
    """The output has one of these element types."""

    def check(view: OpView) -> Finding | None:
        if view.output.dtype in dtypes:
            return None
        return Finding(f"the output is {view.output.dtype.name}", _QUANTIZE_REMEDY, view.output)

    check.__doc__ = f"the output is {' or '.join(dtype.name for dtype in dtypes)}"
    return check


def input_is_constant(index: int, role: str) -> Constraint:
    """Input `index` is stored in the model, or is left out."""

    def check(view: OpView) -> Finding | None:
        tensor = view.optional_input(index)
        if tensor is None or tensor.is_constant:
            return None
        return Finding(f"the {role} is computed while the model runs", "make it a constant of the model", tensor)

    check.__doc__ = f"the {role} is a constant of the model"
    return check


def input_has_rank(index: int, role: str, rank: int) -> Constraint:
    """Input `index` has `rank` dimensions, or is left out."""

    def check(view: OpView) -> Finding | None:
        tensor = view.optional_input(index)
        if tensor is None or len(tensor.shape) == rank:
            return None
        return Finding(f"the {role} has the shape {list(tensor.shape)}", _RECONVERT, tensor)

    check.__doc__ = f"the {role} has {rank} dimensions"
    return check


def _per_tensor(tensor: Tensor) -> bool:
    quantization = tensor.quantization
    return quantization is not None and not quantization.per_channel and quantization.scale > 0 and math.isfinite(quantization.scale)


def activations_are_quantized(view: OpView) -> Finding | None:
    """8-bit and 16-bit inputs and outputs computed at run time have one scale above zero and one zero point within their range"""
    tensors = [view.graph.tensors[i] for i in view.op.inputs if i >= 0] + [view.output]
    for tensor in tensors:
        if tensor.dtype in (DType.INT8, DType.INT16) and not tensor.is_constant and not _per_tensor(tensor):
            return Finding("no usable scale and zero point", _QUANTIZE_REMEDY, tensor)
    return None


def output_has_the_type_of_the_input(view: OpView) -> Finding | None:
    """the output has the input's element type"""
    if view.output.dtype is view.input(0).dtype:
        return None
    return Finding(f"{view.input(0).dtype.name} in and {view.output.dtype.name} out", _QUANTIZE_REMEDY, view.output)


def weights_have_scales(view: OpView) -> Finding | None:
    """the weights have a scale"""
    return None if view.input(1).quantization is not None else Finding("weights without a scale", _QUANTIZE_REMEDY, view.input(1))


def bias_is(index: int, **by_input: tuple[DType, ...]) -> Constraint:
    """The bias (input `index`), where there is one, has one of these element types for each type of the input, by its name."""

    def check(view: OpView) -> Finding | None:
        bias, allowed = view.optional_input(index), by_input.get(view.input(0).dtype.name, ())
        if bias is None or bias.dtype in allowed:
            return None
        return Finding(f"an {bias.dtype.name} bias", _RECONVERT, bias)

    parts = (f"{' or '.join(dtype.name for dtype in dtypes)} beside {name} inputs" for name, dtypes in by_input.items())
    check.__doc__ = f"the bias is {', '.join(parts)}"
    return check


def weights_are_quantized_along(axis: int) -> Constraint:
    """The weights have one scale, or one for each slice along `axis`."""

    def check(view: OpView) -> Finding | None:
        weights = view.input(1)
        quantization: Quantization | None = weights.quantization
        if quantization is None or not quantization.per_channel:
            return None
        if len(quantization.scales) == weights.shape[axis] and quantization.axis == axis:
            return None
        return Finding(f"{len(quantization.scales)} scales along axis {quantization.axis}", _RECONVERT, weights)

    check.__doc__ = f"the weights have one scale, or one for each slice along axis {axis}"
    return check


def activation_is_known(view: OpView) -> Finding | None:
    """the fused activation is NONE, RELU, RELU_N1_TO_1 or RELU6"""
    activation = view.option("fused_activation_function")
    if activation in ACTIVATION_BOUNDS:
        return None
    return Finding(f"a fused {activation}", "make the activation a layer of its own")


def activation_fits(view: OpView) -> Finding | None:
    """the bounds of the fused activation, divided by the output's scale, fit 32 bits"""
    quantization = view.output.quantization
    if quantization is None or view.output.dtype is DType.FLOAT32:
        return None
    bounds = [bound for bound in ACTIVATION_BOUNDS[view.option("fused_activation_function")] if bound]
    if all(abs(bound / quantization.scale) < INT32_MAX - 256 for bound in bounds):
        return None
    return Finding(f"an output scale of {quantization.scale:g}", _RECONVERT, view.output)


def rescaling_finding(max_shift: int, tensor: Tensor) -> Finding | None:
    """The finding for a rescaling whose left shift is too large."""
    if max_shift <= MAX_LEFT_SHIFT:
        return None
    return Finding(f"a factor of 2^{max_shift} between sums and outputs", "look for a layer whose output range is close to zero", tensor)


def shapes_are_not_empty(view: OpView) -> Finding | None:
    """no tensor has a dimension of 0"""
    for index in (*view.op.inputs, *view.op.outputs):
        if index >= 0 and 0 in view.graph.tensors[index].shape:
            return Finding(f"the shape {list(view.graph.tensors[index].shape)}", _RECONVERT, view.graph.tensors[index])
    return None


def shape_finding(tensor: Tensor, expected: tuple[int, ...]) -> Finding | None:
    """The finding for a tensor that has not the shape its operator computes."""
    if tensor.shape == expected:
        return None
    return Finding(f"the shape {list(tensor.shape)} where {list(expected)} is computed", _RECONVERT, tensor)


COMMON: tuple[Constraint, ...] = (shapes_are_not_empty,)
"""What every operator asks for."""
