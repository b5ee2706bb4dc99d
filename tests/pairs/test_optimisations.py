"""The Helium layers between plain code that writes and reads their bytes, as a user may compile them: at every level, and linked whole."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from mcu_toolkit.boards import load_board
from mcu_toolkit.firmware import export_sources
from mcu_toolkit.model import parse_model
from mcu_toolkit.runtimes import get_runtime
from mcu_toolkit.runtimes.aot.ir.operator import OpView
from mcu_toolkit.runtimes.aot.ir.target import Target
from mcu_toolkit.runtimes.aot.ops.registry import lower_layer
from mcu_toolkit.system import process
from tests.pairs.chain import Chain
from tests.pairs.models import FORMS, Pair, between_floats
from tests.pairs.on_board import check_pairs

BOARD = "mps3-an547"
LAYERS = ("CONV_2D", "CONV_2D 1x1", "DEPTHWISE_CONV_2D", "DEPTHWISE_CONV_2D 5x5", "FULLY_CONNECTED", "ADD to itself")
SEEDS = 9
LEVELS = ("-O0", "-O1", "-O2", "-O3", "-Os", "-O2 -flto", "-O3 -flto")


def models() -> list[Pair]:
    drawn = [between_floats(form, seed) for form in FORMS if form.name in LAYERS for seed in range(SEEDS)]
    return [*drawn, *(dense(depth, channels) for depth in (64, 160) for channels in (1, 2, 5, 8))]


def dense(depth: int, channels: int) -> Pair:
    """A dense layer of one scale and few outputs, which lie where its sums end: the compiler knows one address by two names."""
    at = Chain(np.random.default_rng([depth, channels]))
    x, quantized = at.value((1, depth), "float32"), at.value((1, depth), "int8", 0.03, -4)
    y, result = at.value((1, channels), "int8", 0.026, -19), at.value((1, channels), "float32")
    weights = at.builder.tensor([channels, depth], "int8", 0.002, data=at.random.integers(-127, 128, (channels, depth)))
    bias = at.builder.tensor([channels], "int32", 0.00006, data=at.random.integers(-3000, 3000, channels))
    at.builder.op("QUANTIZE", [x.index], [quantized.index])
    at.builder.op("FULLY_CONNECTED", [quantized.index, weights, bias], [y.index], version=4)
    at.builder.op("DEQUANTIZE", [y.index], [result.index])
    return Pair(f"dense {depth} -> {channels}", at.builder.build([x.index], [result.index]))


def test_the_layers_are_done_by_the_kernels_for_helium() -> None:
    for form in (one for one in FORMS if one.name in LAYERS):
        parsed = [parse_model(between_floats(form, seed).content, "drawn") for seed in range(SEEDS)]
        sets = [lower_layer(OpView(one.main, one.main.ops[1], one.graphs), Target("mve"))[0] for one in parsed]
        assert sets.count("mve") >= SEEDS / 2, (form.name, sets)


@pytest.mark.parametrize("level", ["-O2", "-O3", "-Os", "-O2 -flto"])
def test_conditions_that_the_compiler_knows_of_four_lanes_compile(level: str, tmp_path: Path) -> None:
    """An image of 3 rows: the fourth row of a band of 4 is outside of it, which GCC 12 made a mask of that it could not move."""
    at = Chain(np.random.default_rng(0))
    x, y = at.value((1, 3, 4, 25), "int8"), at.value((1, 1, 2, 25), "int8")
    weights = at.builder.tensor([1, 3, 3, 25], "int8", scales=[0.01] * 25, axis=3, data=at.random.integers(-127, 128, (1, 3, 3, 25)))
    bias = at.builder.tensor([25], "int32", 0.0004, data=at.random.integers(-900, 900, 25))
    sizes = {"stride_h": 1, "stride_w": 1, "dilation_h_factor": 1, "dilation_w_factor": 1, "depth_multiplier": 1}
    at.builder.op("DEPTHWISE_CONV_2D", [x.index, weights, bias], [y.index], version=3, padding="VALID", **sizes)
    folder = tmp_path / "export"
    export_sources([parse_model(at.builder.build([x.index], [y.index]), "rows")], load_board(BOARD), get_runtime("aot"), folder)
    core = ("-mcpu=cortex-m55", "-mthumb", "-mfloat-abi=hard", "-std=c99", "-ffp-contract=off", "-Wall", "-Wextra", "-Werror")
    built = process.run(["arm-none-eabi-gcc", *core, *level.split(), f"-I{folder}", "-c", folder / "rows.c", "-o", tmp_path / "rows.o"])
    assert built.exit_code == 0, built.output


@pytest.mark.slow
@pytest.mark.parametrize("level", LEVELS)
def test_between_plain_code_they_equal_tflm_at(level: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    outcome = check_pairs(models(), BOARD, tmp_path / "project", monkeypatch, flags=level.split())
    assert not outcome.different
    assert not outcome.refused
    assert len(outcome.equal) == len(models())
