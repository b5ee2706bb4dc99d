"""Everything that runs a model, behind one fixture; everything that generates firmware, behind another.

A new runner is a line in RUNNERS, a new runtime appears by itself: the suite then holds for it.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from _pytest.mark import ParameterSet

from mcu_toolkit.boards import load_board
from mcu_toolkit.build import build_host_library, flash_project
from mcu_toolkit.device import Client, open_port
from mcu_toolkit.firmware import export_sources, generate_project
from mcu_toolkit.model import Model
from mcu_toolkit.runners import AotHostRunner, DeviceRunner, LiteRtRunner, Runner, TflmRunner
from mcu_toolkit.runtimes import all_runtimes, get_runtime
from tests.emulated import STARVED, own_boards
from tests.tflm_library import NEEDS_LIBRARY

Start = Callable[[Model], Runner]


def runtime_params(prefix: str = "") -> list[ParameterSet]:
    """Every runtime as a parameter; TensorFlow Lite Micro carries its marker and is skipped where there is no library."""
    return [pytest.param(f"{prefix}{runtime.name}", marks=NEEDS_LIBRARY if runtime.name == "tflm" else ()) for runtime in all_runtimes()]


def board_client(stack: ExitStack, models: list[Model], runtime: str, folder: Path) -> Client:
    """Firmware with `models`, built and flashed to the board `host`, and a client that speaks to it."""
    board = load_board("host")
    project = generate_project(models, board, get_runtime(runtime), folder)
    client = Client(open_port(flash_project(project, board), board.serial.baud), timing=STARVED)
    stack.callback(client.close)
    return client


@pytest.fixture
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    with own_boards(monkeypatch):
        yield tmp_path


RUNNERS = ("tflm", "litert", "aot-host", *runtime_params("device-"))


@pytest.fixture(params=RUNNERS)
def start(request: pytest.FixtureRequest, work: Path) -> Iterator[Start]:
    """A function that makes the runner under test for a model; whatever it made is closed at the end."""
    numbers = itertools.count()
    with ExitStack() as stack:

        def make(model: Model) -> Runner:
            folder = work / str(next(numbers))
            runner: Runner
            if request.param == "tflm":
                runner = TflmRunner(model)
            elif request.param == "litert":
                runner = LiteRtRunner(model)
            elif request.param == "aot-host":
                export_sources([model], load_board("host"), get_runtime("aot"), folder)
                runner = AotHostRunner(build_host_library(folder, work / "model.so"), model)
            else:
                runner = DeviceRunner(board_client(stack, [model], request.param.removeprefix("device-"), folder), model)
            stack.callback(runner.close)
            return runner

        yield make
