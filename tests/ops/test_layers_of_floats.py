"""CONV_2D, DEPTHWISE_CONV_2D and FULLY_CONNECTED that were kept in floating point: the bits are TFLM's."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import strategies as st

from mcu_toolkit.errors import UnsupportedModelError
from mcu_toolkit.model import parse_model
from mcu_toolkit.runtimes.aot import Target, compile_model
from tests.model_builder import ModelBuilder
from tests.ops.convolution.windows import windows
from tests.ops.harness import Case, activations, channel_counts, check_draws, draws, seeds


def weighted(operator: str, shape: list[int], kernel: list[int], result: list[int], *, bias: bool, seed: int, **options: Any) -> bytes:
    """One layer with normal weights; the last dimension of `result` is the number of channels."""
    random = np.random.default_rng(seed)
    builder = ModelBuilder()
    x, y = builder.tensor(shape, "float32", name="x"), builder.tensor(result, "float32", name="y")
    inputs = [x, builder.tensor(kernel, "float32", data=random.normal(0, 0.5, kernel).astype(np.float32))]
    if bias:
        inputs.append(builder.tensor(result[-1:], "float32", data=random.normal(0, 3, result[-1]).astype(np.float32)))
    builder.op(operator, inputs, [y], **options)
    return builder.build([x], [y])


@st.composite
def convolution(draw: st.DrawFn) -> Case:
    window, groups = draw(windows()), draw(st.sampled_from([1, 1, 2, 3]))
    batch, depth, filters = draw(st.integers(1, 2)), draw(channel_counts(6)), groups * draw(channel_counts(5))
    shape, kernel = [batch, window.height, window.width, groups * depth], [filters, window.kernel_height, window.kernel_width, depth]
    bias, activation, seed = draw(st.booleans()), draw(activations), draw(seeds)
    options = {**window.options, "fused_activation_function": activation}
    content = weighted("CONV_2D", shape, kernel, [batch, *window.output, filters], bias=bias, seed=seed, **options)
    features = {activation, window.padding, f"{groups} groups", "bias" if bias else "no bias", f"batch {batch}"}
    return Case(content, f"{window} {shape} {kernel} {activation} {bias=}", frozenset(features))


@st.composite
def depthwise(draw: st.DrawFn) -> Case:
    window, multiplier = draw(windows()), draw(st.sampled_from([1, 1, 2, 3]))
    batch, channels = draw(st.integers(1, 2)), draw(channel_counts(9))
    filters = channels * multiplier
    shape, kernel = [batch, window.height, window.width, channels], [1, window.kernel_height, window.kernel_width, filters]
    bias, activation, seed = draw(st.booleans()), draw(activations), draw(seeds)
    options = {**window.options, "fused_activation_function": activation, "depth_multiplier": multiplier}
    content = weighted("DEPTHWISE_CONV_2D", shape, kernel, [batch, *window.output, filters], bias=bias, seed=seed, **options)
    features = {activation, window.padding, f"multiplier {multiplier}", "bias" if bias else "no bias"}
    return Case(content, f"{window} {shape} {kernel} {activation} {bias=}", frozenset(features))


@st.composite
def dense(draw: st.DrawFn) -> Case:
    rows, depth, channels = draw(st.integers(1, 3)), draw(st.integers(1, 40)), draw(channel_counts(10))
    bias, activation, seed = draw(st.booleans()), draw(activations), draw(seeds)
    options = {"fused_activation_function": activation}
    content = weighted("FULLY_CONNECTED", [rows, depth], [channels, depth], [rows, channels], bias=bias, seed=seed, **options)
    return Case(content, f"{rows}x{depth} {channels} {activation} {bias=}", frozenset({activation, "bias" if bias else "no bias"}))


COVERED = ("NONE", "RELU", "RELU6", "RELU_N1_TO_1", "bias", "no bias")


@draws
def test_convolutions_equal_tflm(draws: int) -> None:
    check_draws(draws, convolution(), covering=[*COVERED, "SAME", "VALID", "1 groups", "2 groups", "3 groups", "batch 2"])


@draws
def test_depthwise_convolutions_equal_tflm(draws: int) -> None:
    check_draws(draws, depthwise(), covering=[*COVERED, "SAME", "VALID", "multiplier 1", "multiplier 2", "multiplier 3"])


@draws
def test_dense_layers_equal_tflm(draws: int) -> None:
    check_draws(draws, dense(), covering=COVERED)


@pytest.mark.parametrize(
    ("dtypes", "message"),
    [
        (("float32", "int8", "float32"), "INT8 beside FLOAT32 inputs"),
        (("int8", "float32", "int8"), "FLOAT32 beside INT8 inputs"),
        (("float32", "float32", "int8"), "FLOAT32 in and INT8 out"),
    ],
)
def test_floats_and_integers_are_not_mixed_in_one_layer(dtypes: tuple[str, str, str], message: str) -> None:
    builder = ModelBuilder()
    x, y = (builder.tensor([1, 2], dtype, *([] if dtype == "float32" else [0.5])) for dtype in (dtypes[0], dtypes[2]))
    w = builder.tensor([2, 2], dtypes[1], *([] if dtypes[1] == "float32" else [0.5]), data=np.ones((2, 2)))
    builder.op("FULLY_CONNECTED", [x, w, -1], [y], fused_activation_function="NONE")
    with pytest.raises(UnsupportedModelError, match=message):
        compile_model(parse_model(builder.build([x], [y]), "m"), Target())


def test_weights_of_run_time_are_refused() -> None:
    builder = ModelBuilder()
    x, w, y = builder.tensor([1, 2], "float32"), builder.tensor([2, 2], "float32"), builder.tensor([1, 2], "float32")
    builder.op("FULLY_CONNECTED", [x, w, -1], [y], fused_activation_function="NONE")
    with pytest.raises(UnsupportedModelError, match="computed while the model runs"):
        compile_model(parse_model(builder.build([x, w], [y]), "m"), Target())
