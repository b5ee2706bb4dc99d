"""What a drawn model tries, read from the model itself, and the table of what the draws of each operator must have tried.

`check_draws` asks for the row of every operator that it meets: the draws have fixed seeds, TFLM (or LiteRT) has to accept each of
them, and so the table says what was drawn and accepted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from mcu_toolkit.model import DType, Graph, Model, Op, Tensor

LEAST_DRAWS = 20
"""Of each operator and element type."""
_LAYERS = ("CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED", "TRANSPOSE_CONV")
"""Operators whose second input is weights and whose last one may be a bias."""
_VALUES = ("padding", "fused_activation_function", "keep_dims", "align_corners", "half_pixel_centers", "adj_x", "adj_y", "mode")
_VALUES += ("exclusive", "reverse", "asymmetric_quantize_inputs", "keep_num_dims", "approximate", "time_major", "quantized_bias_type")
"""Options of which each value is a tag of its own."""
_POSITIONS = (DType.INT32, DType.INT64)
"""Element types of constants that say where, not what: shapes, axes, paddings."""
_SIZES = ("stride_h", "stride_w", "dilation_h_factor", "dilation_w_factor", "depth_multiplier")
"""Options that are 1 or more."""


def tags_of(model: Model) -> frozenset[str]:
    """What the model's operators try, each tag as `OPERATOR: tag`."""
    return frozenset(f"{_name(op)}: {tag}" for graph in model.graphs for op in graph.ops for tag in _tags(graph, op))


def tags_of_outputs(model: Model, outputs: Iterable[npt.NDArray[Any]]) -> frozenset[str]:
    """Ends of the range that the golden outputs reach, as tags of the model's last operator."""
    operator, found = _name(model.main.ops[-1]), set()
    for output in outputs:
        if output.dtype.kind == "i" and output.dtype.itemsize <= 2 and output.size:
            limits = np.iinfo(output.dtype)
            found |= {"saturated low"} if output.min() == limits.min else set()
            found |= {"saturated high"} if output.max() == limits.max else set()
    return frozenset(f"{operator}: {tag}" for tag in found)


def _name(op: Op) -> str:
    return op.custom_name or op.name


def _tags(graph: Graph, op: Op) -> set[str]:
    inputs = [graph.tensors[index] for index in op.inputs if index >= 0]
    outputs = [graph.tensors[index] for index in op.outputs]
    tags = {f"{name}={op.options[name]}" for name in _VALUES if name in op.options}
    tags |= {f"{name}{'=1' if op.options[name] == 1 else '>1'}" for name in _SIZES if op.options.get(name, 0) >= 1}
    data = [tensor for tensor in inputs if not (tensor.is_constant and tensor.dtype in _POSITIONS)] or inputs or outputs
    data = inputs[2:3] if op.name == "TRANSPOSE_CONV" else data
    # SELECT, SELECT_V2: what is chosen, not the condition.
    chosen = [tensor for tensor in data if tensor.dtype is not DType.BOOL] if op.name.startswith("SELECT") else data
    if not chosen or chosen[0].dtype is DType.RESOURCE:
        return tags
    first = chosen[0]
    tags |= {f"type {first.dtype.name.lower()}", f"{len(first.shape)} dimensions"}
    with_points = [first] if op.name in _LAYERS else chosen[:2]
    tags |= {f"input {point}" for tensor in with_points for point in _points(tensor)}
    tags |= {f"output {point}" for tensor in outputs for point in _points(tensor)}
    tags |= _channels(outputs[0]) if outputs else set()
    tags |= {"batch > 1"} if len(first.shape) > 1 and first.shape[0] > 1 else set()
    tags |= {"broadcast"} if len({tensor.shape for tensor in inputs}) > 1 and len(inputs) == 2 else set()
    tags |= {"a constant input"} if any(tensor.is_constant for tensor in inputs) else set()
    return tags | (_weights(op, inputs) if op.name in _LAYERS else set())


def _points(tensor: Tensor) -> set[str]:
    if tensor.dtype not in (DType.INT8, DType.INT16) or tensor.quantization is None or tensor.quantization.per_channel:
        return set()
    limits, point = np.iinfo(tensor.dtype.numpy), tensor.quantization.zero_point
    return {{limits.min: "zero point lowest", limits.max: "zero point highest", 0: "zero point 0"}.get(point, "zero point inside")}


def _channels(tensor: Tensor) -> set[str]:
    channels = tensor.shape[-1] if tensor.shape else 1
    tags = {"channels % 4 == 0" if channels % 4 == 0 else "channels % 4 > 0"}
    return tags | {"channels % 16 > 0" if channels % 16 else "channels % 16 == 0"}


def _weights(op: Op, inputs: list[Tensor]) -> set[str]:
    weights = inputs[1]
    tags = {f"weights {weights.dtype.name.lower()}", "constant weights" if weights.is_constant else "computed weights"}
    tags |= {"per channel" if weights.quantization is not None and weights.quantization.per_channel else "per tensor"}
    if weights.data is not None and weights.dtype is DType.INT8:
        # Weights that are all as large as they can be: the largest sums there are.
        tags |= {"largest sums"} if np.abs(weights.data.astype(np.int32)).min(initial=128) >= 127 else set()
    bias = inputs[-1] if len(inputs) > (3 if op.name == "TRANSPOSE_CONV" else 2) else None
    tags |= {"no bias" if bias is None else f"bias {bias.dtype.name.lower()}"}
    if bias is not None and bias.data is not None and bias.dtype in (DType.INT32, DType.INT64):
        tags |= {"bias beyond 2^29"} if np.abs(bias.data.astype(np.int64)).max(initial=0) > 2**29 else set()
    return tags


def missing(seen: Counter[str], operators: Iterable[str], table: Mapping[str, frozenset[str]]) -> list[str]:
    """What the rows of `operators` ask for and `seen` does not have often enough."""
    asked = [f"{operator}: {tag}" for operator in sorted(operators) for tag in sorted(table[operator])]
    return [f"{tag} ({seen[tag]} draws)" for tag in asked if seen[tag] < (LEAST_DRAWS if ": type " in tag else 1)]
