"""Weights packed for kernels take at most 3 % more flash than the model's own."""

from __future__ import annotations

from dataclasses import replace

import pytest

from benchmarks.random_layers import content, draw
from mcu_toolkit.boards import load_board
from mcu_toolkit.model import parse_model, read_model
from mcu_toolkit.pipeline.inspection.memory_check import memory_line
from mcu_toolkit.runtimes import get_runtime
from mcu_toolkit.runtimes.aot.compiler import compile_model
from mcu_toolkit.runtimes.aot.emit.model_info import weights_of_steps
from mcu_toolkit.runtimes.aot.ir.target import Target
from tests.model_builder import ModelBuilder
from tests.shared_models import shared_model
from tests.small_models import fully_connected

LARGEST = 1.03
RANDOM_LAYERS = 60


def weights_of(content: bytes, variant: str) -> tuple[int, int]:
    model = parse_model(content, "model")
    return weights_of_steps(model.main, compile_model(model, Target(variant)).steps)


@pytest.mark.parametrize("variant", ["dsp", "mve", "portable"])
def test_random_layers_together(variant: str) -> None:
    pairs = [weights_of(content(draw(seed)), variant) for seed in range(RANDOM_LAYERS)]
    assert all(stored >= before for stored, before in pairs), "weights were left out, or not counted"
    assert sum(stored for stored, _ in pairs) <= LARGEST * sum(before for _, before in pairs)


@pytest.mark.parametrize("variant", ["dsp", "mve", "portable"])
@pytest.mark.parametrize("name", ["ad01_int8", "kws_ref_model", "pretrainedResnet_quant", "vww_96_int8"])
def test_public_models(name: str, variant: str) -> None:
    model = read_model(shared_model(name))
    stored, before = weights_of_steps(model.main, compile_model(model, Target(variant)).steps)
    assert 0 < stored <= LARGEST * before


def test_padding_is_counted() -> None:
    builder = ModelBuilder()
    x = builder.tensor([1, 4, 4, 5], "int8", 0.02, 0)
    w = builder.tensor([3, 1, 1, 5], "int8", scales=[0.01] * 3, axis=0, data=[[[[1, 2, 3, 4, 5]]]] * 3)
    b = builder.tensor([3], "int32", scales=[0.0002] * 3, data=[0, 0, 0])
    y = builder.tensor([1, 4, 4, 3], "int8", 0.05, 0)
    builder.op("CONV_2D", [x, w, b], [y], padding="SAME", stride_h=1, stride_w=1, fused_activation_function="NONE", version=3)
    room = builder.tensor([1, 1000], "int8", 1.0, 0)
    model = builder.build([x, room], [y])
    assert weights_of(model, "dsp") == (4 * 8, 3 * 5)  # 4 channels for 3, 4 words of two lanes for 5 inputs
    assert weights_of(model, "portable") == (3 * 5 + 3 * 2, 3 * 5)  # a round takes 4 inputs of 2 channels


@pytest.mark.parametrize(("stored", "said"), [(1030, " (weights +3.0 % against the model)"), (1000, "")])
def test_growth_is_told_where_there_is_some(stored: int, said: str) -> None:
    [info] = get_runtime("aot").contribute([parse_model(fully_connected(), "m")], load_board("host")).info.compiled_models
    sizes = {"arena_bytes": 64, "arena_lower_bound_bytes": 64, "weights_bytes": 500, "state_bytes": 0}
    line = memory_line(replace(info, **sizes, repacked_weights_bytes=stored, weights_before_bytes=1000))
    assert line == f"arena 64 B (lower bound 64 B), constants 500 B{said}"
