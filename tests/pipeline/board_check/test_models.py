"""The probe firmware's models: the same everywhere, and they fit the smallest boards together."""

from __future__ import annotations

import hashlib

import pytest

from mcu_toolkit.boards import load_board
from mcu_toolkit.pipeline.board_check.graph import weights
from mcu_toolkit.pipeline.board_check.models import FLASH_READ, LONG_RUN, probe_models
from mcu_toolkit.pipeline.inspection.room import decide_together
from mcu_toolkit.runtimes import get_runtime


def test_weights_depend_on_their_name_alone_and_never_on_a_version_of_a_library() -> None:
    assert weights("a", (2, 3)).tolist() == [[-122, 126, 44], [-80, 79, 90]]
    assert hashlib.sha256(weights("conv_3x3 kernel 0", (16, 3, 3, 16)).tobytes()).hexdigest()[:16] == "dd3104a836f061c6"
    assert weights("a", (64,)).min() >= -127


def test_every_model_but_the_long_run_is_one_operator_and_each_has_a_name_of_its_own() -> None:
    models = probe_models(load_board("nano33ble"))
    assert len({model.name for model in models}) == len(models)
    assert {model.name for model in models if len(model.main.ops) > 1} == {LONG_RUN}
    assert {op.name for model in models for op in model.main.ops} >= {
        "CONV_2D",
        "DEPTHWISE_CONV_2D",
        "FULLY_CONNECTED",
        "SOFTMAX",
        "ADD",
        "SVDF",
    }


@pytest.mark.parametrize("board_id", ["microbit", "stm32vldiscovery"])
def test_all_of_them_fit_the_smallest_boards_in_one_firmware(board_id: str) -> None:
    board = load_board(board_id)
    models = probe_models(board)
    decision = decide_together(models, get_runtime("aot"), board)
    assert decision.fits, decision.why
    read = next(model for model in models if model.name == FLASH_READ)
    assert 8 * len(read.content) < 1.2 * board.flash.length_bytes
