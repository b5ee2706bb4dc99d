"""Convolutions in their rarer forms: INT16 activations, and INT8 with weights or biases that are computed while the model runs.

A depthwise convolution is one with as many groups as input channels; its weights are brought into CONV_2D's order.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from mcu_toolkit.runtimes.aot.ir import numerics, records
from mcu_toolkit.runtimes.aot.ir.c_tree import (
    Assign,
    Call,
    Cast,
    Expression,
    Fields,
    Input,
    Kernel,
    Labelled,
    Node,
    Output,
    Prefixed,
    Record,
    RecordValue,
    Scope,
    Scratch,
    Struct,
    Table,
    call,
    nodes,
)
from mcu_toolkit.runtimes.aot.ir.lowered_operator import Constant, LoweredOperator, SharedFunction
from mcu_toolkit.runtimes.aot.ir.operator_view import OpView
from mcu_toolkit.runtimes.aot.ir.windows import Axis
from mcu_toolkit.runtimes.aot.ops.convolution.weights import convolution_multipliers, model_bias
from mcu_toolkit.runtimes.aot.ops.convolution.weights_int16 import (
    Requantization16,
    activation_range_16,
    bias_array,
    has_int32_bias,
    requantization_16,
)

_WEIGHTS = "[output channel][kernel y][kernel x][depth]"


class _Operands:
    """Weights and biases, each a constant in the order of the kernel or a pointer to where it is computed."""

    def __init__(self, view: OpView, bias_type: str, bias: npt.NDArray[Any] | None) -> None:
        self._view = view
        self._depthwise = view.op.name == "DEPTHWISE_CONV_2D"
        self.inputs = [view.op.inputs[0]]
        self.constants: list[Constant] = []
        self.arrange: tuple[Call, ...] = ()
        """What brings weights into order, where it must be done while the model runs."""
        self.scratch_bytes = 0
        self.weights_array = self._constant_weights()
        self.weights = self._weights()
        self.bias = self._bias(bias_type, bias)

    @property
    def channels(self) -> int:
        """Output channels."""
        return self._view.output.shape[3]

    @property
    def constant_fields(self) -> Fields:
        """Weights and biases in the layer's record; 0 for those that are computed."""
        return tuple((name, 0 if self._is_computed(value) else value) for name, value in self._fields)

    def run(self, record: str, function: str | Kernel, *constants: Expression) -> tuple[Node, ...]:
        """The layer's statements.  Where something is computed, the kernel gets a copy of the record (a C type) that points there."""
        computed = [Assign(f"layer.{name}", value) for name, value in self._fields if self._is_computed(value)]
        if not computed:
            return (*self.arrange, call(function, Record(), Input(), Output(), *constants))
        kernel = call(function, Prefixed("&", "layer"), Input(), Output(), *constants)
        return (*self.arrange, Scope((Assign(f"{record} layer", RecordValue()), *computed, kernel)))

    @property
    def _fields(self) -> Fields:
        return ("weights", self.weights), ("bias", self.bias)

    @staticmethod
    def _is_computed(value: Expression) -> bool:
        return any(isinstance(node, (Input, Scratch)) for node in nodes(value))

    def _constant_weights(self) -> npt.NDArray[np.int8] | None:
        data: npt.NDArray[np.int8] | None = self._view.input(1).data
        if data is None or not self._depthwise:
            return data
        # [1][y][x][channel] -> [channel][y][x][1]
        return np.ascontiguousarray(np.transpose(data, (3, 1, 2, 0)))

    def _weights(self) -> Expression:
        if self.weights_array is not None:
            self.constants.append(Constant("weights", self.weights_array, _WEIGHTS))
            return Table("weights")
        pointer = self._live(1)
        if not self._depthwise:
            return pointer
        tensor = self._view.input(1)
        self.scratch_bytes = tensor.elements
        taps = Labelled("taps", tensor.elements // self.channels)
        self.arrange = (call("aot_channels_first", pointer, Cast("int8_t *", Scratch()), taps, self.channels),)
        return Cast("const int8_t *", Scratch())

    def _bias(self, c_type: str, array: npt.NDArray[Any] | None) -> Expression:
        tensor = self._view.optional_input(2)
        if tensor is not None and not tensor.is_constant:
            return self._live(2)
        if array is None:
            return 0
        self.constants.append(Constant("bias", array, "[channel]"))
        return Cast(f"const {c_type} *", Table("bias"))

    def _live(self, position: int) -> Input:
        self.inputs.append(self._view.op.inputs[position])
        return Input(len(self.inputs) - 1)


def lower_conv_2d_computed(view: OpView, rows: Axis, columns: Axis, *, groups: int) -> LoweredOperator:
    """INT8 with weights or biases computed at run time: every window takes the way of those at the border, tap by tap."""
    operands = _Operands(view, "aot_int32", model_bias(view, view.output.shape[3]).astype(np.int32))
    multipliers = convolution_multipliers(view, operands.channels)
    rescaling = numerics.rescaling(multipliers)
    source, result = view.input(0).quantization, view.output.quantization
    assert source is not None
    assert result is not None
    low, high = numerics.activation_range(view.option("fused_activation_function"), result.scale, result.zero_point)
    nowhere = {"top": rows.output, "bottom": rows.output, "left": columns.output, "right": columns.output}
    record = records.record(
        "aot_direct_layer",
        windows=_windows(view, rows, columns),
        inside=records.initialiser(**nowhere),
        **dict(operands.constant_fields),
        effective_bias=0,
        requantize=records.requantization(result.zero_point, low, high),
        group_channels=operands.channels // groups,
        input_zero_point=source.zero_point,
    )
    factors = (
        Constant("multiplier", rescaling.multipliers, "[channel]: significand of the factor from sums to outputs, / 2^31"),
        Constant("shift", rescaling.shifts, "[channel]: its exponent; negative: to the right"),
    )
    return LoweredOperator(
        op=view.op,
        inputs=tuple(operands.inputs),
        outputs=view.op.outputs,
        call=operands.run("aot_direct_layer", "aot_conv_2d", Labelled("inside", 0)),
        headers=("conv_2d.h", "direct.h", "windows.h", *(["channels_first.h"] if operands.arrange else [])),
        constants=(*operands.constants, *factors),
        layer=record,
        scratch_bytes=operands.scratch_bytes,
        macs=view.output.elements * view.input(1).elements // operands.channels,
        kernel="conv_2d, weights computed at run time",
    )


def lower_conv_2d_int16(view: OpView, rows: Axis, columns: Axis, *, groups: int) -> LoweredOperator:
    """INT16 activations: kernels/conv_2d_int16.h."""
    wraps = has_int32_bias(view)
    operands = _Operands(view, "void", bias_array(view, np.int32 if wraps else np.int64))
    multipliers = convolution_multipliers(view, operands.channels)
    requantization = requantization_16(multipliers, bias_is_32_bits=wraps, weights=operands.weights_array)
    row = "contiguous" if groups == 1 and columns.dilation == 1 else "single" if groups == view.input(0).shape[3] else "scattered"
    name = f"conv_2d_int16_{row}{requantization.suffix}"
    return LoweredOperator(
        op=view.op,
        inputs=tuple(operands.inputs),
        outputs=view.op.outputs,
        call=operands.run("aot_conv_2d_int16_layer", Kernel(name)),
        headers=("conv_2d_int16.h", "wide.h", "windows.h", *(["channels_first.h"] if operands.arrange else [])),
        constants=(*operands.constants, *requantization.constants),
        functions=(_int16_function(name, row, requantization),),
        layer=records.record(
            "aot_conv_2d_int16_layer",
            windows=_windows(view, rows, columns),
            **dict(operands.constant_fields),
            requantize=records.requantization(0, *activation_range_16(view)),
            groups=groups,
        ),
        scratch_bytes=operands.scratch_bytes,
        macs=view.output.elements * view.input(1).elements // operands.channels,
        kernel=name,
    )


def _int16_function(name: str, row: str, requantization: Requantization16) -> SharedFunction:
    return SharedFunction(
        name,
        ("const aot_conv_2d_int16_layer *layer", "const aot_int16 *input", "aot_int16 *output"),
        (call("aot_conv_2d_int16", "layer", "input", "output", f"AOT_ROW_{row.upper()}", requantization.sums),),
    )


def _windows(view: OpView, rows: Axis, columns: Axis) -> Struct:
    batches, _, _, channels = view.input(0).shape
    return records.windows(rows, columns, batches=batches, channels=(channels, view.output.shape[3]))
