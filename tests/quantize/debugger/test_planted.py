"""On planted failures the debugger names the layer, and its remedy brings back most of what was lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from mcu_toolkit.quantize.debugger import explain_quantization
from tests.quantize.debugger.planted import plant

KINDS = ("one-scale", "outlier", "narrow")
RECOVERED = 0.8


def check(kind: str, seed: int, folder: Path) -> None:
    planted = plant(kind, seed, folder)
    found = explain_quantization(planted.model, planted.data, options=planted.options)
    assert (found.worst.name, found.remedy) == (planted.layer, planted.remedy), "\n".join(found.lines())
    repaired = explain_quantization(planted.model, planted.repaired_data, scheme=planted.scheme_of_remedy)
    assert repaired.losses.output_error <= (1 - RECOVERED) * found.losses.output_error


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", range(2))
def test_the_layer_is_named_and_the_remedy_works(kind: str, seed: int, tmp_path: Path) -> None:
    check(kind, seed, tmp_path)


@pytest.mark.nightly
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", range(2, 10))
def test_eight_more_variants_of_each(kind: str, seed: int, tmp_path: Path) -> None:
    check(kind, seed, tmp_path)
