"""Random small networks of layers that can be in a cascade, compiled with some of the layers in cascades."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np
import pytest

from mcu_toolkit.model import Model
from mcu_toolkit.runtimes.aot.cascade.bands import Bands
from mcu_toolkit.runtimes.aot.cascade.cascade import Cascade, plan_cascade, plan_outline
from mcu_toolkit.runtimes.aot.cascade.lowering import lower_cascade
from mcu_toolkit.runtimes.aot.compiler import CompiledModel, compile_model
from mcu_toolkit.runtimes.aot.emit import files
from mcu_toolkit.runtimes.aot.ir.operator_view import OpView
from mcu_toolkit.runtimes.aot.ir.target import Target
from mcu_toolkit.runtimes.aot.memory.planner import plan_arena
from mcu_toolkit.runtimes.aot.passes.kernel_choice import DEFAULT, Choice
from tests.model_builder import ModelBuilder
from tests.ops.harness import Case

_INPUT_SCALE = 0.02


class Network:
    """A network in the making; `shape` is that of its last tensor."""

    def __init__(self, seed: int) -> None:
        self.random = np.random.default_rng(seed)
        self.builder = ModelBuilder()
        self.words: list[str] = []

    def number(self, low: int, high: int) -> int:
        return int(self.random.integers(low, high + 1))

    def image(self, shape: list[int], scale: float = _INPUT_SCALE, zero_point: int | None = None) -> int:
        return self.builder.tensor(shape, "int8", scale, self.number(-128, 127) if zero_point is None else zero_point)

    def convolution(self, source: int, shape: list[int], *, depthwise: bool, same_size: bool = False) -> tuple[int, list[int]]:
        """A convolution whose outputs spread over the range; returns its output and that one's shape."""
        kernel = [self.number(1, 5 if depthwise else 3) for _ in range(2)] if self.random.random() < 0.5 else [3, 3]
        stride = 1 if same_size else int(self.random.choice([1, 1, 2]))
        dilation = 2 if stride == 1 and self.random.random() < 0.15 else 1
        fits = all(side >= (window - 1) * dilation + 1 for side, window in zip(shape[1:3], kernel, strict=True))
        padding = "SAME" if same_size or not fits or self.random.random() < 0.7 else "VALID"
        reach = [(window - 1) * dilation + 1 for window in kernel]
        sides = [-(-(side - (0 if padding == "SAME" else window - 1)) // stride) for side, window in zip(shape[1:3], reach, strict=True)]
        channels = shape[3] if depthwise or same_size else self.number(1, 9)
        weight_shape = [1, *kernel, channels] if depthwise else [channels, *kernel, shape[3]]
        weights = np.clip(self.random.normal(0, 50, weight_shape), -127, 127).astype(np.int8)
        scales = np.exp2(self.random.uniform(-9, -6, channels)).astype(np.float32)
        w = self.builder.tensor(weight_shape, "int8", scales=scales.tolist(), axis=3 if depthwise else 0, data=weights)
        bias = self.random.normal(0, 3000, channels).astype(np.int32)
        b = self.builder.tensor([channels], "int32", scales=(scales * np.float32(_INPUT_SCALE)).tolist(), data=bias)
        out_shape = [1, *sides, channels]
        out = self.image(out_shape)
        options = {"padding": padding, "stride_h": stride, "stride_w": stride, "dilation_h_factor": dilation, "dilation_w_factor": dilation}
        activation = str(self.random.choice(["NONE", "RELU", "RELU6"]))
        if depthwise:
            options["depth_multiplier"] = 1
        name = "DEPTHWISE_CONV_2D" if depthwise else "CONV_2D"
        self.builder.op(name, [source, w, b], [out], **options, fused_activation_function=activation, version=3)
        self.words.append(f"{name} {kernel} /{stride} x{dilation} {padding} -> {out_shape}")
        return out, out_shape

    def add(self, first: int, second: int, shape: list[int]) -> int:
        out = self.image(shape)
        self.builder.op("ADD", [first, second], [out], fused_activation_function="NONE", version=2)
        self.words.append("ADD")
        return out

    def by_element(self, source: int, shape: list[int]) -> int:
        out = self.image(shape)
        self.builder.op("RELU", [source], [out], version=2)
        self.words.append("RELU")
        return out

    def pool(self, source: int, shape: list[int], zero_point: int) -> tuple[int, list[int]]:
        out_shape = [1, shape[1] // 2, shape[2] // 2, shape[3]]
        out = self.image(out_shape, zero_point=zero_point)
        options = {"padding": "VALID", "stride_h": 2, "stride_w": 2, "filter_height": 2, "filter_width": 2}
        self.builder.op("MAX_POOL_2D", [source], [out], **options, fused_activation_function="NONE", version=2)
        self.words.append("MAX_POOL_2D")
        return out, out_shape


def network(seed: int) -> Case:
    """Two to six layers that can be in a cascade: chains, residual blocks, pools, odd sizes."""
    net = Network(seed)
    shape = [1, net.number(3, 13), net.number(2, 9), net.number(1, 9)]
    x = last = net.image(shape)
    for _ in range(net.number(2, 4)):
        kind = net.random.random()
        if kind < 0.35:
            last, shape = net.convolution(last, shape, depthwise=False)
        elif kind < 0.6:
            last, shape = net.convolution(last, shape, depthwise=True)
        elif kind < 0.85:
            skip = last
            for _ in range(net.number(1, 2)):
                last, _ = net.convolution(last, shape, depthwise=bool(net.random.random() < 0.4), same_size=True)
            last = net.add(*((skip, last) if net.random.random() < 0.5 else (last, skip)), shape)
        elif kind < 0.93 and min(shape[1:3]) >= 2:
            zero_point = net.number(-128, 127)
            plain = net.image(shape, zero_point=zero_point)
            net.builder.op("RELU", [last], [plain], version=2)
            last, shape = net.pool(plain, shape, zero_point)
        else:
            last = net.by_element(last, shape)
    return Case(net.builder.build([x], [last]), f"{seed=} {'; '.join(net.words)}")


def groups_of(model: Model, target: Target) -> tuple[Bands, list[Cascade]]:
    """Every group of layers of a model that can be done together, and how many rows at a time."""
    graph = model.main
    bands = Bands([OpView(graph, op, model.graphs) for op in graph.ops], target, DEFAULT)
    found = []
    for last in range(len(graph.ops)):
        height = graph.tensors[graph.ops[last].outputs[0]].shape[1]
        for first in range(last + 1):
            for rows in range(1, min(height, 4) + 1):
                for copied in (False, True):
                    outline = plan_outline(graph, bands, first, last, rows, copied=copied)
                    group = None if outline is None else plan_cascade(graph, bands, outline)
                    if group is not None:
                        found.append(group)
    return bands, found


def with_group(plain: CompiledModel, seed: int) -> CompiledModel:
    """`plain` with one of its possible groups in it, drawn with preference for large ones."""
    random = np.random.default_rng(seed)
    graph, target = plain.model.main, plain.target
    bands, groups = groups_of(plain.model, target)
    sizes = np.array([1.0 + group.last - group.first for group in groups])
    group = groups[random.choice(len(groups), p=sizes / sizes.sum())]
    step = lower_cascade(graph, bands, group, leading=True)
    apart = [DEFAULT.lower(view, target) for view in bands.views]
    steps = (*apart[: group.first], step, *apart[group.last + 1 :])
    return CompiledModel(plain.model, plain.prefix, target, steps, plan_arena(graph, steps), plain.state, plain.choice)


@contextmanager
def every_model_with_a_group(monkeypatch: pytest.MonkeyPatch, chosen: Callable[[CompiledModel], None]) -> Iterator[None]:
    """Whatever the runtime compiles has a cascade in it; `chosen` is called with each."""

    def compiled(model: Model, target: Target, prefix: str | None = None, choice: Choice = DEFAULT) -> CompiledModel:
        found = with_group(compile_model(model, target, prefix, choice), int(model.sha256[:8], 16))
        chosen(found)
        return found

    with monkeypatch.context() as patch:
        patch.setattr(files, "compile_model", compiled)
        yield
