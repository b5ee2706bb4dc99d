"""What the protocol can say of a model: its counts are bytes, its offsets three bytes (docs/protocol.md, MODEL_INFO and WRITE_INPUT)."""

from __future__ import annotations

from mcu_toolkit.artifacts import Incompatibility
from mcu_toolkit.model import Model, Tensor

TENSORS_MAX = 255
"""`inputs` and `outputs` of MODEL_INFO are u8."""
AREA_BYTES_MAX = 1 << 24
"""`offset` of WRITE_INPUT and READ_OUTPUT is u24."""


def check_protocol_limits(model: Model) -> list[Incompatibility]:
    """Findings for a model whose inputs or outputs are none, too many, or too large, to be sent to any board."""
    findings = []
    for role, tensors in (("input", model.inputs), ("output", model.outputs)):
        if not tensors:
            findings.append(Incompatibility("model", f"no {role}s", f"at least one {role}", "convert the model again"))
        if len(tensors) > TENSORS_MAX:
            remedy = f"join {role}s into one tensor, and convert the model again"
            findings.append(
                Incompatibility("model", f"{len(tensors)} {role}s", f"at most {TENSORS_MAX}, which the protocol counts", remedy)
            )
        size_bytes = sum(map(_size_bytes, tensors))
        if size_bytes > AREA_BYTES_MAX:
            expected = f"at most {AREA_BYTES_MAX:,}, which the protocol addresses"
            findings.append(Incompatibility("model", f"{size_bytes:,} bytes of {role}s", expected, "a smaller model"))
    return findings


def _size_bytes(tensor: Tensor) -> int:
    """0 for a type that is not sent at all, which other checks refuse."""
    try:
        return tensor.size_bytes
    except KeyError:
        return 0
