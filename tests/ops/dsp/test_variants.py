"""The variants for cores with the DSP extension, compiled for this machine (their C twins), against TFLM."""

from __future__ import annotations

import dataclasses

import pytest

from mcu_toolkit.boards import Board, load_board
from mcu_toolkit.model import parse_model
from mcu_toolkit.runtimes.aot.compiler import compile_model
from mcu_toolkit.runtimes.aot.ir.lowered_operator import LoweredOperator
from mcu_toolkit.runtimes.aot.ir.operator_view import OpView
from mcu_toolkit.runtimes.aot.ir.target import Target
from mcu_toolkit.runtimes.aot.ops.registry import all_operators, lower_layer, ways_of_layer
from mcu_toolkit.runtimes.aot.passes import kernel_choice as choosing
from tests.ops import harness
from tests.ops.convolution.test_conv_2d import convolution
from tests.ops.convolution.test_depthwise_conv_2d import depthwise
from tests.ops.dense.test_fully_connected import fully_connected
from tests.ops.dsp.drawn import case
from tests.ops.dsp.residual import residual
from tests.ops.elementwise.binary import binary
from tests.ops.elementwise.test_add_sub import sum_scale
from tests.ops.harness import check_batch, check_draws, draws

KINDS = (
    "CONV_2D",
    "CONV_2D with dead channels",
    "CONV_2D int16",
    "FULLY_CONNECTED int16",
    "DEPTHWISE_CONV_2D any window int16",
    "DEPTHWISE_CONV_2D",
    "DEPTHWISE_CONV_2D any window",
    "DEPTHWISE_CONV_2D any window large",
    "FULLY_CONNECTED",
    "FULLY_CONNECTED of many rows",
    "FULLY_CONNECTED of some channels",
)
TARGET = Target("dsp")


@pytest.fixture(autouse=True)
def dsp_kernels(monkeypatch: pytest.MonkeyPatch) -> None:
    """Libraries of the operators' harness use the dsp variants."""

    def host_with_dsp(name: str) -> Board:
        return dataclasses.replace(load_board(name), instruction_set="dsp")

    monkeypatch.setattr(harness, "load_board", host_with_dsp)


@pytest.mark.parametrize("kind", KINDS)
def test_layers_like_trained_ones_equal_tflm(kind: str) -> None:
    check_batch([case(seed, kind) for seed in range(24)])


@pytest.mark.parametrize("kind", KINDS)
def test_layers_like_trained_ones_do_not_fall_back(kind: str) -> None:
    variants = []
    for seed in range(40):
        model = parse_model(case(seed, kind).content, "drawn")
        variants.append(lower_layer(OpView(model.main, model.main.ops[0], model.graphs), TARGET)[0])
    assert variants.count("dsp") >= 36, variants


VARIANTS = (
    ("DEPTHWISE_CONV_2D", "dsp taps"),
    ("DEPTHWISE_CONV_2D any window", "dsp taps"),
    ("DEPTHWISE_CONV_2D large", "dsp channel-major 4 KB"),
    ("DEPTHWISE_CONV_2D large", "dsp channel-major 32 KB"),
    ("CONV_2D", "dsp one window"),
    ("CONV_2D", "dsp bytes"),
    ("CONV_2D", "dsp bytes apart"),
    ("FULLY_CONNECTED", "dsp bytes"),
    ("FULLY_CONNECTED of many rows", "dsp row by row"),
)
"""Ways that are not the default, and layers that can be done so."""


@pytest.mark.parametrize(("kind", "variant"), VARIANTS)
def test_layers_done_by_another_variant_equal_tflm(kind: str, variant: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def views(seed: int) -> OpView:
        model = parse_model(case(seed, kind).content, "drawn")
        return OpView(model.main, model.main.ops[0], model.graphs)

    def preferred(view: OpView, target: Target) -> tuple[str, LoweredOperator]:
        return next((way for way in ways_of_layer(view, target) if way[1].variant == variant), lower_layer(view, target))

    seeds = [seed for seed in range(48) if preferred(views(seed), TARGET)[1].variant == variant][:8]
    assert len(seeds) >= 6, "few layers can be done so"
    monkeypatch.setattr(choosing, "lower_layer", preferred)
    check_batch([case(seed, kind) for seed in seeds])


def test_every_other_variant_is_tried() -> None:
    offered = {
        (name, f"dsp {one.name}") for name, variants in all_operators().items() if "dsp" in variants for one in variants["dsp"].variants
    }
    assert offered == {(kind.split()[0], variant) for kind, variant in VARIANTS}


@draws
def test_any_layer_equals_tflm_whichever_variant_it_gets(draws: int) -> None:
    check_draws(draws, convolution("int8"), depthwise("int8"), fully_connected("int8"))


@draws
def test_any_layer_of_16_bits_equals_tflm(draws: int) -> None:
    check_draws(draws, convolution("int16"), depthwise("int16"), fully_connected("int16"))


@draws
def test_additions_equal_tflm(draws: int) -> None:
    check_draws(draws, binary("ADD", "int8", out_scale=sum_scale))


def test_convolutions_into_a_sum_equal_tflm() -> None:
    cases = [residual(seed) for seed in range(40)]
    merged = [any(step.merged for step in compile_model(parse_model(drawn.content, "drawn"), TARGET).steps) for drawn in cases]
    assert sum(merged) >= 15, "few layers were merged"
    check_batch(cases)
