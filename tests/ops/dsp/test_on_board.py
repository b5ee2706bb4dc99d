"""The same variants as the board runs them: the assembly, on an emulated Cortex-M4, against TFLM."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.ops.dsp.drawn import case
from tests.ops.dsp.residual import residual
from tests.ops.harness import Case
from tests.ops.on_board import check_on_board

pytestmark = pytest.mark.slow
MODELS = 24
"""In one firmware."""


def drawn(seed: int, kind: str) -> Case:
    return residual(seed) if kind == "CONV_2D into ADD" else case(seed, kind)


@pytest.mark.parametrize(
    "kind",
    [
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
        "CONV_2D into ADD",
    ],
)
def test_assembly_equals_tflm(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    check_on_board([drawn(seed, kind) for seed in range(MODELS)], "netduinoplus2", tmp_path / "project", monkeypatch)
