"""Element-wise operators that cannot be compiled: the finding, what would be right and what to do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from mcu_toolkit.boards import load_board
from mcu_toolkit.model import parse_model
from mcu_toolkit.runtimes import get_runtime
from tests.model_builder import ModelBuilder

Spec = tuple[Sequence[int], str, float | None, int]
"""Shape, element type, scale, zero point."""


def int8(scale: float | None = 0.1, zero_point: int = 0, shape: Sequence[int] = (1, 4)) -> Spec:
    return shape, "int8", scale, zero_point


def int16(scale: float = 0.1, zero_point: int = 0) -> Spec:
    return (1, 4), "int16", scale, zero_point


def plain(dtype: str, shape: Sequence[int] = (1, 4)) -> Spec:
    return shape, dtype, None, 0


def model(operator: str, *tensors: Spec, **options: Any) -> bytes:
    """`tensors`: the inputs, then the output."""
    builder = ModelBuilder()
    numbers = [builder.tensor(*spec) for spec in tensors]
    builder.op(operator, numbers[:-1], numbers[-1:], **options)
    return builder.build(numbers[:-1], numbers[-1:])


RELU = {"fused_activation_function": "RELU"}
REFUSED = [
    (model("ADD", int8(None), int8(), int8()), "no usable scale", "one scale above zero"),
    (model("ADD", int8(), int16(), int8()), "a tensor is INT16", "all INT8, INT16, INT32 or FLOAT32"),
    (model("ADD", int8(1e6), int8(), int8(1e-6)), "an output scale of 1e-06", "2^19"),
    (model("ADD", *[plain("int32")] * 3, **RELU), "a fused RELU", "INT32 sums have no fused activation"),
    (model("SUB", int8(), int8(shape=(3,)), int8()), "shapes [1, 4] and [3]", "broadcast"),
    (model("SUB", int8(), int8(), int8(shape=(4,))), "the shape [4]", "broadcast"),
    (model("MUL", int16(zero_point=3), int16(), int16()), "a zero point of 3", "INT16 tensors is 0"),
    (model("MUL", int8(1e6), int8(1e6), int8(1e-3)), "a factor of 1e+15", "below 2^30"),
    (model("MUL", int8(), int8(), int8(), fused_activation_function="TANH"), "a fused TANH", "RELU6"),
    (model("DIV", int16(), int16(), int16()), "INT16", "INT8, INT32 or FLOAT32"),
    (model("DIV", int8(1e-9), int8(), int8(10.0)), "a factor of 1e-09", "2^-16"),
    (model("SQUARED_DIFFERENCE", int8(1e6), int8(1e6), int8(1e-6)), "a factor of", "square"),
    (model("ADD_N", int8(0.1), int8(0.2), int8()), "another scale", "the same scale and zero point"),
    (model("ADD_N", int8(), int8(shape=(4,)), int8()), "the shape [4]", "the same shape"),
    (model("PRELU", int16(), int16(), int16()), "INT16, INT16 to INT16", "INT16, INT8 to INT16"),
    (model("LOGISTIC", int8(), int8(1 / 256, 0)), "a zero point of 0", "is -128"),
    (model("LOGISTIC", int8(1e-9), int8(1 / 256, -128)), "a scale of 1e-09", "2^-27"),
    (model("TANH", int16(), int16(0.1)), "a scale of 0.1", "2^-15"),
    (model("TANH", int16(3.0), int16(2**-15)), "a scale of 3", "below 2.6"),
    (model("HARD_SWISH", int8(1.0), int8(1e-4)), "a scale of 0.0001", "128th"),
    (model("NEG", int8(), int8(0.2)), "0.2 and 0 out", "the same scale and zero points of 0"),
    (model("RSQRT", int8(), int8(1e5)), "a factor of", "2^12"),
    (model("RELU", int8(1e12), int8(1e-3)), "a factor of 1e+15", "below 2^30"),
    (model("LEAKY_RELU", int8(), int8(), alpha=float("nan")), "alpha = nan", "finite"),
    (model("EQUAL", int8(1.5), int8(), plain("bool")), "a scale of 1.5", "below 1"),
    (model("GREATER", int16(), int16(), plain("bool")), "INT16, INT16 to BOOL", "INT8, INT8 to BOOL"),
    (model("LOGICAL_AND", int8(), int8(), int8()), "a tensor is INT8", "BOOL"),
    (model("CAST", plain("int64"), plain("int8")), "INT64", "UINT32"),
    (model("QUANTIZE", plain("float32"), plain("uint8")), "FLOAT32 to UINT8", "FLOAT32 to INT8"),
    (model("QUANTIZE", int8(), plain("int32")), "no usable scale", "32-bit tensors have one scale"),
    (model("DEQUANTIZE", plain("int32"), plain("float32")), "INT32 to FLOAT32", "UINT8 to FLOAT32"),
    (model("SOFTMAX", int16(), int16(0.1), beta=1.0), "scale 0.1", "1/32768"),
    (model("LOG_SOFTMAX", int8(), int8()), "scale 0.1", "16/256"),
]


@pytest.mark.parametrize(("content", "found", "expected"), REFUSED, ids=[str(number) for number in range(len(REFUSED))])
def test_it_is_refused_in_words_a_user_can_act_on(content: bytes, found: str, expected: str) -> None:
    findings = get_runtime("aot").check(parse_model(content, "refused"), load_board("host"))
    assert len(findings) == 1
    assert found in findings[0].found
    assert expected in findings[0].expected
    assert findings[0].remedy


ACCEPTED = [
    model("ADD", int8(), int8(), int8()),
    model("DIV", int8(), int8(), int8()),
    model("LOGISTIC", int8(), int8(1 / 256, -128)),
    model("SOFTMAX", int16(), int16(2**-15), beta=1.0),
    model("CAST", plain("bool"), plain("int8")),
]


@pytest.mark.parametrize("content", ACCEPTED)
def test_the_same_operators_without_the_fault_are_accepted(content: bytes) -> None:
    assert get_runtime("aot").check(parse_model(content, "good"), load_board("host")) == ()
