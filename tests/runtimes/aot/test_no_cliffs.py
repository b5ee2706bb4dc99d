"""No shape falls off a cliff: layers of any shape get kernels of their core, and cost no more than their regular neighbours."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from benchmarks.random_layers import Layer, content, draw_any, twin
from benchmarks.random_run import Pair, measure
from mcu_toolkit.boards import load_board
from mcu_toolkit.model import parse_model
from mcu_toolkit.pipeline.inspection.inspect import inspect
from mcu_toolkit.runtimes import get_runtime
from mcu_toolkit.runtimes.aot.compiler import compile_model
from mcu_toolkit.runtimes.aot.ir.target import Target
from mcu_toolkit.runtimes.aot.ops.convolution.dsp.conv_2d import SHORT_WINDOW_BYTES
from mcu_toolkit.runtimes.aot.passes.tflm_arena import tflm_arena_bytes
from tests.emulated import own_boards
from tests.small_models import wide_window

OF_ITS_NEIGHBOUR = 1.3
"""Instructions a multiply-accumulate, times those of the regular layer (or of the whole layers: see Pair.cliff)."""
WORST = 10
"""Layers that a sweep prints."""
KNOWN_CLIFFS = {"DEPTHWISE_CONV_2D 44x1 1 -> 1, image 25x17, 4 of them"}
"""On the Cortex-M4, of the first 60 (docs/roadmap.md): a window that is higher than its image."""
BOARDS = ("netduinoplus2", "mps3-an547", "mps2-an385", "microbit", "qemu-riscv32")


def is_left_to_portable_kernels(layer: Layer) -> bool:
    """What no kernel for DSP or Helium does, or not better (docs/performance.md): depth multipliers, depthwise layers of 2 or 3 channels,
    and short sums that do not go by byte pairs."""
    if layer.kind == "DEPTHWISE_CONV_2D":
        return layer.inputs > 1 and (layer.multiplier > 1 or layer.inputs < 4)
    return layer.kind == "CONV_2D" and layer.depth < SHORT_WINDOW_BYTES


@pytest.mark.parametrize("kernels", ["dsp", "mve"])
@pytest.mark.parametrize("count", [60, pytest.param(3000, marks=pytest.mark.nightly)])
def test_no_layer_of_a_network_gets_a_portable_kernel(count: int, kernels: str) -> None:
    for seed in range(count):
        layer = draw_any(seed)
        compiled = compile_model(parse_model(content(layer), "layer"), Target(kernels))
        portable = [step.kernel for step in compiled.steps if step.variant.startswith("portable")]
        assert bool(portable) <= is_left_to_portable_kernels(layer), f"{seed}: {layer.what}: {portable}"


def test_a_window_too_large_for_three_goes_by_one_and_nothing_else_is_slower() -> None:
    model = parse_model(wide_window(), "wide window")
    compiled = compile_model(model, Target("dsp"))
    assert [step.kernel for step in compiled.steps] == [
        "dsp conv_2d 10x4 one window one_sided",
        "dsp fully_connected one_sided per channel and 2 by bytes",
    ]
    assert compiled.plan.peak_bytes <= tflm_arena_bytes(model.main, "dsp")
    assert [str(layer).partition(",")[0] for layer in compiled.stepped_down] == ["layer 0 CONV_2D: dsp one window instead of dsp"]


def test_what_a_layer_lost_for_memory_is_said_where_firmware_is_made_and_where_a_model_is_inspected() -> None:
    model, board = parse_model(wide_window(), "wide window"), load_board("netduinoplus2")
    expected = "layer 0 CONV_2D: dsp one window instead of dsp"
    assert any(expected in note for note in get_runtime("aot").contribute([model], board).info.notes)
    assert any(expected in line for line in inspect(model, board).lines)


def sweep(count: int, board: str) -> Iterator[Pair]:
    layers = [draw_any(seed) for seed in range(count)]
    own, regular = ([*measure(some, load_board(board))] for some in (layers, [twin(layer) for layer in layers]))
    yield from (Pair(*both) for both in zip(own, regular, strict=True))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("count", "board"),
    [
        pytest.param(12, "netduinoplus2"),
        pytest.param(60, "netduinoplus2", marks=pytest.mark.nightly),
        *(pytest.param(500, board, marks=pytest.mark.nightly) for board in BOARDS),
    ],
)
def test_every_shape_costs_about_what_its_regular_neighbour_does(count: int, board: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with own_boards(monkeypatch):
        pairs = sorted(sweep(count, board), key=lambda pair: -pair.cliff)
    for pair in pairs[:WORST]:
        print(f"{pair.cliff:.2f} times its neighbour, {pair.random.per_mac:.2f} instructions a MAC: {pair.random.layer.what}")
    assert all(pair.random.equal and pair.regular.equal for pair in pairs)
    known = KNOWN_CLIFFS & {pair.random.layer.what for pair in pairs}
    assert {pair.random.layer.what for pair in pairs if pair.cliff > OF_ITS_NEIGHBOUR} == known
