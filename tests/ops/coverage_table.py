"""The coverage table: what must be among the draws of each operator.  tests/ops/coverage.py says what the words mean.

Zero points at both ends of their range, channels that do and do not fill words and vectors, outputs that saturate, and each value
of each option that TFLM accepts; `type` is a number of draws, not only a presence.
"""

from __future__ import annotations

from collections.abc import Mapping


def _types(*names: str) -> frozenset[str]:
    return frozenset(f"type {name}" for name in names)


def _values(option: str, *values: object) -> frozenset[str]:
    return frozenset(f"{option}={value}" for value in values)


POINTS = frozenset(f"{side} zero point {where}" for side in ("input", "output") for where in ("lowest", "highest", "0", "inside"))
CHANNELS = frozenset({"channels % 4 == 0", "channels % 4 > 0", "channels % 16 == 0", "channels % 16 > 0"})
SATURATION = frozenset({"saturated low", "saturated high"})
ACTIVATIONS = _values("fused_activation_function", "NONE", "RELU", "RELU6", "RELU_N1_TO_1")
WINDOWS = _values("padding", "SAME", "VALID") | {f"stride_{side}{many}" for side in "hw" for many in ("=1", ">1")}
DILATIONS = frozenset(f"dilation_{side}_factor{many}" for side in "hw" for many in ("=1", ">1"))
BROADCASTS = frozenset({"broadcast", "a constant input", "5 dimensions", "6 dimensions"})
_SUMS = frozenset({"largest sums", "bias beyond 2^29", "no bias", "bias int32", "bias int64", "per tensor", "computed weights"})
LAYERS = POINTS | CHANNELS | SATURATION | ACTIVATIONS | _SUMS | {"batch > 1", "per channel", "constant weights", "weights int8"}
_POOLS = POINTS | CHANNELS | SATURATION | ACTIVATIONS | WINDOWS | {"batch > 1"} | _types("int8", "int16", "float32")
_ARITHMETIC = POINTS | SATURATION | BROADCASTS
_COMPARISON = BROADCASTS | {"input zero point lowest", "input zero point highest"} | _types("int8", "int32", "int64", "float32")
_REDUCTION = _values("keep_dims", True, False) | {"1 dimensions", "4 dimensions", "5 dimensions"} | CHANNELS
_UNARY_8 = POINTS | SATURATION | _types("int8")
_RANKS = frozenset(f"{rank} dimensions" for rank in (1, 2, 3, 4))
_FLOATS = _types("float32")
_MOVED = _types("int8", "int16", "int32", "float32")
_ANYTHING = _types("int8", "int16", "int32", "int64", "float32", "bool", "uint8")

COVERAGE: Mapping[str, frozenset[str]] = {
    "ABS": _UNARY_8 - {"saturated low"} | _types("int16", "float32"),
    "ADD": _ARITHMETIC | ACTIVATIONS | _types("int8", "int16", "int32", "float32"),
    "ADD_N": POINTS | SATURATION | _types("int8", "float32"),
    "ARG_MAX": _RANKS | _types("int8", "float32"),
    "ARG_MIN": _RANKS | _types("int8", "float32"),
    "AVERAGE_POOL_2D": _POOLS,
    "BATCH_MATMUL": POINTS
    | CHANNELS
    | SATURATION
    | _values("adj_x", True, False)
    | _values("adj_y", True, False)
    | {"a constant input", "2 dimensions", "3 dimensions", "4 dimensions", "5 dimensions", "batch > 1", "broadcast"}
    | _types("int8", "int16", "float32"),
    "BATCH_TO_SPACE_ND": {"3 dimensions", "4 dimensions", "batch > 1"} | _types("int8", "float32"),
    "BROADCAST_ARGS": _types("int32", "int64"),
    "BROADCAST_TO": _ANYTHING,
    "CAST": _types("int8", "int16", "int32", "float32", "bool"),  # each, for every type of the result
    "CEIL": _FLOATS,
    "CONCATENATION": CHANNELS | _types("int8", "int16", "int32", "int64", "float32", "bool"),
    "CONV_2D": LAYERS | WINDOWS | DILATIONS | {"weights int4", "quantized_bias_type=INT32"} | _types("int8", "int16"),
    "CUMSUM": POINTS | SATURATION | _values("exclusive", True, False) | _values("reverse", True, False) | _types("int8", "float32"),
    "DEPTHWISE_CONV_2D": (LAYERS - {"bias int32"} | {"bias int32"})
    | WINDOWS
    | DILATIONS
    | {"weights int4", "depth_multiplier=1", "depth_multiplier>1"}
    | _types("int8", "int16"),
    "DEPTH_TO_SPACE": {"batch > 1"} | _types("int8", "float32"),
    "DEQUANTIZE": {"input zero point lowest", "input zero point highest"} | _types("int8", "int16", "uint8"),
    "DIV": _ARITHMETIC | ACTIVATIONS | _types("int8", "int32", "float32"),
    "DYNAMIC_UPDATE_SLICE": _MOVED,
    "ELU": _UNARY_8,
    "EQUAL": _COMPARISON | _types("bool"),
    "EXP": _UNARY_8 - {"saturated low"},
    "FLOOR": _FLOATS,
    "FULLY_CONNECTED": LAYERS | {"weights int4", "2 dimensions", "4 dimensions"} | _types("int8", "int16"),
    "GATHER": _types("int8", "float32"),
    "GATHER_ND": _types("int8", "float32"),
    "GELU": _UNARY_8 | _values("approximate", True, False),
    "GREATER": _COMPARISON,
    "GREATER_EQUAL": _COMPARISON,
    "HARD_SWISH": _UNARY_8 | _FLOATS,
    "L2_NORMALIZATION": {"input zero point lowest", "input zero point highest"} | _types("int8"),
    "LEAKY_RELU": _UNARY_8 | _types("int16", "float32"),
    "LESS": _COMPARISON,
    "LESS_EQUAL": _COMPARISON,
    "LOG": _UNARY_8,
    "LOGICAL_AND": BROADCASTS | _types("bool"),
    "LOGICAL_NOT": _types("bool"),
    "LOGICAL_OR": BROADCASTS | _types("bool"),
    "LOGISTIC": SATURATION | {"input zero point lowest", "input zero point highest"} | _types("int8", "int16"),
    "LOG_SOFTMAX": SATURATION | {"input zero point lowest", "input zero point highest"} | _types("int8"),
    "MAXIMUM": BROADCASTS | _types("int8", "int16", "int32", "int64", "float32"),
    "MAX_POOL_2D": _POOLS,
    "MEAN": _REDUCTION | POINTS | SATURATION | _types("int8", "int16", "float32"),
    "MINIMUM": BROADCASTS | _types("int8", "int16", "int32", "int64", "float32"),
    "MIRROR_PAD": _values("mode", "REFLECT", "SYMMETRIC") | _types("int8", "float32"),
    "MUL": _ARITHMETIC | ACTIVATIONS | _types("int8", "int16", "int32", "float32"),
    "NEG": _FLOATS,
    "NOT_EQUAL": _COMPARISON | _types("bool"),
    "PACK": _types("int8", "int16", "int32", "int64", "float32"),
    "PAD": _MOVED,
    "PADV2": _MOVED,
    "PRELU": POINTS | SATURATION | {"broadcast", "a constant input"} | _types("int8", "int16", "float32"),
    "QUANTIZE": POINTS | SATURATION | _types("int8", "int16", "int32", "uint8", "float32"),
    "REDUCE_ALL": _REDUCTION | _types("bool"),
    "REDUCE_ANY": _REDUCTION | _types("bool"),
    "REDUCE_MAX": _REDUCTION | _types("int8", "float32"),
    "REDUCE_MIN": _REDUCTION | _types("int8", "float32"),
    "RELU": _UNARY_8 | _types("int16", "float32"),
    "RELU6": _UNARY_8 | _types("int16", "float32"),
    "RELU_N1_TO_1": _UNARY_8 | _FLOATS,
    "RESIZE_BILINEAR": _values("align_corners", True, False)
    | _values("half_pixel_centers", True, False)
    | CHANNELS
    | {"batch > 1"}
    | _types("int8", "float32"),
    "RESIZE_NEAREST_NEIGHBOR": _values("align_corners", True, False)
    | _values("half_pixel_centers", True, False)
    | CHANNELS
    | {"batch > 1"}
    | _types("int8", "int16", "float32"),
    "REVERSE_SEQUENCE": _types("int16", "int32", "int64", "uint8", "float32"),
    "REVERSE_V2": _ANYTHING,
    "ROUND": _FLOATS,
    "RSQRT": _UNARY_8 | _types("int16", "float32"),
    "SELECT": _RANKS | _types("int8", "int16", "float32"),
    "SELECT_V2": _types("int8", "int16", "float32"),
    "SHAPE": _RANKS,
    "SignalDelay": _types("int16"),
    "SignalEnergy": _types("int16"),
    "SignalFftAutoScale": _types("int16"),
    "SignalFilterBank": _types("uint32"),
    "SignalFilterBankLog": _types("uint32"),
    "SignalFilterBankSpectralSubtraction": _types("uint32"),
    "SignalFilterBankSquareRoot": _types("uint64"),
    "SignalFramer": _types("int16"),
    "SignalIrfft": _types("int16", "int32", "float32"),
    "SignalOverlapAdd": _types("int16", "float32"),
    "SignalPCAN": _types("uint32"),
    "SignalRfft": _types("int16", "int32", "float32"),
    "SignalStacker": _types("int16"),
    "SignalWindow": _types("int16"),
    "SLICE": _types("int8", "int16", "int32", "float32", "bool"),
    "SOFTMAX": SATURATION | CHANNELS | {"input zero point lowest", "input zero point highest"} | _types("int8", "int16"),
    "SPACE_TO_BATCH_ND": {"3 dimensions", "4 dimensions", "batch > 1"} | _types("int8", "float32"),
    "SPACE_TO_DEPTH": {"batch > 1"} | _types("int8", "float32"),
    "SPLIT": _MOVED,
    "SPLIT_V": _MOVED,
    "SQRT": _FLOATS,
    "SQUARE": _FLOATS,
    "SQUARED_DIFFERENCE": _ARITHMETIC | _types("int8", "int16", "int32", "float32"),
    "STRIDED_SLICE": _types("int8", "int16", "int32", "float32", "bool"),
    "SUB": _ARITHMETIC | ACTIVATIONS | _types("int8", "int16", "int32", "float32"),
    "SUM": _REDUCTION | POINTS | SATURATION | _types("int8", "int16", "float32"),
    "SVDF": POINTS | SATURATION | {"batch > 1"} | _types("int8"),
    "TANH": SATURATION | {"input zero point lowest", "input zero point highest"} | _types("int8", "int16"),
    "TILE": _RANKS | _ANYTHING,
    "TRANSPOSE": _RANKS | {"5 dimensions"} | _types("int8", "int16", "float32"),
    "TRANSPOSE_CONV": LAYERS - {"computed weights", "bias int32", "bias int64"} | WINDOWS | _types("int8", "int16"),
    "UNIDIRECTIONAL_SEQUENCE_LSTM": _values("time_major", True, False) | {"batch > 1"} | SATURATION | _types("int8", "int16"),
    "UNPACK": _MOVED,
    "ZEROS_LIKE": _types("int8", "int32", "int64", "float32"),
}
