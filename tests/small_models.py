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


def network(*, seed: int = 5, filters: int = 16, description: str = "made by a test") -> bytes:
    """[1, 8, 8, 1] -> 8 scores: the layers of an image classifier without its softmax, which hides small faults; random weights.

    3x3 with `filters`, depthwise 3x3, 1x1, max pool, 3x3, average pool over all that is left, dense.  Every weight follows from
    `seed` (and the number of filters) alone.
    """
    random = np.random.default_rng(seed)
    builder = ModelBuilder()
    x = entry = builder.tensor([1, 8, 8, 1], "int8", _NETWORK_SCALE, -128, name="image")
    x = _weighted(builder, random, x, "CONV_2D", (filters, 3, 3, 1), [1, 8, 8, filters])
    x = _weighted(builder, random, x, "DEPTHWISE_CONV_2D", (1, 3, 3, filters), [1, 8, 8, filters])
    x = _weighted(builder, random, x, "CONV_2D", (32, 1, 1, filters), [1, 8, 8, 32])
    x = _pooled(builder, x, "MAX_POOL_2D", [1, 4, 4, 32], 2)
    x = _weighted(builder, random, x, "CONV_2D", (32, 3, 3, 32), [1, 4, 4, 32])
    x = _pooled(builder, x, "AVERAGE_POOL_2D", [1, 1, 1, 32], 4)
    flat = builder.tensor([1, 32], "int8", _NETWORK_SCALE, -128, name="flat")
    builder.op("RESHAPE", [x, builder.tensor([2], "int32", data=[1, 32], name="shape")], [flat])
    scores = _weighted(builder, random, flat, "FULLY_CONNECTED", (8, 32), [1, 8], activation="NONE")
    return builder.build([entry], [scores], description=description)


_NETWORK_SCALE = 6 / 255
"""Of every activation of `network`: after RELU they reach from 0 to 6."""


def _weighted(
    builder: ModelBuilder,
    random: np.random.Generator,
    x: int,
    name: str,
    kernel: tuple[int, ...],
    shape: list[int],
    *,
    activation: str = "RELU",
) -> int:
    """A layer with weights, whose scales make sums that fill the range of the output: 3 standard deviations, uniform weights."""
    depthwise, dense = name == "DEPTHWISE_CONV_2D", name == "FULLY_CONNECTED"
    channels, axis = (kernel[3], 3) if depthwise else (kernel[0], 0)
    products = int(np.prod(kernel)) // channels
    reach = 6 if dense else 3  # sums of a dense layer over averages, all of one sign, spread twice as far
    scales = (6 / (reach * 58 * 1.5 * np.sqrt(products)) * random.uniform(0.7, 1.4, channels)).astype(np.float32)
    weights = random.integers(-100, 101, kernel)
    # No sum of its own for the mean of the inputs, which are all of one sign: no channel is dead, none saturates.
    weights -= np.round(weights.mean(axis=(0, 1, 2) if depthwise else tuple(range(1, len(kernel))), keepdims=True)).astype(np.int64)
    kernel_tensor = builder.tensor(kernel, "int8", data=weights, scales=list(scales), axis=axis)
    bias_scales = [float(scale) * _NETWORK_SCALE for scale in scales]
    bias = builder.tensor([channels], "int32", data=[round(0.8 / scale) for scale in bias_scales], scales=bias_scales)
    y = builder.tensor(shape, "int8", _NETWORK_SCALE, -128 if activation == "RELU" else 0)
    options = {} if dense else {"padding": "SAME", "stride_w": 1, "stride_h": 1} | ({"depth_multiplier": 1} if depthwise else {})
    builder.op(name, [x, kernel_tensor, bias], [y], fused_activation_function=activation, version=5 if dense else 3, **options)
    return y


def _pooled(builder: ModelBuilder, x: int, name: str, shape: list[int], size: int) -> int:
    y = builder.tensor(shape, "int8", _NETWORK_SCALE, -128)
    square = {"filter_width": size, "filter_height": size, "stride_w": size, "stride_h": size}
    builder.op(name, [x], [y], padding="VALID", fused_activation_function="NONE", **square, version=2)
    return y


def wide_window() -> bytes:
    """A convolution of 10x4 over 28 channels and a dense layer: what the convolution wants is no reason for the other one to be slow."""
    random, builder = np.random.default_rng(5), ModelBuilder()
    x = builder.tensor([1, 20, 10, 28], "int8", 0.02, 3)
    middle = builder.tensor([1, 11, 7, 8], "int8", 0.2, -128)
    y = builder.tensor([1, 10], "int8", 0.5, -128)
    for kind, source, result, shape in (
        ("CONV_2D", x, middle, [8, 10, 4, 28]),
        ("FULLY_CONNECTED", middle, y, [10, 11 * 7 * 8]),
    ):
        weights = builder.tensor(
            shape, "int8", scales=[0.01] * shape[0], data=np.clip(random.normal(0, 40, shape), -127, 127).astype(np.int8)
        )
        bias = builder.tensor([shape[0]], "int32", scales=[0.0002] * shape[0], data=random.integers(-999, 999, shape[0]))
        window = {"stride_h": 1, "stride_w": 1, "padding": "VALID"} if kind == "CONV_2D" else {}
        builder.op(kind, [source, weights, bias], [result], **window, fused_activation_function="RELU", version=4)
    return builder.build([x], [y])
