"""Small models that listen: a mean of features as the probability of a word."""

from __future__ import annotations

import numpy as np

from tests.model_builder import ModelBuilder

INPUT_SCALE = 26 / 255


def word_model(*, frames: int = 3, bands: int = 40, unsigned: bool = True, weight: int = 127, bias: int = 0) -> bytes:
    """int8 [1, frames, bands] -> RESHAPE -> FULLY_CONNECTED -> one probability with 256 steps, uint8 as in microWakeWord or int8."""
    builder = ModelBuilder()
    elements = frames * bands
    x = builder.tensor([1, frames, bands], "int8", INPUT_SCALE, -128, name="x")
    flat = builder.tensor([1, elements], "int8", INPUT_SCALE, -128, name="flat")
    shape = builder.tensor([2], "int32", data=[1, elements], name="shape")
    scale = 1 / (26 * elements * 127)
    weights = builder.tensor([1, elements], "int8", scale, data=np.full((1, elements), weight), name="weights")
    offset = builder.tensor([1], "int32", INPUT_SCALE * scale, data=[bias], name="bias")
    y = builder.tensor([1, 1], "int8", 1 / 256, -128, name="logit")
    builder.op("RESHAPE", [x, shape], [flat], new_shape=[1, elements])
    builder.op("FULLY_CONNECTED", [flat, weights, offset], [y], fused_activation_function="NONE")
    if not unsigned:
        return builder.build([x], [y])
    end = builder.tensor([1, 1], "uint8", 1 / 256, 0, name="y")
    builder.op("QUANTIZE", [y], [end])
    return builder.build([x], [end])
