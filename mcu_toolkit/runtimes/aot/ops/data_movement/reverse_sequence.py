"""REVERSE_SEQUENCE: the beginning of each sequence of a batch backwards, as much of it as a list of lengths says.

TFLM does not have it, LiteRT is the golden; in INT8, which LiteRT does not take either, its bytes are moved as those of UINT8.
"""

from __future__ import annotations

import math

from mcu_toolkit.model import DType
from mcu_toolkit.runtimes.aot.ir.constant_parameters import RECONVERT, constant_values, data_is, output_shape_is, scales_finding
from mcu_toolkit.runtimes.aot.ir.constraints import COMMON, has_tensors, input_is
from mcu_toolkit.runtimes.aot.ir.operator import Finding, LayerRecord, Operator, OpView, Step
from mcu_toolkit.runtimes.aot.ir.target import Target
from mcu_toolkit.runtimes.aot.ops.data_movement.concatenating import MOVABLE

_LENGTHS = 1


def dimensions_exist(view: OpView) -> Finding | None:
    """seq_dim and batch_dim are two different dimensions of the input"""
    sequence, batch, rank = view.option("seq_dim"), view.option("batch_dim"), len(view.input(0).shape)
    if sequence != batch and 0 <= sequence < rank and 0 <= batch < rank:
        return None
    return Finding(f"seq_dim {sequence} and batch_dim {batch} of {rank} dimensions", RECONVERT, view.input(0))


def there_is_a_length_for_each_sequence(view: OpView) -> Finding | None:
    """there is a length for each sequence of the batch; constant ones lie between 0 and the size of seq_dim"""
    shape, lengths = view.input(0).shape, view.input(_LENGTHS)
    if lengths.shape != (shape[view.option("batch_dim")],):
        return Finding(f"lengths of the shape {list(lengths.shape)}", RECONVERT, lengths)
    values = constant_values(view, _LENGTHS) if lengths.is_constant else (0,)
    if min(values) < 0 or max(values) > shape[view.option("seq_dim")]:
        return Finding(f"lengths from {min(values)} to {max(values)}", RECONVERT, lengths)
    return None


def shapes_agree(view: OpView) -> Finding | None:
    """the output has the input's shape, in 8 bits its scale and zero point too"""
    return output_shape_is(view, view.input(0).shape) or scales_finding(view.input(0), view.output)


def lower(view: OpView, _target: Target) -> Step:
    """One call: the two dimensions, and what lies before, between and behind them."""
    shape, sequence, batch = view.input(0).shape, view.option("seq_dim"), view.option("batch_dim")
    first, second = sorted((sequence, batch))
    fields = (
        ("outer", str(math.prod(shape[:first]))),
        ("first", str(shape[first])),
        ("between", str(math.prod(shape[first + 1 : second]))),
        ("second", str(shape[second])),
        ("slice_bytes", str(math.prod(shape[second + 1 :]) * view.output.dtype.itemsize_bytes)),
        ("batch_is_first", str(int(batch == first))),
    )
    return Step(
        op=view.op,
        inputs=view.op.inputs,
        outputs=view.op.outputs,
        call=f"aot_reverse_sequence_{view.input(_LENGTHS).dtype.name.lower()}(&${{layer}}, ${{in0}}, ${{in1}}, ${{out0}});",
        headers=("reverse_sequence.h",),
        layer=LayerRecord("aot_reverse_sequence_layer", fields),
        kernel="reverse_sequence",
    )


OPERATOR = Operator(
    name="REVERSE_SEQUENCE",
    constraints=(
        has_tensors((2,)),
        *COMMON,
        data_is(0, *MOVABLE, DType.INT64, DType.UINT8),
        input_is(_LENGTHS, "list of lengths", DType.INT32, DType.INT64),
        dimensions_exist,
        there_is_a_length_for_each_sequence,
        shapes_agree,
    ),
    lower=lower,
)
