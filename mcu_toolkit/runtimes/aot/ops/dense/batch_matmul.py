"""BATCH_MATMUL, int8, int16 and float32: 2 to 5 dimensions, batches that broadcast, either matrix transposed or constant."""

from __future__ import annotations

from dataclasses import dataclass

from mcu_toolkit.model import DType
from mcu_toolkit.runtimes.aot.ir import numerics, records
from mcu_toolkit.runtimes.aot.ir.broadcasting import broadcast_shape
from mcu_toolkit.runtimes.aot.ir.c_tree import Input, Output, Record, call
from mcu_toolkit.runtimes.aot.ir.constraints import COMMON, has_tensors, rescaling_finding, shape_finding
from mcu_toolkit.runtimes.aot.ir.lowered_operator import LayerRecord, LoweredOperator
from mcu_toolkit.runtimes.aot.ir.operator import Operator
from mcu_toolkit.runtimes.aot.ir.operator_view import Finding, OpView
from mcu_toolkit.runtimes.aot.ir.target import Target
from mcu_toolkit.runtimes.aot.ir.type_constraints import RANGES, all_are, is_quantized, is_symmetric_in_16_bits, quantization
from mcu_toolkit.runtimes.aot.ops.convolution.weights_int16 import rescaling_16_finding
from mcu_toolkit.runtimes.aot.ops.data_movement.copies import strides

_BATCH_LOOPS = 3


@dataclass(frozen=True)
class _Matrix:
    """One factor: batch sizes, rows and columns as multiplied, and the elements from one row or column to the next."""

    batches: tuple[int, ...]
    rows: int
    columns: int
    row_step: int
    column_step: int

    def batch_steps(self, loops: int) -> tuple[int, ...]:
        """Elements from one matrix to the next, for `loops` loops; 0 where it is repeated."""
        padded = (1,) * (loops - len(self.batches)) + self.batches
        return tuple(0 if size == 1 else step * self.rows * self.columns for size, step in zip(padded, strides(padded), strict=True))


def _matrix(shape: tuple[int, ...], *, transposed: bool) -> _Matrix:
    *batches, first, second = shape
    if transposed:
        return _Matrix(tuple(batches), second, first, 1, second)
    return _Matrix(tuple(batches), first, second, second, 1)


def _matrices(view: OpView) -> tuple[_Matrix, _Matrix]:
    return (
        _matrix(view.input(0).shape, transposed=view.option("adj_x")),
        _matrix(view.input(1).shape, transposed=view.option("adj_y")),
    )


def matrices_have_2_to_5_dimensions(view: OpView) -> Finding | None:
    """both inputs have 2 to 5 dimensions"""
    for position in (0, 1):
        if not 2 <= len(view.input(position).shape) <= 5:
            return Finding(f"the shape {list(view.input(position).shape)}", "reshape it first", view.input(position))
    return None


def shapes_multiply(view: OpView) -> Finding | None:
    """rows and columns fit, batches broadcast, and the output has the shape that results"""
    a, b = _matrices(view)
    batches = broadcast_shape(a.batches, b.batches)
    if a.columns != b.rows or batches is None:
        return Finding(f"{list(view.input(0).shape)} times {list(view.input(1).shape)}", "convert the model again", view.output)
    return shape_finding(view.output, (*batches, a.rows, b.columns))


def _multiplier(view: OpView) -> float:
    a, b, result = (quantization(tensor) for tensor in (view.input(0), view.input(1), view.output))
    return numerics.tensor_multiplier(a.scale, b.scale, result.scale)


def rescaling_fits(view: OpView) -> Finding | None:
    """the factor from sums to outputs is below 2^31; for INT16, whose sums have 64 bits, below 2^14"""
    if view.output.dtype is DType.FLOAT32:
        return None
    if view.output.dtype is DType.INT16:
        return rescaling_16_finding([_multiplier(view)], view, bias_is_32_bits=False)
    return rescaling_finding(numerics.rescaling([_multiplier(view)]).max_shift, view.output)


def lower(view: OpView, _target: Target) -> LoweredOperator:
    """One output at a time."""
    dtype = view.output.dtype.name.lower()
    return LoweredOperator(
        op=view.op,
        inputs=view.op.inputs,
        outputs=view.op.outputs,
        call=(call(f"aot_batch_matmul_{dtype}", Record(), Input(), Input(1), Output()),),
        headers=("batch_matmul.h", "wide.h"),
        layer=_record(view),
        macs=view.output.elements * _matrices(view)[0].columns,
        kernel=f"batch_matmul_{dtype}",
    )


def _arithmetic(view: OpView) -> tuple[list[int], tuple[int, int]]:
    """Zero points of both factors and the output, and the fixed-point factor; floats have neither."""
    if view.output.dtype is DType.FLOAT32:
        return [0, 0, 0], (0, 0)
    pointwise = [quantization(tensor).zero_point for tensor in (view.input(0), view.input(1), view.output)]
    quantize = numerics.quantize_multiplier if view.output.dtype is DType.INT8 else numerics.wide_multiplier
    return pointwise, quantize(_multiplier(view))


def _record(view: OpView) -> LayerRecord:
    a, b = _matrices(view)
    batches = broadcast_shape(a.batches, b.batches)
    assert batches is not None
    sizes = (1,) * (_BATCH_LOOPS - len(batches)) + batches
    pointwise, (multiplier, shift) = _arithmetic(view)
    return records.record(
        "aot_batch_matmul_layer",
        batches=records.array(sizes),
        a_batch=records.array(a.batch_steps(_BATCH_LOOPS)),
        b_batch=records.array(b.batch_steps(_BATCH_LOOPS)),
        rows=a.rows,
        depth=a.columns,
        columns=b.columns,
        a_row=a.row_step,
        a_depth=a.column_step,
        b_column=b.column_step,
        b_depth=b.row_step,
        a_zero_point=pointwise[0],
        b_zero_point=pointwise[1],
        factor=records.factor(multiplier, shift),
        output=records.output(pointwise[2], *RANGES.get(view.output.dtype, (0, 0))),
    )


BATCH_MATMUL = Operator(
    name="BATCH_MATMUL",
    constraints=(
        has_tensors((2,)),
        *COMMON,
        all_are(DType.INT8, DType.INT16, DType.FLOAT32),
        is_quantized,
        is_symmetric_in_16_bits,
        matrices_have_2_to_5_dimensions,
        shapes_multiply,
        rescaling_fits,
    ),
    lower=lower,
)

OPERATORS = (BATCH_MATMUL,)
