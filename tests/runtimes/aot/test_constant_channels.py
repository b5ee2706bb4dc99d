"""Channels that no input changes leave their tensors, and outputs stay TFLM's: through every kind of operator, with and without borders."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType

import numpy as np
import pytest

from mcu_toolkit.boards import Board, load_board
from mcu_toolkit.boards.core_table import INSTRUCTION_SETS
from mcu_toolkit.model import Model, parse_model
from mcu_toolkit.runtimes import PlansMemory, Runtime, get_runtime
from mcu_toolkit.runtimes.aot.compiler import after_each_pass, compile_model
from mcu_toolkit.runtimes.aot.ir.target import Target
from mcu_toolkit.runtimes.aot.passes.dump import program_text
from mcu_toolkit.runtimes.aot.passes.program import Program
from mcu_toolkit.runtimes.base import RuntimeOptions
from tests.model_builder import ModelBuilder
from tests.ops import harness
from tests.ops.harness import Case, check_batch
from tests.ops.on_board import check_on_board

ZERO_POINT = -128
FAR = 1 << 20
"""A bias that puts a channel where no input changes it."""


class Network:
    """Layers of int8 one after the other; in each that has weights some channels are constant, at the lower or the upper end."""

    def __init__(self, seed: int, size: int = 6, channels: int = 3) -> None:
        self.random, self.builder = np.random.default_rng([18, seed]), ModelBuilder()
        self.size, self.channels, self.zero_point = size, channels, 5
        self.first = self.last = self.builder.tensor([1, size, size, channels], "int8", 0.02, 5)
        self.shape: list[int] = [1, size, size, channels]
        self.zeros_for: int | None = None
        """An input channel that the next layer multiplies by zeros."""

    def _tensor(self, shape: list[int], zero_point: int = ZERO_POINT) -> int:
        self.shape = shape
        return self.builder.tensor(shape, "int8", 0.05, zero_point)

    def _constants(self, shape: list[int], axis: int, dead: float, ends_of: Mapping[int, int] = MappingProxyType({})) -> list[int]:
        channels = shape[axis]
        weights = self.random.integers(-90, 90, shape).astype(np.int8)
        if self.zeros_for is not None:
            weights[..., self.zeros_for], self.zeros_for = 0, None
        bias = self.random.integers(-400, 400, channels)
        ends = np.where(self.random.random(channels) < 0.7, -FAR, FAR)  # the upper end is no zero point: borders mix it
        bias = np.where(self.random.random(channels) < dead, ends, bias)
        for channel, end in ends_of.items():
            bias[channel] = end
        scales = np.exp2(self.random.uniform(-8, -6, channels)).astype(np.float32).tolist()
        return [
            self.builder.tensor(shape, "int8", scales=scales, axis=axis, data=weights),
            self.builder.tensor([channels], "int32", scales=[0.0002] * channels, data=bias.astype(np.int32)),
        ]

    def convolution(
        self, channels: int, kernel: int, padding: str = "SAME", dead: float = 0.5, ends_of: Mapping[int, int] = MappingProxyType({})
    ) -> Network:
        _, height, width, depth = self.shape
        operands = [self.last, *self._constants([channels, kernel, kernel, depth], 0, dead, ends_of)]
        spare = 0 if padding == "SAME" else kernel - 1
        self.last = self._tensor([1, height - spare, width - spare, channels])
        window = {"stride_h": 1, "stride_w": 1, "padding": padding, "fused_activation_function": "RELU6"}
        self.builder.op("CONV_2D", operands, [self.last], **window, version=3)
        return self

    def depthwise(self, padding: str = "SAME", dead: float = 0.3) -> Network:
        _, height, width, channels = self.shape
        operands = [self.last, *self._constants([1, 3, 3, channels], 3, dead)]
        spare = 0 if padding == "SAME" else 2
        self.last = self._tensor([1, height - spare, width - spare, channels])
        window = {"stride_h": 1, "stride_w": 1, "depth_multiplier": 1, "padding": padding, "fused_activation_function": "RELU"}
        self.builder.op("DEPTHWISE_CONV_2D", operands, [self.last], **window, version=3)
        return self

    def residual(self) -> Network:
        """A convolution, and the ADD of what it reads."""
        before, channels = self.last, self.shape[3]
        self.convolution(channels, 3)
        after, self.last = self.last, self._tensor(list(self.shape))
        self.builder.op("ADD", [before, after], [self.last], fused_activation_function="RELU")
        return self

    def pool(self, kind: str) -> Network:
        _, height, width, channels = self.shape
        before, self.last = self.last, self._tensor([1, height // 2, width // 2, channels])
        half = {"filter_height": 2, "filter_width": 2, "stride_h": 2, "stride_w": 2, "padding": "VALID"}
        self.builder.op(kind, [before], [self.last], **half)
        return self

    def flatten(self) -> Network:
        before, elements = self.last, int(np.prod(self.shape))
        shape = self.builder.tensor([2], "int32", data=np.array([1, elements], np.int32))
        self.last = self._tensor([1, elements])
        self.builder.op("RESHAPE", [before, shape], [self.last])
        return self

    def dense(
        self,
        channels: int,
        dead: float = 0.5,
        activation: str = "RELU",
        *,
        depth: int | None = None,
        ends_of: Mapping[int, int] = MappingProxyType({}),
        bias: bool = True,
    ) -> Network:
        """`depth`: inputs of a row, where that is not the last dimension of what it reads."""
        depth = depth or self.shape[-1]
        rows = int(np.prod(self.shape)) // depth
        weights, biases = self._constants([channels, depth], 0, dead, ends_of)
        operands = [self.last, weights, biases if bias else -1]
        self.last = self._tensor([rows, channels], ZERO_POINT if activation == "RELU" else 3)
        self.builder.op("FULLY_CONNECTED", operands, [self.last], fused_activation_function=activation, version=4)
        return self

    def build(self) -> Model:
        return parse_model(self.builder.build([self.first], [self.last]), "network")


def mobile(seed: int) -> Model:
    net = Network(seed).convolution(8, 3).depthwise().convolution(12, 1).depthwise().convolution(9, 1)
    return net.pool("AVERAGE_POOL_2D").flatten().dense(6, dead=0.2).dense(3, dead=0, activation="NONE").build()


def residual(seed: int) -> Model:
    net = Network(seed).convolution(8, 1).residual().residual().pool("MAX_POOL_2D")
    return net.convolution(7, 3, "VALID").convolution(4, 1, dead=0).build()


def valid(seed: int) -> Model:
    net = Network(seed, size=12).convolution(10, 3, "VALID").depthwise("VALID").convolution(8, 3, "VALID").depthwise("VALID")
    return net.convolution(4, 3, "VALID", dead=0).build()


KINDS = {"mobile": mobile, "residual": residual, "valid": valid}


def removed(model: Model) -> Program:
    return next(program for one, program in after_each_pass(model, Target("dsp")) if one.__name__ == "remove_constant_channels")


def models(count: int) -> Iterator[tuple[str, Model]]:
    for name, make in KINDS.items():
        for seed in range(count):
            yield f"{name} {seed}", make(seed)


@pytest.mark.parametrize("kernels", ["portable", "dsp"])
@pytest.mark.parametrize("count", [6, pytest.param(200, marks=pytest.mark.nightly)])
def test_outputs_equal_tflm(count: int, kernels: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def host_with_kernels(name: str) -> Board:
        return dataclasses.replace(load_board(name), instruction_set=kernels)

    monkeypatch.setattr(harness, "load_board", host_with_kernels)
    found = list(models(count))
    lost = [sum(len(kept) < model.main.tensors[i].shape[-1] for i, kept in removed(model).kept_channels.items()) for _, model in found]
    assert sum(number >= 2 for number in lost) >= 0.7 * len(found), lost
    for start in range(0, len(found), 24):
        check_batch([Case(model.content, what) for what, model in found[start : start + 24]])


def test_cascades_of_what_is_left_equal_tflm(monkeypatch: pytest.MonkeyPatch) -> None:
    def smallest(name: str) -> Runtime:
        runtime = get_runtime(name)
        assert isinstance(runtime, PlansMemory)
        return runtime.configured(RuntimeOptions(optimize="ram"))

    found = [mobile(seed) for seed in range(6)]
    compiled = [compile_model(model, Target(max_arena_bytes=0)) for model in found]
    assert sum(bool(one.kept_channels) and any(step.rows for step in one.steps) for one in compiled) >= 3
    monkeypatch.setattr(harness, "get_runtime", smallest)
    check_batch([Case(model.content, model.name) for model in found])


@pytest.mark.slow
@pytest.mark.parametrize("board", ["netduinoplus2", "mps3-an547"])
def test_boards_equal_tflm(board: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    check_on_board([Case(model.content, what) for what, model in models(5)], board, tmp_path / "project", monkeypatch)


@pytest.mark.parametrize("kernels", INSTRUCTION_SETS)
def test_every_core_has_fewer_constants_and_no_larger_arena(kernels: str) -> None:
    for what, model in models(4):
        sizes = []
        for target in (Target(kernels), Target(kernels, merge=False)):
            compiled = compile_model(model, target)
            sizes.append((sum(c.array.nbytes for step in compiled.steps for c in step.constants), compiled.plan.peak_bytes))
        (less, arena), (more, larger_arena) = sizes
        assert less < more, what
        assert arena <= larger_arena, what


def left_of_six(end: int, kernel: int, padding: str = "SAME") -> list[int]:
    """How many channels are left of 6, one of which is constant at the end where `end` puts it, before a convolution."""
    net = Network(3).convolution(6, 3, dead=0, ends_of={2: end}).convolution(4, kernel, padding, dead=0)
    return [len(left) for left in removed(net.build()).kept_channels.values()]


def test_a_channel_at_the_zero_point_goes_through_borders_and_others_do_not() -> None:
    assert left_of_six(-FAR, 3) == [5]
    assert left_of_six(FAR, 3) == []
    assert left_of_six(FAR, 3, "VALID") == left_of_six(FAR, 1) == [5]


def test_a_channel_that_is_read_with_weights_of_zero_only_leaves() -> None:
    net = Network(3).convolution(6, 3, dead=0).depthwise(dead=0)
    net.zeros_for = 4
    assert list(removed(net.convolution(4, 1, dead=0).build()).kept_channels.values()) == [(0, 1, 2, 3, 5)] * 2


def test_two_channels_stay_where_all_are_constant() -> None:
    model = Network(3).convolution(6, 3, dead=1).convolution(4, 1, dead=0).build()
    assert list(removed(model).kept_channels.values()) == [(0, 1)]


def test_two_channels_stay_where_all_but_the_first_are_constant() -> None:
    model = Network(3).convolution(6, 3, dead=0, ends_of=dict.fromkeys(range(1, 6), -FAR)).convolution(4, 1, dead=0).build()
    assert list(removed(model).kept_channels.values()) == [(0, 1)]


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize(("channels", "depth"), [(24, 12), (24, 16), (6, 12)])
def test_dense_layers_whose_rows_are_no_whole_pixels_equal_tflm(channels: int, depth: int, bias: bool) -> None:
    net = Network(4).convolution(6, 3, "VALID", dead=0.3).flatten()
    net.dense(channels, dead=0.5, depth=48).dense(4, dead=0, activation="NONE", depth=depth, bias=bias)
    check_batch([Case(net.build().content, f"{channels} channels in rows of {depth}")])


def test_a_scalar_that_is_reshaped_has_no_channels() -> None:
    builder = ModelBuilder()
    first, scalar, last = (builder.tensor(shape, "int8", 0.5, 3) for shape in ([1, 4], [], [1]))
    axes, shape = builder.tensor([2], "int32", data=[0, 1]), builder.tensor([1], "int32", data=[1])
    builder.op("REDUCE_MAX", [first, axes], [scalar], keep_dims=False)
    builder.op("RESHAPE", [scalar, shape], [last])
    check_batch([Case(builder.build([first], [last]), "a scalar")])


def test_a_tensor_that_something_else_reads_stays_whole() -> None:
    net = Network(3).convolution(6, 3, dead=0, ends_of={2: -FAR})
    middle, net.last = net.last, net.builder.tensor(net.shape, "int8", 0.05, ZERO_POINT)
    net.builder.op("LOGISTIC", [middle], [net.last])
    assert removed(net.convolution(4, 1, dead=0).build()).kept_channels == {}


def test_outputs_of_the_model_stay_whole() -> None:
    model = Network(1).convolution(8, 3, dead=0.9).build()
    assert removed(model).kept_channels == {}


def test_without_merging_every_tensor_is_whole() -> None:
    assert compile_model(mobile(0), Target("dsp", merge=False)).kept_channels == {}


def test_a_dump_says_which_channels_are_left() -> None:
    assert "channels that are left, others do not depend on the input: t" in program_text(removed(mobile(0)), "remove_constant_channels")
