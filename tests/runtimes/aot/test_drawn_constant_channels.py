"""Networks of any form with channels that no input changes: branches, several readers, shared constants, outputs in the middle."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest

from mcu_toolkit.boards import Board, load_board
from mcu_toolkit.model import Model, parse_model
from tests.ops import harness
from tests.ops.harness import Case, check_batch
from tests.runtimes.aot.test_constant_channels import Network, removed


class Drawn(Network):
    """Layers that read what any layer before them made; every third end of a branch is an output of the model."""

    def __init__(self, seed: int) -> None:
        super().__init__(seed, size=int(np.random.default_rng(seed).integers(3, 7)), channels=3)
        self.made: dict[int, list[int]] = {}
        self.shared: dict[tuple[int, ...], list[int]] = {}
        """Weights and bias by their shape, which several layers may read."""
        self.outputs: list[int] = []
        self.window(strided=False, channels=int(self.random.integers(3, 9)))
        for _ in range(int(self.random.integers(3, 7))):
            self.last = int(self.random.choice(list(self.made)))
            self.shape = self.made[self.last]
            draw = [self.window, self.depthwise_window, self.sum, self.pooling, self.relu, self.joined]
            draw[int(self.random.choice(6, p=[0.3, 0.2, 0.2, 0.1, 0.05, 0.15]))]()
            if self.random.random() < 0.15:
                self.outputs.append(self.last)
        self.window(strided=False, channels=4, dead=0)
        if self.random.random() < 0.5:
            self.flatten()
            self.dense(5, dead=0.4).dense(3, dead=0, activation="NONE")
        self.outputs.append(self.last)

    def _made(self, shape: list[int], operator: str, operands: list[int], **options: Any) -> None:
        self.last = self._tensor(shape)
        self.builder.op(operator, operands, [self.last], **options)
        self.made[self.last] = shape

    def _operands(self, shape: list[int], axis: int, dead: float) -> list[int]:
        found = self.shared.get(tuple(shape)) if self.random.random() < 0.2 else None
        weights, bias = self.shared[tuple(shape)] = found or self._constants(shape, axis, dead)
        optional = axis == 0  # without a bias TFLM crashes on a depthwise layer
        return [self.last, weights, -1 if optional and self.random.random() < 0.2 else bias]

    def _window(self, *, strided: bool) -> tuple[list[int], list[int], dict[str, Any]]:
        """Sides of a kernel, sides of its output, options."""
        padding, stride = str(self.random.choice(["SAME", "VALID"])), int(self.random.integers(1, 3)) if strided else 1
        kernel = [min(side, int(self.random.choice([1, 2, 3]))) for side in self.shape[1:3]]
        spare = [0 if padding == "SAME" else side - 1 for side in kernel]
        sides = [-(-(side - less) // stride) for side, less in zip(self.shape[1:3], spare, strict=True)]
        activation = str(self.random.choice(["NONE", "RELU", "RELU6"]))
        return kernel, sides, {"padding": padding, "stride_h": stride, "stride_w": stride, "fused_activation_function": activation}

    def window(self, *, strided: bool = True, channels: int | None = None, dead: float = 0.5) -> None:
        kernel, sides, options = self._window(strided=strided)
        channels = channels or int(self.random.integers(1, 9))
        operands = self._operands([channels, *kernel, self.shape[3]], 0, dead)
        self._made([1, *sides, channels], "CONV_2D", operands, **options, version=3)

    def depthwise_window(self) -> None:
        kernel, sides, options = self._window(strided=True)
        multiplier = int(self.random.choice([1, 1, 1, 2]))
        channels = multiplier * self.shape[3]
        operands = self._operands([1, *kernel, channels], 3, 0.4)
        self._made([1, *sides, channels], "DEPTHWISE_CONV_2D", operands, **options, depth_multiplier=multiplier, version=3)

    def sum(self) -> None:
        """Of tensors of one shape, of a tensor and itself, or over the same pixel."""
        equal = [index for index, shape in self.made.items() if shape == self.shape]
        pixels = [index for index, shape in self.made.items() if shape == [1, 1, 1, self.shape[3]]]
        other = int(self.random.choice(pixels if pixels and self.random.random() < 0.3 else equal))
        activation = str(self.random.choice(["NONE", "RELU"]))
        self._made(list(self.shape), "ADD", [self.last, other], fused_activation_function=activation)

    def pooling(self) -> None:
        kernel, sides, options = self._window(strided=True)
        kind = str(self.random.choice(["AVERAGE_POOL_2D", "MAX_POOL_2D"]))
        size = {"filter_height": kernel[0], "filter_width": kernel[1]}
        self._made([1, *sides, self.shape[3]], kind, [self.last], **size, **options)

    def relu(self) -> None:
        self._made(list(self.shape), "RELU", [self.last])

    def joined(self) -> None:
        """Pixels as rows of a dense layer, one or two at a time, and as pixels again."""
        _, height, width, channels = self.shape
        units = int(self.random.integers(2, 7))
        depth = channels * (2 if width % 2 == 0 and self.random.random() < 0.5 else 1)
        operands = self._operands([units, depth], 0, 0.4)
        rows = height * width * channels // depth
        self._made([rows, units], "FULLY_CONNECTED", operands, fused_activation_function="RELU", version=4)
        del self.made[self.last]
        shape = self.builder.tensor([4], "int32", data=np.array([1, height, rows // height, units], np.int32))
        self._made([1, height, rows // height, units], "RESHAPE", [self.last, shape])

    def build(self) -> Model:
        outputs = list(dict.fromkeys(self.outputs))
        return parse_model(self.builder.build([self.first], outputs), "network")


@pytest.mark.parametrize("kernels", ["portable", "dsp"])
@pytest.mark.parametrize("count", [8, pytest.param(400, marks=pytest.mark.nightly)])
def test_outputs_equal_tflm(count: int, kernels: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def host_with_kernels(name: str) -> Board:
        return dataclasses.replace(load_board(name), instruction_set=kernels)

    monkeypatch.setattr(harness, "load_board", host_with_kernels)
    found = [Drawn(seed).build() for seed in range(count)]
    assert sum(bool(removed(model).kept_channels) for model in found) >= 0.4 * count
    for start in range(0, count, 24):
        check_batch([Case(model.content, f"network {start + i}") for i, model in enumerate(found[start : start + 24])])
