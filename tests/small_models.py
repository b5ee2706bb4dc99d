"""Small int8 models, written directly as flatbuffers, that several tests run."""

from __future__ import annotations

import numpy as np

from tests.model_builder import ModelBuilder


def fully_connected(*, inputs: int = 6, outputs: int = 4, seed: int = 7, softmax: bool = False) -> bytes:
    """[1, inputs] -> FULLY_CONNECTED with RELU -> (SOFTMAX) -> [1, outputs]; random weights."""
    random = np.random.default_rng(seed)
    builder = ModelBuilder()
    x = builder.tensor([1, inputs], "int8", 0.05, 3, name="x")
    weights = builder.tensor([outputs, inputs], "int8", 0.02, data=random.integers(-127, 128, (outputs, inputs)), name="weights")
    bias = builder.tensor([outputs], "int32", 0.05 * 0.02, data=random.integers(-500, 500, outputs), name="bias")
    hidden = builder.tensor([1, outputs], "int8", 0.04, -128, name="hidden")
    builder.op("FULLY_CONNECTED", [x, weights, bias], [hidden], fused_activation_function="RELU")
    if not softmax:
        return builder.build([x], [hidden])
    probabilities = builder.tensor([1, outputs], "int8", 1 / 256, -128, name="probabilities")
    builder.op("SOFTMAX", [hidden], [probabilities], beta=1.0)
    return builder.build([x], [probabilities])


def convolution(*, seed: int = 3) -> bytes:
    """[1, 6, 5, 3] -> CONV_2D 3x3 with 4 channels, per-channel scales, RELU6 -> [1, 6, 5, 4]."""
    random = np.random.default_rng(seed)
    builder = ModelBuilder()
    scales = [0.01, 0.02, 0.005, 0.03]
    x = builder.tensor([1, 6, 5, 3], "int8", 0.05, -3, name="image")
    weights = builder.tensor([4, 3, 3, 3], "int8", data=random.integers(-127, 128, (4, 3, 3, 3)), scales=scales, name="kernel")
    bias = builder.tensor([4], "int32", data=random.integers(-900, 900, 4), scales=[0.05 * scale for scale in scales], name="bias")
    y = builder.tensor([1, 6, 5, 4], "int8", 6 / 255, -128, name="features")
    builder.op("CONV_2D", [x, weights, bias], [y], padding="SAME", stride_w=1, stride_h=1, fused_activation_function="RELU6", version=3)
    return builder.build([x], [y])


def addition() -> bytes:
    """Two inputs [1, 3, 2] added to one output."""
    builder = ModelBuilder()
    a = builder.tensor([1, 3, 2], "int8", 0.1, 1, name="a")
    b = builder.tensor([1, 3, 2], "int8", 0.2, -5, name="b")
    total = builder.tensor([1, 3, 2], "int8", 0.3, 0, name="total")
    builder.op("ADD", [a, b], [total], fused_activation_function="NONE")
    return builder.build([a, b], [total])


def counter() -> bytes:
    """A model with state: a variable float [1, 2] to which each inference adds the input; the output is the new sum."""
    main, start = ModelBuilder(), ModelBuilder("start")
    handle = main.tensor([1], "resource", name="sum")
    x = main.tensor([1, 2], "float32", name="x")
    old = main.tensor([1, 2], "float32", name="old")
    new = main.tensor([1, 2], "float32", name="new")
    main.op("CALL_ONCE", [], [], init_subgraph_index=1)
    main.op("VAR_HANDLE", [], [handle], container="", shared_name="sum")
    main.op("READ_VARIABLE", [handle], [old])
    main.op("ADD", [old, x], [new], fused_activation_function="NONE")
    main.op("ASSIGN_VARIABLE", [handle, new], [])
    start_handle = start.tensor([1], "resource", name="sum")
    zero = start.tensor([1, 2], "float32", data=[[0.0, 0.0]], name="zero")
    start.op("VAR_HANDLE", [], [start_handle], container="", shared_name="sum")
    start.op("ASSIGN_VARIABLE", [start_handle, zero], [])
    return main.build([x], [new], others=[(start, [], [])])


def svdf(*, seed: int = 11) -> bytes:
    """A model with a variable tensor: SVDF of 3 units and rank 2 with a memory of 4, int8 [1, 5] -> int8 [1, 3]."""
    random = np.random.default_rng(seed)
    builder = ModelBuilder()
    x = builder.tensor([1, 5], "int8", 0.05, 3, name="x")
    features = builder.tensor([6, 5], "int8", 0.02, data=random.integers(-127, 128, (6, 5)), name="features")
    time = builder.tensor([6, 4], "int16", 1e-6, data=random.integers(-32767, 32768, (6, 4)), name="time")
    bias = builder.tensor([3], "int32", 0.001 * 1e-6, data=random.integers(-900, 900, 3), name="bias")
    state = builder.tensor([1, 24], "int16", 0.001, is_variable=True, name="state")
    y = builder.tensor([1, 3], "int8", 0.008, -5, name="y")
    builder.op("SVDF", [x, features, time, bias, state], [y], rank=2, fused_activation_function="NONE")
    return builder.build([x], [y])
