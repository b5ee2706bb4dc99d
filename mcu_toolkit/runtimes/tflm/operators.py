"""Operators as TFLM's resolver names them: the one table that generated C++ and checks are made from.

Method names do not follow from the operators' names (CUMSUM is AddCumSum, PADV2 is AddPadV2), so each is listed.  Read off
`micro_mutable_op_resolver.h` of tflite-micro, commit 90b983c2 of 2026-08-20; `facts.py` looks into the library's own header for
what an older library lacks.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from mcu_toolkit.model import DType, Graph, Op
from mcu_toolkit.runtimes.custom_operators import SIGNAL_OPERATORS


@dataclass(frozen=True)
class ResolverEntry:
    """How one operator is registered."""

    method: str
    """Of `MicroMutableOpResolver`: `AddConv2D`."""
    int8_registration: str = ""
    """A function that registers the int8 kernel only, which keeps the other kernels out of the image; where a library has none, "" ."""
    int8_header: str = ""
    """The file in `tensorflow/lite/micro/kernels/` that declares it."""


_BUILTIN_METHODS = """
ABS AddAbs|ADD AddAdd|ADD_N AddAddN|ARG_MAX AddArgMax|ARG_MIN AddArgMin|ASSIGN_VARIABLE AddAssignVariable
AVERAGE_POOL_2D AddAveragePool2D|BATCH_MATMUL AddBatchMatMul|BATCH_TO_SPACE_ND AddBatchToSpaceNd|BROADCAST_ARGS AddBroadcastArgs
BROADCAST_TO AddBroadcastTo|CALL_ONCE AddCallOnce|CAST AddCast|CEIL AddCeil|CONCATENATION AddConcatenation|CONV_2D AddConv2D|COS AddCos
CUMSUM AddCumSum|DEPTH_TO_SPACE AddDepthToSpace|DEPTHWISE_CONV_2D AddDepthwiseConv2D|DEQUANTIZE AddDequantize|DIV AddDiv
DYNAMIC_UPDATE_SLICE AddDynamicUpdateSlice|ELU AddElu|EMBEDDING_LOOKUP AddEmbeddingLookup|EQUAL AddEqual|EXP AddExp
EXPAND_DIMS AddExpandDims|FILL AddFill|FLOOR AddFloor|FLOOR_DIV AddFloorDiv|FLOOR_MOD AddFloorMod|FULLY_CONNECTED AddFullyConnected
GATHER AddGather|GATHER_ND AddGatherNd|GREATER AddGreater|GREATER_EQUAL AddGreaterEqual|HARD_SWISH AddHardSwish|IF AddIf
L2_NORMALIZATION AddL2Normalization|L2_POOL_2D AddL2Pool2D|LEAKY_RELU AddLeakyRelu|LESS AddLess|LESS_EQUAL AddLessEqual|LOG AddLog
LOGICAL_AND AddLogicalAnd|LOGICAL_NOT AddLogicalNot|LOGICAL_OR AddLogicalOr|LOGISTIC AddLogistic|LOG_SOFTMAX AddLogSoftmax
MAXIMUM AddMaximum|MAX_POOL_2D AddMaxPool2D|MEAN AddMean|MINIMUM AddMinimum|MIRROR_PAD AddMirrorPad|MUL AddMul|NEG AddNeg
NOT_EQUAL AddNotEqual|PACK AddPack|PAD AddPad|PADV2 AddPadV2|PRELU AddPrelu|QUANTIZE AddQuantize|READ_VARIABLE AddReadVariable
REDUCE_ALL AddReduceAll|REDUCE_MAX AddReduceMax|REDUCE_MIN AddReduceMin|RELU AddRelu|RELU6 AddRelu6|RESHAPE AddReshape
RESIZE_BILINEAR AddResizeBilinear|RESIZE_NEAREST_NEIGHBOR AddResizeNearestNeighbor|REVERSE_V2 AddReverseV2|ROUND AddRound
RSQRT AddRsqrt|SELECT_V2 AddSelectV2|SHAPE AddShape|SIN AddSin|SLICE AddSlice|SOFTMAX AddSoftmax|SPACE_TO_BATCH_ND AddSpaceToBatchNd
SPACE_TO_DEPTH AddSpaceToDepth|SPLIT AddSplit|SPLIT_V AddSplitV|SQRT AddSqrt|SQUARE AddSquare|SQUARED_DIFFERENCE AddSquaredDifference
SQUEEZE AddSqueeze|STRIDED_SLICE AddStridedSlice|SUB AddSub|SUM AddSum|SVDF AddSvdf|TANH AddTanh|TRANSPOSE AddTranspose
TRANSPOSE_CONV AddTransposeConv|UNIDIRECTIONAL_SEQUENCE_LSTM AddUnidirectionalSequenceLSTM|UNPACK AddUnpack|VAR_HANDLE AddVarHandle
WHILE AddWhile|ZEROS_LIKE AddZerosLike
"""

CUSTOM_METHODS: Mapping[str, str] = MappingProxyType(
    {"CIRCULAR_BUFFER": "AddCircularBuffer", "TFLite_Detection_PostProcess": "AddDetectionPostprocess", **SIGNAL_OPERATORS}
)
"""Custom operators that TFLM brings kernels for, by the name in the model; those for which runtimes/custom_operators.py names tflm.

Not `ethos-u`: without that processor and its driver the library registers nothing for it."""

_INT8_REGISTRATIONS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "ADD": ("Register_ADD_INT8", "add.h"),
        "AVERAGE_POOL_2D": ("Register_AVERAGE_POOL_2D_INT8", "pooling.h"),
        "BATCH_MATMUL": ("Register_BATCH_MATMUL_INT8", "batch_matmul.h"),
        "CONV_2D": ("Register_CONV_2D_INT8", "conv.h"),
        "DEPTHWISE_CONV_2D": ("Register_DEPTHWISE_CONV_2D_INT8", "depthwise_conv.h"),
        "FULLY_CONNECTED": ("Register_FULLY_CONNECTED_INT8", "fully_connected.h"),
        "MAX_POOL_2D": ("Register_MAX_POOL_2D_INT8", "pooling.h"),
        "MUL": ("Register_MUL_INT8", "mul.h"),
        "SOFTMAX": ("Register_SOFTMAX_INT8", "softmax.h"),
        "SVDF": ("Register_SVDF_INT8", "svdf.h"),
        "TRANSPOSE_CONV": ("Register_TRANSPOSE_CONV_INT8", "transpose_conv.h"),
        "UNIDIRECTIONAL_SEQUENCE_LSTM": ("Register_UNIDIRECTIONAL_SEQUENCE_LSTM_INT8", "unidirectional_sequence_lstm.h"),
    }
)


def _entries() -> dict[str, ResolverEntry]:
    words = (pair.split() for line in _BUILTIN_METHODS.split("\n") for pair in line.split("|") if pair.strip())
    return {name: ResolverEntry(method, *_INT8_REGISTRATIONS.get(name, ("", ""))) for name, method in words}


BUILTINS: Mapping[str, ResolverEntry] = MappingProxyType(_entries())
"""By the operator's name in the schema."""


def entry_of(op: Op) -> ResolverEntry | None:
    """How `op` is registered; None where TFLM has no such operator."""
    if op.custom_name is None:
        return BUILTINS.get(op.name)
    method = CUSTOM_METHODS.get(op.custom_name)
    return ResolverEntry(method) if method else None


def name_of(op: Op) -> str:
    """The operator as people call it: `CONV_2D`, `custom 'FlexErf'`."""
    return op.name if op.custom_name is None else f"custom operator '{op.custom_name}'"


def is_int8(graph: Graph, op: Op) -> bool:
    """True if an int8-only kernel can run `op`: data, weights and result are int8 (biases and shapes are integers of their own)."""
    used = [index for index in op.inputs if index >= 0]
    tensors = [graph.tensors[index] for index in (*used, *op.outputs)]
    parameters = {DType.INT32} if op.name != "SVDF" else {DType.INT32, DType.INT16}  # SVDF keeps its state in int16
    allowed = {DType.INT8} | parameters
    return bool(op.outputs) and all(t.dtype in allowed for t in tensors) and graph.tensors[op.outputs[0]].dtype == DType.INT8
