"""RELU, RELU6, RELU_N1_TO_1, LEAKY_RELU and PRELU."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.ops.elementwise.binary import EXTREMES, binary
from tests.ops.elementwise.unary import unary
from tests.ops.harness import check_draws, draws, litert_outputs


@draws
def test_relu_equals_tflm(draws: int) -> None:
    check_draws(draws, *(unary("RELU", dtype, symmetric=True) for dtype in ("int8", "int16", "float32")), rows=["RELU"])


@draws
def test_relu6_equals_tflm(draws: int) -> None:
    check_draws(draws, *(unary("RELU6", dtype) for dtype in ("int8", "int16", "float32")), rows=["RELU6"])


@draws
def test_equals_litert(draws: int) -> None:
    check_draws(draws, *(unary("RELU_N1_TO_1", dtype, golden=litert_outputs) for dtype in ("int8", "float32")), rows=["RELU_N1_TO_1"])


def slopes(random: np.random.Generator) -> dict[str, Any]:
    return {"alpha": float(np.float32(random.choice([0.1, 0.01, -0.3, 0.5, 1.5, 0.0, random.uniform(-1, 2)])))}


@draws
def test_leaky_relu_equals_tflm(draws: int) -> None:
    check_draws(draws, *(unary("LEAKY_RELU", dtype, options=slopes) for dtype in ("int8", "int16", "float32")), rows=["LEAKY_RELU"])


@draws
def test_prelu_equals_tflm(draws: int) -> None:
    kinds = [
        binary("PRELU", "int8", fused=None, second_repeats_only=True),
        binary("PRELU", "int16", second="int8", fused=None, second_repeats_only=True),
        binary("PRELU", "float32", fused=None, second_repeats_only=True),
    ]
    check_draws(draws, *kinds, covering=["same shape", "a vector", "a scalar", "inner ones", *EXTREMES, "constant"], rows=["PRELU"])
