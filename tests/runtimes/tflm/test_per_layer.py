"""What the observer of the real library's interpreter is shown on the board, layer by layer, with either kind of kernels."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt
import pytest

from mcu_toolkit.boards import load_board
from mcu_toolkit.build import flash_project
from mcu_toolkit.firmware import Extras, generate_project
from mcu_toolkit.model import Model, read_model
from mcu_toolkit.pipeline.proof import device
from mcu_toolkit.pipeline.workspace.progress import Silent
from mcu_toolkit.protocol.ids import NO_LAYER
from mcu_toolkit.runners import TflmRunner
from tests.emulated import own_boards
from tests.runtimes.tflm.on_board import BOARD, real_runtime
from tests.shared_models import shared_model
from tests.tflm_library import NEEDS_LIBRARY

pytestmark = [*NEEDS_LIBRARY, pytest.mark.slow, pytest.mark.timeout(3600)]


@pytest.fixture(autouse=True)
def boards(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with own_boards(monkeypatch):
        yield


def sample(model: Model) -> npt.NDArray[np.int8]:
    """One input, of all values."""
    [port] = model.inputs
    return (np.arange(port.elements) * 37 % 251).astype(np.uint8).view(np.int8).reshape(1, *port.shape[1:])


def on_board(model: Model, folder: Path, kernels: Literal["optimized", "reference"]) -> dict[int, int]:
    """CRC-32 by tensor, of an inference on the board."""
    board = load_board(BOARD)
    project = generate_project([model], board, real_runtime(kernels=kernels), folder, Extras(observer=True))
    with device.runner_on(model, board, flash_project(project, board), Silent()) as runner:
        _, [records] = runner.observe([sample(model)])
    made = [one for one in records if one.layer != NO_LAYER]
    assert [one.layer for one in made] == [op.index for op in model.main.ops for _ in op.outputs]
    return {one.tensor: one.crc32 for one in made}


def golden(model: Model) -> dict[int, int]:
    """The same by the golden interpreter."""
    with closing(TflmRunner(model)) as runner:
        return {tensor: zlib.crc32(values.tobytes()) for tensor, values in runner.trace([sample(model)]).items()}


@pytest.mark.parametrize("kernels", ["optimized", "reference"])
@pytest.mark.parametrize("name", ["kws_ref_model", "pretrainedResnet_quant", "ad01_int8"])
def test_every_layer_equals_the_golden_interpreters(name: str, kernels: Literal["optimized", "reference"], tmp_path: Path) -> None:
    facts = real_runtime().library_for(load_board(BOARD)).facts
    assert facts is not None
    if kernels == "reference" and not facts.has_reference_twins:
        pytest.skip(f"this library has {facts.kernels} kernels only")
    model = read_model(shared_model(name))
    expected = golden(model)
    assert len(expected) >= len(model.main.ops)
    assert on_board(model, tmp_path / "p", kernels) == expected
