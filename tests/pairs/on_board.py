"""Pairs of operators in one firmware without the observer, on an emulated board, against TFLM's interpreter."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from mcu_toolkit.boards import Board, load_board
from mcu_toolkit.build import flash_project
from mcu_toolkit.device import Client, open_port
from mcu_toolkit.errors import McuError
from mcu_toolkit.firmware import generate_project
from mcu_toolkit.model import Model, parse_model
from mcu_toolkit.runners import DeviceRunner, TflmRunner
from mcu_toolkit.runtimes import get_runtime
from tests.compilers import compiled_with
from tests.emulated import STARVED, own_boards
from tests.ops.harness import golden_outputs
from tests.ops.on_board import add_flags
from tests.pairs.models import Pair

_SAMPLES = 2


@dataclass(frozen=True)
class Known:
    """A model that both take, its inputs, and TFLM's outputs."""

    pair: Pair
    model: Model
    inputs: list[npt.NDArray[Any]]
    golden: list[bytes]


@dataclass
class Outcome:
    """What one image of models showed."""

    equal: list[str] = field(default_factory=list)
    different: list[str] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)
    """The reason by model: TFLM or our compiler does not take it."""

    def __iadd__(self, other: Outcome) -> Outcome:
        self.equal += other.equal
        self.different += other.different
        self.refused |= other.refused
        return self


def check_pairs(
    pairs: Sequence[Pair], board_id: str, folder: Path, monkeypatch: pytest.MonkeyPatch, *, flags: Sequence[str] = (), compiler: str = "gcc"
) -> Outcome:
    """Build all of `pairs` that TFLM and the aot compiler take into one image, boot it once, and compare every output byte."""
    outcome, board = Outcome(), compiled_with(compiler, load_board(board_id))
    known = [one for one in (_known(number, pair, board, outcome) for number, pair in enumerate(pairs)) if one is not None]
    with own_boards(monkeypatch), ExitStack() as stack:
        project = generate_project([one.model for one in known], board, get_runtime("aot"), folder)
        add_flags(folder, flags)
        client = Client(open_port(flash_project(project, board), board.serial.baud), timing=STARVED)
        stack.callback(client.close)
        for number, one in enumerate(known):
            outputs = DeviceRunner(client, one.model, number).run([np.concatenate(one.inputs)]).outputs[0]
            is_equal = np.asarray(outputs).tobytes() == b"".join(one.golden)
            (outcome.equal if is_equal else outcome.different).append(one.pair.name)
    return outcome


def _known(number: int, pair: Pair, board: Board, outcome: Outcome) -> Known | None:
    model = parse_model(pair.content, f"pair {number}")
    try:
        refusals = get_runtime("aot").check(model, board)
        if refusals:
            own = f"{refusals[0].found}; expected {refusals[0].expected}"
            outcome.refused[pair.name] = f"{'aot' if _tflm_takes(model) else 'TFLM and aot'}: {own}"
            return None
        inputs = _inputs(model)
        golden = golden_outputs(pair.content, [[array] for array in inputs])
    except McuError as error:
        outcome.refused[pair.name] = f"aot: {error}"
        return None
    except RuntimeError as error:
        outcome.refused[pair.name] = f"TFLM: {error}"
        return None
    return Known(pair, model, inputs, [outputs[0].tobytes() for outputs in golden])


def _tflm_takes(model: Model) -> bool:
    """Asked in a process of its own: its checks of what we refuse abort."""
    try:
        with closing(TflmRunner(model)) as runner:
            runner.run([np.concatenate(_inputs(model))])
    except McuError:
        return False
    return True


def _inputs(model: Model) -> list[npt.NDArray[Any]]:
    """Random inputs over the whole range of small integers; floats and wide integers small enough for sums and casts to be defined."""
    random, tensor = np.random.default_rng(len(model.content)), model.inputs[0]
    dtype = tensor.dtype.numpy
    if dtype.kind == "f":
        return [(random.standard_normal(tensor.shape) * 3.0**power).astype(dtype) for power in range(_SAMPLES)]
    low, high = (
        (0, 2) if dtype.kind == "b" else (-(2**20), 2**20) if dtype.itemsize == 4 else (np.iinfo(dtype).min, np.iinfo(dtype).max + 1)
    )
    return [random.integers(low, high, tensor.shape).astype(dtype) for _ in range(_SAMPLES)]
