"""Tests of a model on a board: copy this file beside your model, and run `pytest --mcu-board netduinoplus2 test_on_board.py`.

The plugin comes with the toolkit.  MODEL names another file than model.tflite.
"""

from __future__ import annotations

import os

import mcu_toolkit as mcu
from mcu_toolkit.pytest_plugin import BoardUnderTest

MODEL = os.environ.get("MODEL", "model.tflite")


def test_the_board_computes_what_tflm_does(mcu_board: BoardUnderTest) -> None:
    """Every byte of every output, of 50 random inputs."""
    assert mcu_board.verify(MODEL, random=50).passed


def test_the_firmware_stays_small(mcu_board: BoardUnderTest) -> None:
    """A limit that is exceeded is in the report, with its figures."""
    assert mcu_board.verify(MODEL, limits=mcu.Limits(most={"flash": 64 * 1024, "ram": 32 * 1024})).passed
