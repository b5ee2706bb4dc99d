"""What FULLY_CONNECTED, CONV_2D and DEPTHWISE_CONV_2D have in common: weights, biases and rescaling as C arrays.

Layers may have been kept in floating point, whole: the constraints on that are here too.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mcu_toolkit.model import DType
from mcu_toolkit.runtimes.aot.ir import numerics
from mcu_toolkit.runtimes.aot.ir.c_tree import Expression
from mcu_toolkit.runtimes.aot.ir.lowered_operator import Constant
from mcu_toolkit.runtimes.aot.ir.operator_view import Constraint, Finding, OpView
from mcu_toolkit.runtimes.aot.ir.records import requantize_flags, requantize_suffix


@dataclass(frozen=True, eq=False)
class Weighted:
    """The constants of a layer with weights.  `weights`: int8 [channels, ...] in the order the kernel reads them."""

    weights: npt.NDArray[np.int8]
    bias: npt.NDArray[np.int32]
    effective_bias: npt.NDArray[np.int32]
    """bias - input zero point * sum of the channel's weights."""
    rescaling: numerics.Rescaling
    fast: bool
    """The short rounding is exact for every sum this layer can have."""
    input_zero_point: int
    output_zero_point: int
    minimum: int
    maximum: int

    @property
    def ends(self) -> tuple[int, int, int]:
        """The output's zero point and range: the arguments of `records.output`."""
        return self.output_zero_point, self.minimum, self.maximum

    @property
    def requantization(self) -> Expression:
        """How sums become outputs: the class constant `requantize`."""
        return requantize_flags(fast=self.fast, minimum=self.minimum, maximum=self.maximum)

    @property
    def suffix(self) -> str:
        """What requantization adds to the name of a kernel class."""
        return requantize_suffix(fast=self.fast, minimum=self.minimum, maximum=self.maximum)

    @property
    def channels(self) -> int:
        """Output channels."""
        return len(self.weights)

    def part(self, channels: slice) -> Weighted:
        """The layer with some of its channels."""
        multipliers, shifts = self.rescaling.multipliers, self.rescaling.shifts
        rescaling = self.rescaling
        if len(multipliers) > 1:
            rescaling = numerics.Rescaling(multipliers[channels], shifts[channels], self.rescaling.max_shift)
        return dataclasses.replace(
            self,
            weights=self.weights[channels],
            bias=self.bias[channels],
            effective_bias=self.effective_bias[channels],
            rescaling=rescaling,
        )

    @property
    def bias_constants(self) -> tuple[Constant, ...]:
        """`bias`, for kernels that treat borders apart."""
        return (Constant("bias", self.bias, "[channel]: the model's bias, for windows that reach over the border"),)

    @property
    def constants(self) -> tuple[Constant, ...]:
        """`effective_bias`, `multiplier` and `shift`; the weights are added by the operator, which knows their layout's name."""
        return (
            Constant("effective_bias", self.effective_bias, "[channel]: bias - input zero point * sum of the channel's weights"),
            Constant("multiplier", self.rescaling.multipliers, "[channel]: significand of the factor from sums to outputs, / 2^31"),
            Constant("shift", self.rescaling.shifts, "[channel]: its exponent; negative: to the right"),
        )


def in_blocks(weights: npt.NDArray[np.int8], at_a_time: int) -> npt.NDArray[np.int8]:
    """`weights` (int8 [channels, depth]) flat, in the order of use: [block][depth][channel of the block], then channels that are left
    over, [depth] each."""
    channels, depth = weights.shape
    blocks = channels // at_a_time
    whole = weights[: blocks * at_a_time].reshape(blocks, at_a_time, depth).transpose(0, 2, 1)
    return np.concatenate([whole.reshape(-1), weights[blocks * at_a_time :].reshape(-1)])


def model_bias(view: OpView, channels: int) -> npt.NDArray[np.int64]:
    """The bias as int64 [channels]; zeros where the model has none."""
    tensor = view.optional_input(2)
    if tensor is None or tensor.data is None:
        return np.zeros(channels, np.int64)
    return tensor.data.reshape(-1).astype(np.int64)


def prepare(view: OpView, weights: npt.NDArray[np.int8], real_multipliers: list[float]) -> Weighted:
    """Fold and rescale.  `weights`: int8 [channels, ...]; `real_multipliers`: one a channel."""
    source, result = view.input(0).quantization, view.output.quantization
    assert source is not None
    assert result is not None
    bias = model_bias(view, len(weights))
    rescaling = numerics.rescaling(real_multipliers)
    low, high = numerics.activation_range(view.option("fused_activation_function"), result.scale, result.zero_point)
    return Weighted(
        weights=np.ascontiguousarray(weights),
        bias=bias.astype(np.int32),
        effective_bias=numerics.fold_zero_point(weights, bias, source.zero_point),
        rescaling=rescaling,
        fast=rescaling.is_fast(numerics.largest_sum(weights, bias, source.zero_point)),
        input_zero_point=source.zero_point,
        output_zero_point=result.zero_point,
        minimum=low,
        maximum=high,
    )


def convolution_multipliers(view: OpView, channels: int) -> list[float]:
    """Real factors of a convolution, one a channel."""
    source, weights, result = view.input(0).quantization, view.input(1).quantization, view.output.quantization
    assert source is not None
    assert weights is not None
    assert result is not None
    return numerics.channel_multipliers(source.scale, weights.scales, result.scale, channels)


def is_plain_int8(view: OpView) -> bool:
    """INT8 with constant weights and bias: what the fast kernels take; the other forms have kernels of their own."""
    bias = view.optional_input(2)
    return view.input(0).dtype is DType.INT8 and view.input(1).is_constant and (bias is None or bias.is_constant)


def int8_convolution(view: OpView) -> Weighted | None:
    """The constants of a plain INT8 convolution; of a depthwise one the weights are [channel][kernel y][kernel x][1].  None for others."""
    weights = view.input(1)
    if not is_plain_int8(view) or weights.dtype is not DType.INT8 or weights.data is None:
        return None
    depthwise = view.operator == "DEPTHWISE_CONV_2D"
    data = np.transpose(weights.data, (3, 1, 2, 0)) if depthwise else weights.data  # from [1][y][x][channel]
    return prepare(view, data, convolution_multipliers(view, len(data)))


def bias_has_one_value_a_channel(axis: int) -> Constraint:
    """The bias, where there is one, has as many values as the weights have slices along `axis`."""

    def check(view: OpView) -> Finding | None:
        bias, weights = view.optional_input(2), view.input(1)
        if bias is None or bias.elements == weights.shape[axis]:
            return None
        return Finding(f"{bias.elements} biases for {weights.shape[axis]} channels", "convert the model again", bias)

    check.__doc__ = "the bias has one value a channel"
    return check


def is_float(view: OpView) -> bool:
    """The layer computes in floating point."""
    return view.input(0).dtype is DType.FLOAT32


def unless_float(constraint: Constraint) -> Constraint:
    """`constraint`, which concerns quantized layers only."""

    def check(view: OpView) -> Finding | None:
        return None if is_float(view) else constraint(view)

    check.__doc__ = constraint.__doc__
    return check


def floats_are_among_themselves(view: OpView) -> Finding | None:
    """weights and bias are FLOAT32 constants where the input is FLOAT32, and only there"""
    for tensor in (view.input(1), view.optional_input(2)):
        if tensor is None:
            continue
        if (tensor.dtype is DType.FLOAT32) != is_float(view):
            return Finding(
                f"{tensor.dtype.name} beside {view.input(0).dtype.name} inputs", "quantize the whole layer, or none of it", tensor
            )
        if is_float(view) and not tensor.is_constant:
            return Finding("computed while the model runs", "make it a constant of the model", tensor)
    return None
