"""The options of the built-in operators, as data: which table an operator uses and which fields that table has.

An operator that is in no table here either has no options or is one that int8 models do not use; its `Op.options` is empty.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import cast

from mcu_toolkit.errors import UnsupportedModelError
from mcu_toolkit.model.flatbuffer import Table
from mcu_toolkit.model.graph import OptionValue
from mcu_toolkit.model.schema import (
    ACTIVATION,
    BUILTIN_OPTIONS,
    LSTM_KERNEL,
    MIRROR_PAD_MODE,
    PADDING,
    TENSOR_TYPE,
    WEIGHTS_FORMAT,
    EnumType,
    Field,
)

_MAX_ELEMENTS = 4096
"""Elements of a vector among the options (`new_shape`, `squeeze_dims`)."""

OPTION_FIELDS: Mapping[str, tuple[Field, ...]] = MappingProxyType(
    {
        "Add": (Field(0, "fused_activation_function", ACTIVATION), Field(1, "pot_scale_int16", "bool", True)),
        "ArgMax": (Field(0, "output_type", TENSOR_TYPE),),
        "ArgMin": (Field(0, "output_type", TENSOR_TYPE),),
        "BatchMatMul": (
            Field(0, "adj_x", "bool"),
            Field(1, "adj_y", "bool"),
            Field(2, "asymmetric_quantize_inputs", "bool"),
        ),
        "CallOnce": (Field(0, "init_subgraph_index", "int32"),),
        "Cast": (Field(0, "in_data_type", TENSOR_TYPE), Field(1, "out_data_type", TENSOR_TYPE)),
        "Concatenation": (Field(0, "axis", "int32"), Field(1, "fused_activation_function", ACTIVATION)),
        "Conv2D": (
            Field(0, "padding", PADDING),
            Field(1, "stride_w", "int32"),
            Field(2, "stride_h", "int32"),
            Field(3, "fused_activation_function", ACTIVATION),
            Field(4, "dilation_w_factor", "int32", 1),
            Field(5, "dilation_h_factor", "int32", 1),
            Field(6, "quantized_bias_type", TENSOR_TYPE),
        ),
        "Cumsum": (Field(0, "exclusive", "bool"), Field(1, "reverse", "bool")),
        "DepthToSpace": (Field(0, "block_size", "int32"),),
        "DepthwiseConv2D": (
            Field(0, "padding", PADDING),
            Field(1, "stride_w", "int32"),
            Field(2, "stride_h", "int32"),
            Field(3, "depth_multiplier", "int32"),
            Field(4, "fused_activation_function", ACTIVATION),
            Field(5, "dilation_w_factor", "int32", 1),
            Field(6, "dilation_h_factor", "int32", 1),
        ),
        "Div": (Field(0, "fused_activation_function", ACTIVATION),),
        "FullyConnected": (
            Field(0, "fused_activation_function", ACTIVATION),
            Field(1, "weights_format", WEIGHTS_FORMAT),
            Field(2, "keep_num_dims", "bool"),
            Field(3, "asymmetric_quantize_inputs", "bool"),
            Field(4, "quantized_bias_type", TENSOR_TYPE),
        ),
        "Gather": (Field(0, "axis", "int32"), Field(1, "batch_dims", "int32")),
        "Gelu": (Field(0, "approximate", "bool"),),
        "If": (Field(0, "then_subgraph_index", "int32"), Field(1, "else_subgraph_index", "int32")),
        "L2Norm": (Field(0, "fused_activation_function", ACTIVATION),),
        "LSTM": (
            Field(0, "fused_activation_function", ACTIVATION),
            Field(1, "cell_clip", "float32", 0.0),
            Field(2, "proj_clip", "float32", 0.0),
            Field(3, "kernel_type", LSTM_KERNEL),
            Field(4, "asymmetric_quantize_inputs", "bool"),
        ),
        "LeakyRelu": (Field(0, "alpha", "float32", 0.0),),
        "MirrorPad": (Field(0, "mode", MIRROR_PAD_MODE),),
        "Mul": (Field(0, "fused_activation_function", ACTIVATION),),
        "OneHot": (Field(0, "axis", "int32"),),
        "Pack": (Field(0, "values_count", "int32"), Field(1, "axis", "int32")),
        "Pool2D": (
            Field(0, "padding", PADDING),
            Field(1, "stride_w", "int32"),
            Field(2, "stride_h", "int32"),
            Field(3, "filter_width", "int32"),
            Field(4, "filter_height", "int32"),
            Field(5, "fused_activation_function", ACTIVATION),
        ),
        "Reducer": (Field(0, "keep_dims", "bool"),),
        "Reshape": (Field(0, "new_shape", "int32[]", ()),),
        # Fields 0 and 1 (new_height, new_width) are deprecated.
        "ResizeBilinear": (Field(2, "align_corners", "bool"), Field(3, "half_pixel_centers", "bool")),
        "ResizeNearestNeighbor": (Field(0, "align_corners", "bool"), Field(1, "half_pixel_centers", "bool")),
        "ReverseSequence": (Field(0, "seq_dim", "int32"), Field(1, "batch_dim", "int32")),
        "SVDF": (
            Field(0, "rank", "int32"),
            Field(1, "fused_activation_function", ACTIVATION),
            Field(2, "asymmetric_quantize_inputs", "bool"),
        ),
        "Shape": (Field(0, "out_type", TENSOR_TYPE),),
        "Softmax": (Field(0, "beta", "float32", 0.0),),
        "SpaceToDepth": (Field(0, "block_size", "int32"),),
        "Split": (Field(0, "num_splits", "int32"),),
        "SplitV": (Field(0, "num_splits", "int32"),),
        "Squeeze": (Field(0, "squeeze_dims", "int32[]", ()),),
        "StridedSlice": (
            Field(0, "begin_mask", "int32"),
            Field(1, "end_mask", "int32"),
            Field(2, "ellipsis_mask", "int32"),
            Field(3, "new_axis_mask", "int32"),
            Field(4, "shrink_axis_mask", "int32"),
            Field(5, "offset", "bool"),
        ),
        "Sub": (Field(0, "fused_activation_function", ACTIVATION), Field(1, "pot_scale_int16", "bool", True)),
        "TransposeConv": (
            Field(0, "padding", PADDING),
            Field(1, "stride_w", "int32"),
            Field(2, "stride_h", "int32"),
            Field(3, "fused_activation_function", ACTIVATION),
            Field(4, "quantized_bias_type", TENSOR_TYPE),
        ),
        "UnidirectionalSequenceLSTM": (
            Field(0, "fused_activation_function", ACTIVATION),
            Field(1, "cell_clip", "float32", 0.0),
            Field(2, "proj_clip", "float32", 0.0),
            Field(3, "time_major", "bool"),
            Field(4, "asymmetric_quantize_inputs", "bool"),
            Field(5, "diagonal_recurrent_tensors", "bool"),
        ),
        "Unpack": (Field(0, "num", "int32"), Field(1, "axis", "int32")),
        "VarHandle": (Field(0, "container", "string", ""), Field(1, "shared_name", "string", "")),
        "While": (Field(0, "cond_subgraph_index", "int32"), Field(1, "body_subgraph_index", "int32")),
    }
)
"""Fields by table, named as in the union BuiltinOptions."""

_REDUCERS = ("MEAN", "SUM", "REDUCE_PROD", "REDUCE_MAX", "REDUCE_MIN", "REDUCE_ANY", "REDUCE_ALL")

OPTIONS_OF_OPERATOR: Mapping[str, str] = MappingProxyType(
    {
        "ADD": "Add",
        "ARG_MAX": "ArgMax",
        "ARG_MIN": "ArgMin",
        "AVERAGE_POOL_2D": "Pool2D",
        "BATCH_MATMUL": "BatchMatMul",
        "CALL_ONCE": "CallOnce",
        "CAST": "Cast",
        "CONCATENATION": "Concatenation",
        "CONV_2D": "Conv2D",
        "CUMSUM": "Cumsum",
        "DEPTHWISE_CONV_2D": "DepthwiseConv2D",
        "DEPTH_TO_SPACE": "DepthToSpace",
        "DIV": "Div",
        "FULLY_CONNECTED": "FullyConnected",
        "GATHER": "Gather",
        "GELU": "Gelu",
        "IF": "If",
        "L2_NORMALIZATION": "L2Norm",
        "L2_POOL_2D": "Pool2D",
        "LEAKY_RELU": "LeakyRelu",
        "LSTM": "LSTM",
        "MAX_POOL_2D": "Pool2D",
        "MIRROR_PAD": "MirrorPad",
        "MUL": "Mul",
        "ONE_HOT": "OneHot",
        "PACK": "Pack",
        "RESHAPE": "Reshape",
        "RESIZE_BILINEAR": "ResizeBilinear",
        "RESIZE_NEAREST_NEIGHBOR": "ResizeNearestNeighbor",
        "REVERSE_SEQUENCE": "ReverseSequence",
        "SHAPE": "Shape",
        "SOFTMAX": "Softmax",
        "SPACE_TO_DEPTH": "SpaceToDepth",
        "SPLIT": "Split",
        "SPLIT_V": "SplitV",
        "SQUEEZE": "Squeeze",
        "STRIDED_SLICE": "StridedSlice",
        "SUB": "Sub",
        "SVDF": "SVDF",
        "TRANSPOSE_CONV": "TransposeConv",
        "UNIDIRECTIONAL_SEQUENCE_LSTM": "UnidirectionalSequenceLSTM",
        "UNPACK": "Unpack",
        "VAR_HANDLE": "VarHandle",
        "WHILE": "While",
        **dict.fromkeys(_REDUCERS, "Reducer"),
    }
)
"""The options table of each operator that has one with fields."""

_SCALAR_CODES = {"bool": "?", "int32": "i", "uint32": "I", "int64": "q", "float32": "f"}


def read_options(operator: str, union_type: int, table: Table | None, where: str, on: object) -> dict[str, OptionValue]:
    """The options of one operator by their schema names, defaults included; enum values as their names.

    `union_type` and `table` are what the file stores; a file that stores no options gets the schema's defaults.
    Raises UnsupportedModelError where the file stores another operator's options or an enum value that the schema lacks.
    """
    expected = OPTIONS_OF_OPERATOR.get(operator)
    if expected is None:
        return {}
    stored = BUILTIN_OPTIONS[union_type] if union_type < len(BUILTIN_OPTIONS) else f"number {union_type}"
    if stored == "NONE":
        table = None
    elif stored != expected:
        raise UnsupportedModelError(f"{where} carries the options of another operator ({stored})", on=on, expected=f"{expected}Options")
    return {field.name: _value(field, table, where, on) for field in OPTION_FIELDS[expected]}


def _value(field: Field, table: Table | None, where: str, on: object) -> OptionValue:
    if isinstance(field.type, EnumType):
        stored: int = field.default if table is None else table.scalar(field.number, field.type.code, field.default)
        if not 0 <= stored < len(field.type.names):
            raise UnsupportedModelError(
                f"{where}: option '{field.name}' has the unknown value {stored}", on=on, expected=f"one of {', '.join(field.type.names)}"
            )
        return field.type.names[stored]
    default = cast("OptionValue", bool(field.default) if field.type == "bool" else field.default)
    if table is None:
        return default
    if field.type == "string":
        return table.text(field.number)
    if field.type == "int32[]":
        array = table.array(field.number, "<i4", max_elements=_MAX_ELEMENTS)
        return () if array is None else tuple(array.tolist())
    value: OptionValue = table.scalar(field.number, _SCALAR_CODES[field.type], default)
    return value
