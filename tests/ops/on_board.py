"""Many small models in one firmware on an emulated board, against TFLM."""

from __future__ import annotations

from collections.abc import Sequence
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
from tests.emulated import STARVED, own_boards
from tests.ops.harness import Case, golden_outputs, samples_for


def add_flags(project: Path, flags: Sequence[str]) -> None:
    """More for the compiler in a project's platformio.ini, behind what is there: the last -O counts."""
    options = project / "platformio.ini"
    text = options.read_text()
    more = "".join(f"    {flag}\n" for flag in flags)
    # For the linker behind the last of build_flags, and for the sources once more: there build_unflags takes -Os away.
    for place in ("    -Wl,--gc-sections\n", "build_src_flags =\n    -std=c99\n"):
        assert text.count(place) == 1, place
        text = text.replace(place, place + more)
    options.write_text(text)


def check_on_board(
    cases: Sequence[Case], board_id: str, folder: Path, monkeypatch: pytest.MonkeyPatch, *, flags: Sequence[str] = (), samples: int = 3
) -> None:
    """Assert equal bytes for `samples` random inputs and the two extremes of each case; `flags`: more for the compiler."""
    models = [parse_model(one.content, f"case {number}") for number, one in enumerate(cases)]
    board = load_board(board_id)
    with own_boards(monkeypatch), ExitStack() as stack:
        project = generate_project(models, board, get_runtime("aot"), folder)
        add_flags(folder, flags)
        client = Client(open_port(flash_project(project, board), board.serial.baud), timing=STARVED)
        stack.callback(client.close)
        for number, (model, one) in enumerate(zip(models, cases, strict=True)):
            inputs = [sample for sample in samples_for(model, count=samples) if sample[0].shape[0] == 1 or model.inputs[0].shape[0] > 1]
            runner = DeviceRunner(client, model, number)
            for sample, expected in zip(inputs, golden_outputs(model.content, inputs), strict=True):
                arrays = [array if array.shape[0] == 1 else array[None] for array in sample]
                result = runner.run(arrays).outputs[0]
                assert np.asarray(result).tobytes() == expected[0].tobytes(), one.what
