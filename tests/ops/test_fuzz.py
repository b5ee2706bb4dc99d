"""Random layers and networks in generated C, against TFLM: on this machine where undefined behaviour traps, and on emulated boards."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fuzzing import Fuzzing
from tests.ops import harness
from tests.ops.dsp import drawn as dsp
from tests.ops.dsp.residual import residual
from tests.ops.harness import Case, check_batch
from tests.ops.mve import drawn as mve
from tests.ops.on_board import check_on_board
from tests.ops.portable.chain import chain
from tests.ops.row_networks import every_model_with_a_group, network
from tests.ops.test_planted_bugs import KINDS

_LAYERS = 16
_DSP = ("CONV_2D", "CONV_2D int16", "DEPTHWISE_CONV_2D any window", "DEPTHWISE_CONV_2D any window int16", "FULLY_CONNECTED")
_BOARDS = ("mps3-an547", "netduinoplus2", "mps2-an385", "qemu-riscv32")


@pytest.mark.fuzz
def test_any_layers_and_networks_equal_tflm(fuzzing: Fuzzing, monkeypatch: pytest.MonkeyPatch) -> None:
    kinds = [kind() for kind in KINDS.values()]
    for seed in fuzzing.seeds():
        layers = [harness.drawn_case(1_000_003 * seed + number, kind) for number, kind in enumerate(kinds)]
        check_batch([*layers, chain(seed), residual(seed), network(seed)])
        by_rows = [network(seed + number) for number in range(_LAYERS)]
        with every_model_with_a_group(monkeypatch, lambda _: None):
            check_batch(by_rows)
        fuzzing.cases += len(layers) + 3 + len(by_rows)


@pytest.mark.fuzz
def test_any_layers_on_boards_equal_tflm(fuzzing: Fuzzing, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for seed in fuzzing.seeds():
        board_id = _BOARDS[seed % len(_BOARDS)]
        cases = [_layer(board_id, seed + number, number) for number in range(_LAYERS)]
        check_on_board(cases, board_id, tmp_path / f"{seed}", monkeypatch)
        fuzzing.cases += len(cases)


def _layer(board_id: str, seed: int, number: int) -> Case:
    if number % 8 == 7:
        return chain(seed)
    if board_id == "mps3-an547":
        return mve.case(seed, mve.KINDS[number % len(mve.KINDS)])
    return residual(seed) if number % 8 == 6 else dsp.case(seed, _DSP[number % len(_DSP)])
