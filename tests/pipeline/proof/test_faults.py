"""A firmware that crashes says where: the host names fault, function and layer."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from mcu_toolkit.boards import Board, load_board
from mcu_toolkit.build import flash_project
from mcu_toolkit.device import FirmwareFaultError, find_emulator
from mcu_toolkit.firmware import generate_project
from mcu_toolkit.model import Model, read_model
from mcu_toolkit.pipeline.proof.device import run_on_device
from mcu_toolkit.pipeline.proof.job import Job
from mcu_toolkit.pipeline.proof.verify import verify
from mcu_toolkit.pipeline.workspace.progress import Silent
from mcu_toolkit.pipeline.workspace.step_result import RunBrokenOffError
from mcu_toolkit.runtimes import get_runtime
from mcu_toolkit.validate import random_vectors
from tests.planted import FlashedImage, constants_of

pytestmark = pytest.mark.slow
UNDEFINED = {"cortex_m": b"\xff\xde" * 2, "riscv": b"\0" * 4}
"""UDF #255 twice (Armv7-M ARM, A7.7.194), and the illegal instruction of all zeros (RISC-V, 1.5)."""


def flashed(model: Model, board: Board, folder: Path) -> str:
    return flash_project(generate_project([model], board, get_runtime("aot"), folder / "project"), board)


def crash(model: Model, board: Board, port: str) -> FirmwareFaultError:
    with pytest.raises(FirmwareFaultError) as caught:
        run_on_device(model, random_vectors(model, 2, 0), board, port, Silent())
    return caught.value


@pytest.mark.parametrize(("board_id", "name"), [("netduinoplus2", "undefined instruction"), ("qemu-riscv32", "illegal instruction")])
def test_an_undefined_instruction_in_a_kernel_is_told_with_function_and_layer(
    digits_int8: Path, boards: Path, tmp_path: Path, board_id: str, name: str
) -> None:
    board, model = load_board(board_id), read_model(digits_int8)
    port = flashed(model, board, tmp_path)
    emulator = find_emulator(board_id)
    assert emulator is not None
    image = FlashedImage(emulator)
    # A function of the convolutions, whichever the compiler kept as one.
    place = next(place for place in constants_of(image.path, "conv_2d") if "_k_" not in place.symbol and "_layer_" not in place.symbol)
    image.overwrite((place.file_offset + 1) & ~1, UNDEFINED[board.core_family])
    fault = crash(model, board, port)
    text = str(fault)
    assert "CONV_2D" in model.main.ops[fault.fault.layer].name
    assert f"in layer {fault.fault.layer}" in text
    assert name in text
    assert place.symbol in text
    assert "mcu verify --per-layer" in text
    with pytest.raises(RunBrokenOffError) as broken:
        verify(Job(model, board, get_runtime("aot"), random_vectors(model, 2, 0), tmp_path / "out", port=port), Silent())
    assert f"{place.symbol} + " in broken.value.what, "what verify says of a run that broke off names the function too"


def test_a_stack_that_is_too_small_is_called_so(digits_int8: Path, boards: Path, tmp_path: Path) -> None:
    board = dataclasses.replace(load_board("netduinoplus2"), stack_bytes=160)
    model = read_model(digits_int8)
    fault = crash(model, board, flashed(model, board, tmp_path))
    assert "stack overflow" in str(fault)
    assert "raise stack_bytes" in str(fault)
