"""The arena is never larger than TensorFlow Lite Micro's with its kernels for the same core: public models, random graphs, all kernels."""

from __future__ import annotations

import numpy as np
import pytest

from mcu_toolkit.boards.core_table import INSTRUCTION_SETS
from mcu_toolkit.model import Model, parse_model, read_model
from mcu_toolkit.runners import TflmRunner
from mcu_toolkit.runtimes.aot import Target, compile_model
from mcu_toolkit.runtimes.aot.passes import tflm_arena as estimate
from tests import shared_models
from tests.fuzzing import Fuzzing
from tests.model_builder import ModelBuilder

KERNELS = tuple(INSTRUCTION_SETS)


class _Graph:
    """A random graph of int8 layers over images [1, size, size, channels]; some outputs are read long after they were made."""

    def __init__(self, seed: int) -> None:
        self.random = np.random.default_rng(seed)
        self.builder = ModelBuilder()
        self.known: list[tuple[int, tuple[int, int]]] = []
        self.first = self.tensor(int(self.random.integers(4, 20)), int(self.random.integers(1, 9)))

    def tensor(self, size: int, channels: int) -> int:
        index = self.builder.tensor([1, size, size, channels], "int8", 0.1)
        self.known.append((index, (size, channels)))
        return index

    def weights(self, *shape: int, axis: int = 0) -> list[int]:
        """Weights with a scale for each slice along `axis`, and biases."""
        scales, channels = [0.02] * shape[axis], shape[axis]
        biases = self.builder.tensor([channels], "int32", scales=[0.002] * channels, data=self.random.integers(-500, 500, channels))
        return [self.builder.tensor(shape, "int8", scales=scales, axis=axis, data=self.random.integers(-127, 128, shape)), biases]

    def grow(self) -> None:
        """One more layer, on the newest tensor or (an ADD) on two of the same shape."""
        index, (size, channels) = self.known[-1]
        same = [other for other, shape in self.known[:-1] if shape == (size, channels)]
        kind = self.random.integers(5 if same else 4)
        window = {"stride_h": 1, "stride_w": 1, "padding": "SAME"}
        if kind == 0:
            filters = int(self.random.integers(1, 17))
            self.builder.op("CONV_2D", [index, *self.weights(filters, 3, 3, channels)], [self.tensor(size, filters)], **window)
        elif kind == 1:
            filters = int(self.random.integers(1, 17))
            self.builder.op("CONV_2D", [index, *self.weights(filters, 1, 1, channels)], [self.tensor(size, filters)], **window)
        elif kind == 2:
            operands = [index, *self.weights(1, 3, 3, channels, axis=3)]
            self.builder.op("DEPTHWISE_CONV_2D", operands, [self.tensor(size, channels)], depth_multiplier=1, **window)
        elif kind == 3:
            half = {"filter_height": 2, "filter_width": 2, "stride_h": 2, "stride_w": 2, "padding": "SAME"}
            self.builder.op("AVERAGE_POOL_2D", [index], [self.tensor(-(-size // 2), channels)], **half)
        else:
            self.builder.op("ADD", [index, int(self.random.choice(same))], [self.tensor(size, channels)])

    def build(self, layers: int) -> Model:
        for _ in range(layers):
            self.grow()
        return parse_model(self.builder.build([self.first], [self.known[-1][0]]), "random")


def tflm_arena_bytes(model: Model) -> int:
    runner = TflmRunner(model)
    try:
        arena = runner.run([np.zeros((1, *tensor.shape[1:]), tensor.dtype.numpy) for tensor in model.inputs]).arena
    finally:
        runner.close()
    assert arena is not None
    return arena.used_bytes


def assert_no_larger(model: Model) -> None:
    reference = tflm_arena_bytes(model)
    for kernels in KERNELS:
        compiled = compile_model(model, Target(kernels))
        limit = reference + estimate.tflm_arena_bytes(model.main, kernels) - estimate.tflm_arena_bytes(model.main)
        assert compiled.plan.lower_bound_bytes <= compiled.plan.peak_bytes
        assert compiled.plan.peak_bytes + compiled.state.size_bytes <= limit, kernels


@pytest.mark.parametrize("name", shared_models.NAMES)
def test_a_public_model_needs_no_more_than_with_tflm(name: str) -> None:
    assert_no_larger(read_model(shared_models.shared_model(name)))


@pytest.mark.parametrize("count", [12, pytest.param(400, marks=pytest.mark.nightly)])
def test_a_random_graph_needs_no_more_than_with_tflm(count: int) -> None:
    for seed in range(count):
        assert_no_larger(_Graph(seed).build(layers=1 + seed % 13))


@pytest.mark.fuzz
def test_no_graph_needs_more_than_with_tflm(fuzzing: Fuzzing) -> None:
    for seed in fuzzing.seeds():
        assert_no_larger(_Graph(seed).build(layers=1 + seed % 13))
        fuzzing.cases += 1


MEASURED_BYTES = {"kws_ref_model": 24_208, "vww_96_int8": 100_944, "pretrainedResnet_quant": 55_200, "ad01_int8": 2_928}
"""TFLM with CMSIS-NN (Chirale 2.0.0) on a Cortex-M4: the first table of docs/performance.md."""


@pytest.mark.parametrize("name", MEASURED_BYTES)
def test_what_tflm_needs_with_cmsis_nn_is_known_from_below(name: str) -> None:
    graph = read_model(shared_models.shared_model(name)).main
    assert 0.75 * MEASURED_BYTES[name] <= estimate.tflm_arena_bytes(graph, "dsp") <= MEASURED_BYTES[name]
