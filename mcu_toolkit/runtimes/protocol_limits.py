"""What the protocol can say of a model, and what can be an input or output of it.

Its counts are bytes, its offsets three bytes (docs/protocol.md, MODEL_INFO and WRITE_INPUT).
"""

from __future__ import annotations

from mcu_toolkit.artifacts import Incompatibility
from mcu_toolkit.model import DType, Model, Tensor

TENSORS_MAX = 255
"""`inputs` and `outputs` of MODEL_INFO are u8."""
AREA_BYTES_MAX = 1 << 24
"""`offset` of WRITE_INPUT and READ_OUTPUT is u24."""


WIRE_DTYPES = (DType.FLOAT32, DType.INT32, DType.UINT8, DType.INT64, DType.BOOL, DType.INT16, DType.INT8, DType.UINT32, DType.UINT64)
"""Element types that inference.h knows for inputs and outputs."""
_MAX_DIMS = 8


def check_protocol_limits(model: Model) -> list[Incompatibility]:
    """Findings for a model whose inputs or outputs are none, too many, too large or of a kind that cannot be sent to any board."""
    findings = check_ends(model)
    for role, tensors in (("input", model.inputs), ("output", model.outputs)):
        if len(tensors) > TENSORS_MAX:
            remedy = f"join {role}s into one tensor, and convert the model again"
            findings.append(
                Incompatibility("model", f"{len(tensors)} {role}s", f"at most {TENSORS_MAX}, which the protocol counts", remedy)
            )
        size_bytes = sum(map(_size_bytes, tensors))
        if size_bytes > AREA_BYTES_MAX:
            expected = f"at most {AREA_BYTES_MAX:,}, which the protocol addresses"
            findings.append(Incompatibility("model", f"{size_bytes:,} bytes of {role}s", expected, "a smaller model"))
        findings += [finding for tensor in tensors for finding in _check_tensor(role, tensor)]
    return findings


def check_ends(model: Model) -> list[Incompatibility]:
    """Findings for a model that has no inputs, or no outputs."""
    roles = (("input", model.inputs), ("output", model.outputs))
    return [
        Incompatibility("model", f"no {role}s", f"at least one {role}", "convert the model again") for role, there in roles if not there
    ]


def _check_tensor(role: str, tensor: Tensor) -> list[Incompatibility]:
    where = f"{role} {tensor.index} '{tensor.name}'"
    remedy = "convert the model with full int8 quantization (mcu quantize --scheme int8)"
    if tensor.dtype not in WIRE_DTYPES:
        expected = ", ".join(dtype.name for dtype in WIRE_DTYPES)
        return [Incompatibility(where, f"the type {tensor.dtype.name}", f"one of {expected}", remedy)]
    if role == "input" and (tensor.is_constant or tensor.is_variable):
        kind = "a constant" if tensor.is_constant else "a variable"
        return [Incompatibility(where, kind, "a tensor that is set before each inference", "convert the model again")]
    if 0 in tensor.shape or len(tensor.shape) > _MAX_DIMS:
        found, expected = f"the shape {list(tensor.shape)}", f"1 to {_MAX_DIMS} dimensions, none of them 0"
        return [Incompatibility(where, found, expected, "convert the model with a fixed batch of 1")]
    return []


def _size_bytes(tensor: Tensor) -> int:
    """0 for a type that is not sent at all, which other checks refuse."""
    try:
        return tensor.size_bytes
    except KeyError:
        return 0
