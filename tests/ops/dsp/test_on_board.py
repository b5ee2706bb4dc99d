"""The same variants as the board runs them: the assembly, on an emulated Cortex-M4, against TFLM."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pytest

from mcu_toolkit.boards import load_board
from mcu_toolkit.build import flash_project
from mcu_toolkit.device import Client, open_port
from mcu_toolkit.firmware import generate_project
from mcu_toolkit.model import parse_model
from mcu_toolkit.runners import DeviceRunner
from mcu_toolkit.runtimes import get_runtime
from tests.emulated import own_boards
from tests.ops.dsp.drawn import case
from tests.ops.dsp.residual import residual
from tests.ops.harness import Case, golden_outputs, samples_for

pytestmark = pytest.mark.slow
MODELS = 24
"""In one firmware."""


def drawn(seed: int, kind: str) -> Case:
    return residual(seed) if kind == "CONV_2D into ADD" else case(seed, kind)


@pytest.mark.parametrize(
    "kind",
    [
        "CONV_2D",
        "CONV_2D int16",
        "FULLY_CONNECTED int16",
        "DEPTHWISE_CONV_2D any window int16",
        "DEPTHWISE_CONV_2D",
        "DEPTHWISE_CONV_2D any window",
        "FULLY_CONNECTED",
        "CONV_2D into ADD",
    ],
)
def test_assembly_equals_tflm(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cases = [drawn(seed, kind) for seed in range(MODELS)]
    models = [parse_model(one.content, f"case {number}") for number, one in enumerate(cases)]
    board = load_board("netduinoplus2")
    with own_boards(monkeypatch), ExitStack() as stack:
        project = generate_project(models, board, get_runtime("aot"), tmp_path / "project")
        client = Client(open_port(flash_project(project, board), board.serial.baud))
        stack.callback(client.close)
        for number, (model, one) in enumerate(zip(models, cases, strict=True)):
            samples = [sample for sample in samples_for(model, count=3) if sample[0].shape[0] == 1 or model.inputs[0].shape[0] > 1]
            runner = DeviceRunner(client, model, number)
            for sample, expected in zip(samples, golden_outputs(model.content, samples), strict=True):
                array = sample[0] if sample[0].shape[0] == 1 else sample[0][None]
                result = runner.run([array]).outputs[0]
                assert np.asarray(result).tobytes() == expected[0].tobytes(), one.what
