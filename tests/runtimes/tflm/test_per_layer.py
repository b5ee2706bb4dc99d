"""What the observer of the real library's interpreter is shown on the board, layer by layer, with either kind of kernels."""

from __future__ import annotations

import re
import time
import zlib
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Literal

import numpy as np
import pytest

from mcu_toolkit.boards import load_board
from mcu_toolkit.build import flash_project
from mcu_toolkit.device import open_port
from mcu_toolkit.model import Model, read_model
from mcu_toolkit.runners import TflmRunner
from tests.emulated import own_boards
from tests.runtimes.tflm.on_board import BOARD, generated, real_runtime
from tests.shared_models import shared_model
from tests.tflm_library import NEEDS_LIBRARY

pytestmark = [*NEEDS_LIBRARY, pytest.mark.slow, pytest.mark.timeout(3600)]
_PATIENCE_S = 60.0


@pytest.fixture(autouse=True)
def boards(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with own_boards(monkeypatch):
        yield


def on_board(model: Model, folder: Path, kernels: Literal["optimized", "reference"]) -> dict[int, int]:
    """CRC-32 by tensor, of an inference on the board."""
    project = generated(model, folder, real_runtime(kernels=kernels))
    (folder / "src/main.c").write_text((Path(__file__).parent / "per_layer_main.c").read_text())
    ini = folder / "platformio.ini"
    ini.write_text(ini.read_text().replace("build_src_flags =\n", "build_src_flags =\n    -DINFERENCE_OBSERVER=1\n"))
    port = flash_project(project, load_board(BOARD))
    received = b""
    deadline_s = time.monotonic() + _PATIENCE_S
    with closing(open_port(port, load_board(BOARD).serial.baud)) as link:
        while not (found := re.search(rb"begin\n((?: [0-9a-f ]+\n)*)end\n", received)):
            assert time.monotonic() < deadline_s, received[-200:]
            received += link.read(1.0)
    lines = [[int(word, 16) for word in line.split()] for line in found[1].decode().splitlines()]
    assert [layer for layer, _, _ in lines] == [op.index for op in model.main.ops for _ in op.outputs]
    return {tensor: crc for _, tensor, crc in lines}


def golden(model: Model) -> dict[int, int]:
    """The same by the golden interpreter."""
    [port] = model.inputs
    data = (np.arange(port.elements) * 37 % 251).astype(np.uint8).view(np.int8).reshape(1, *port.shape[1:])
    with closing(TflmRunner(model)) as runner:
        return {tensor: zlib.crc32(values.tobytes()) for tensor, values in runner.trace([data]).items()}


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
