"""The variants for cores with Helium on an emulated Cortex-M55, against TFLM; there is no other machine that runs them."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from mcu_toolkit.model import parse_model
from mcu_toolkit.runtimes.aot.ir.lowered_operator import LoweredOperator
from mcu_toolkit.runtimes.aot.ir.operator_view import OpView
from mcu_toolkit.runtimes.aot.ir.target import Target
from mcu_toolkit.runtimes.aot.ops.registry import all_operators, lower_layer, ways_of_layer
from mcu_toolkit.runtimes.aot.passes import kernel_choice as choosing
from tests.ops.harness import Case
from tests.ops.mve.drawn import KINDS, addition, case
from tests.ops.on_board import check_on_board
from tests.shared_models import shared_model

BOARD = "mps3-an547"
MODELS = 32
"""In one firmware."""
VARIANTS = (
    ("DEPTHWISE_CONV_2D", "mve rows"),
    ("DEPTHWISE_CONV_2D large", "mve 16 KB"),
    ("DEPTHWISE_CONV_2D large", "mve 1 band"),
    ("CONV_2D", "mve windows apart"),
    ("CONV_2D", "mve row by row"),
    ("FULLY_CONNECTED", "mve row by row"),
)
"""Ways that are not the default, and layers that can be done so."""
SEEDS = [0, *(pytest.param(seed, marks=pytest.mark.nightly) for seed in range(1, 20))]


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("kind", KINDS)
def test_equals_tflm(kind: str, seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    check_on_board([case(MODELS * seed + i, kind) for i in range(MODELS)], BOARD, tmp_path / "project", monkeypatch)


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "variant"), VARIANTS)
def test_layers_done_by_another_variant_equal_tflm(kind: str, variant: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def preferred(view: OpView, target: Target) -> tuple[str, LoweredOperator]:
        return next((way for way in ways_of_layer(view, target) if way[1].variant == variant), lower_layer(view, target))

    drawn = (case(seed, kind) for seed in range(4 * MODELS))
    offered = list(itertools.islice((one for one in drawn if preferred(_view(one), Target("mve"))[1].variant == variant), 8))
    assert len(offered) == 8, "few layers can be done so"
    monkeypatch.setattr(choosing, "lower_layer", preferred)
    check_on_board(offered, BOARD, tmp_path / "project", monkeypatch)


def test_every_other_variant_is_tried() -> None:
    offered = {(name, f"mve {one.name}") for name, ways in all_operators().items() if "mve" in ways for one in ways["mve"].variants}
    assert offered == {(kind.split()[0], variant) for kind, variant in VARIANTS}


@pytest.mark.slow
def test_twins_in_c_equal_tflm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cases = [case(i, kind) for kind in ("CONV_2D", "FULLY_CONNECTED") for i in range(12)]
    check_on_board(cases, BOARD, tmp_path / "project", monkeypatch, flags=["-DAOT_MVE_PLAIN"], samples=1)


@pytest.mark.slow
def test_additions_equal_tflm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cases = [addition(seed) for seed in range(MODELS)]
    assert [_variant(one) for one in cases].count("mve") >= MODELS - 4
    check_on_board(cases, BOARD, tmp_path / "project", monkeypatch)


@pytest.mark.slow
def test_factors_of_one_and_more_fall_back_and_equal_tflm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cases = [case(seed, kind, loudness=4096.0) for kind in KINDS for seed in range(6)]
    assert "mve" not in [_variant(one) for one in cases]
    check_on_board(cases, BOARD, tmp_path / "project", monkeypatch, samples=1)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["ad01_int8", "kws_ref_model", "micro_speech_quantized", "pretrainedResnet_quant", "vww_96_int8"])
def test_public_models_equal_tflm(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    check_on_board([Case(shared_model(name).read_bytes(), name)], BOARD, tmp_path / "project", monkeypatch, samples=1)


@pytest.mark.parametrize("kind", KINDS)
def test_layers_like_trained_ones_do_not_fall_back(kind: str) -> None:
    variants = [_variant(case(seed, kind)) for seed in range(40)]
    assert variants.count("mve") >= 36, variants


def _view(one: Case) -> OpView:
    model = parse_model(one.content, "drawn")
    return OpView(model.main, model.main.ops[0], model.graphs)


def _variant(one: Case) -> str:
    return lower_layer(_view(one), Target("mve"))[0]
