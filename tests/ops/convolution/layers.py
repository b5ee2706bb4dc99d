"""Drawing layers with weights: element types, where operands come from, zero points that TFLM ignores."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
from hypothesis import strategies as st

from tests.model_builder import ModelBuilder
from tests.ops.harness import weights, zero_points

FORMS = ("int8", "int8 int4 weights", "int8 live", "int16", "int16 int32 bias", "int16 live")
"""Element type of activations; what is special.  `live`: weights, and some biases, are inputs of the model."""


@dataclass
class Layer:
    """A layer under construction: `inputs` of the operator, `live` inputs of the model, scales, and the features that were drawn."""

    builder: ModelBuilder
    random: np.random.Generator
    form: str
    in_scale: float
    weight_scale: float
    inputs: list[int] = field(default_factory=list)
    live: list[int] = field(default_factory=list)
    scales: list[float] = field(default_factory=list)
    features: set[str] = field(default_factory=set)

    @property
    def dtype(self) -> str:
        """Element type of input and output."""
        return self.form.split()[0]

    def output_scale(self, depth: int) -> float:
        """A scale that puts typical sums of `depth` products inside the output's range, far above it, or far below it."""
        reach, ends = (73, 60) if self.dtype == "int8" else (19000, 15000)
        typical = self.in_scale * self.weight_scale * (73 / 16 if "int4" in self.form else 73) * reach * np.sqrt(depth) / ends
        return float(np.float32(typical * 2.0 ** self.random.choice([*[0] * 6, -1, 1, -2, 2, -3, 4, -9, 12, -16])))


def packed_int4(values: npt.NDArray[np.int8]) -> bytes:
    """Two values a byte, the low half first."""
    halves = values.reshape(-1).astype(np.int64) & 15
    halves = np.pad(halves, (0, halves.size % 2))
    return bytes((halves[0::2] | halves[1::2] << 4).astype(np.uint8))


def layer(draw: st.DrawFn, form: str, seed: int) -> Layer:
    """A layer without tensors."""
    random = np.random.default_rng(seed)
    in_scale = 0.02 + random.random() / 10 if form.startswith("int8") else 0.0001 + random.random() / 3000
    del draw
    return Layer(ModelBuilder(), random, form, in_scale, 0.01 + random.random() / 50, features={form})


def add_input(draw: st.DrawFn, at: Layer, shape: list[int]) -> int:
    """The layer's input, with a zero point."""
    zero_point = draw(zero_points) if at.dtype == "int8" else draw(st.sampled_from([0, 0, -32768, 32767, 5, -300]))
    at.features.add(f"input zero point {zero_point}" if zero_point in (-128, 127, -32768, 32767) else "input zero point")
    return at.builder.tensor(shape, at.dtype, at.in_scale, zero_point)


def add_weights(draw: st.DrawFn, at: Layer, shape: tuple[int, ...], axis: int, *, per_channel: bool = True, zero_point: int = 0) -> int:
    """Weights as the form says; one scale, or one for each slice along `axis`."""
    is_live = "live" in at.form
    several = per_channel and shape[axis] > 1 and not is_live and draw(st.booleans())
    at.features.add("per channel" if several else "per tensor")
    at.features.add("weights with a zero point" if zero_point else "symmetric weights")
    at.scales = [at.weight_scale * at.random.uniform(0.1, 2) for _ in range(shape[axis] if several else 1)]
    zero_points = [zero_point] * len(at.scales)
    if is_live:
        made = at.builder.tensor(shape, "int8", at.scales[0], zero_point)
        at.live.append(made)
        return made
    values = weights(at.random, shape)
    if "int4" in at.form:
        values = (at.random.integers(-8, 8, shape)).astype(np.int8)
        return at.builder.tensor(shape, "int4", scales=at.scales, zero_points=zero_points, axis=axis, data=packed_int4(values))
    return at.builder.tensor(shape, "int8", scales=at.scales, zero_points=zero_points, axis=axis, data=values)


def add_bias(draw: st.DrawFn, at: Layer, channels: int) -> int | None:
    """A bias of the type that the form says, or none."""
    needed = "bias" in at.form
    if not needed and draw(st.integers(0, 2)) == 0:
        at.features.add("no bias")
        return None
    stated = [word for word in at.form.split()[1:] if word in ("int16", "int32")]
    dtype = stated[0] if stated else "int64" if at.dtype == "int16" else "int32"
    at.features.add("bias")
    scales = [at.in_scale * scale for scale in at.scales]
    if "live" in at.form and draw(st.booleans()):
        made = at.builder.tensor([channels], dtype, scales[0])
        at.live.append(made)
        at.features.add("live bias")
        return made
    reach = 9000 if dtype == "int16" else int(at.random.choice([*[9000] * 6, 2**20, 2**30]))
    values: Any = at.random.integers(-reach, reach, channels)
    return at.builder.tensor([channels], dtype, scales=scales, data=values)


def add_output(draw: st.DrawFn, at: Layer, shape: list[int], depth: int) -> tuple[int, float]:
    """The layer's output, and its scale."""
    scale = at.output_scale(depth)
    zero_point = draw(zero_points) if at.dtype == "int8" else draw(st.sampled_from([0, 0, -32768, 32767, 7, -200]))
    return at.builder.tensor(shape, at.dtype, scale, zero_point), scale
