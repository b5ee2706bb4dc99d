"""On planted failures the debugger names the layer, and its remedy brings back most of what was lost."""

from __future__ import annotations

import importlib.util
from dataclasses import replace
from pathlib import Path

import pytest

from mcu_toolkit.quantize.debugger import Explanation, explain_quantization
from tests.quantize.debugger.planted import Planted, plant

KINDS = ("one-scale", "outlier", "narrow")
KINDS_OF_LAYERS = ("outlier", "wide-weights")
"""Their remedy treats single layers."""
RECOVERED = 0.8
has_extra = importlib.util.find_spec("ai_edge_quantizer") is not None
needs_extra = pytest.mark.skipif(not has_extra, reason="the extra 'mixed' is not installed")


def explained(planted: Planted) -> Explanation:
    """What is said about the spoilt model, whose layer, remedy and treated layers the debugger must name."""
    found = explain_quantization(planted.model, planted.data, options=planted.options)
    assert (found.worst.name, found.remedy) == (planted.layer, planted.remedy), "\n".join(found.lines())
    assert tuple(map(str, found.layer_schemes)) == planted.layers
    return found


def check(kind: str, seed: int, folder: Path) -> None:
    """The remedy for the whole model."""
    planted = plant(kind, seed, folder)
    found = explained(planted)
    repaired = explain_quantization(planted.model, planted.repaired_data, scheme=planted.scheme_of_remedy)
    report(kind, seed, found.losses.output_error, repaired.losses.output_error)


def check_layers(kind: str, seed: int, folder: Path) -> None:
    """The remedy for single layers, as the command of `mcu explain` carries it out."""
    planted = plant(kind, seed, folder)
    found = explained(planted)
    options = replace(planted.options, layer_schemes=found.layer_schemes)
    repaired = explain_quantization(planted.model, planted.data, scheme=found.scheme, options=options)
    report(f"{kind}, layers", seed, found.losses.output_error, repaired.losses.output_error)


def report(kind: str, seed: int, lost: float, left: float) -> None:
    """`pytest -s` shows the table of docs/how-to/quantization.md."""
    print(f"{kind:20} {seed:2}  lost {lost:.3e}  left {left:.3e}  recovered {100 * (1 - left / lost):.2f} %")
    assert left <= (1 - RECOVERED) * lost


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_the_layer_is_named_and_the_remedy_works(kind: str, tmp_path: Path) -> None:
    check(kind, 0, tmp_path)


@pytest.mark.nightly
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", range(1, 10))
def test_nine_more_variants_of_each(kind: str, seed: int, tmp_path: Path) -> None:
    check(kind, seed, tmp_path)


@needs_extra
@pytest.mark.nightly
@pytest.mark.parametrize("kind", KINDS_OF_LAYERS)
@pytest.mark.parametrize("seed", range(10))
def test_treating_only_the_layers_that_are_named_works_too(kind: str, seed: int, tmp_path: Path) -> None:
    check_layers(kind, seed, tmp_path)
