"""Exports for a build system, and what a program of theirs must print."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from mcu_toolkit.boards import load_board
from mcu_toolkit.export_formats import export_format
from mcu_toolkit.firmware import export_folder
from mcu_toolkit.model import Model, parse_model
from mcu_toolkit.runners import TflmRunner
from mcu_toolkit.runtimes import get_runtime
from mcu_toolkit.runtimes.base import ExportForm
from tests import small_models

CONVOLUTION = parse_model(small_models.convolution(), "conv--x")
SVDF = parse_model(small_models.svdf(), "heard")
"""One without state and one with."""


def exported(models: Sequence[Model], format_name: str, folder: Path, board: str = "host") -> Path:
    """`folder`, with the code of `models` in that format."""
    return export_folder(models, load_board(board), get_runtime("aot"), folder, ExportForm(export_format(format_name))).folder


def assert_prints_what_tflm_computes(printed: str, models: Sequence[Model], prefixes: Sequence[str]) -> None:
    """An example's lines, `<prefix> output 0 [<element>] <stored> <real>`, hold TFLM's outputs for its input, and no others."""
    found: dict[str, list[int]] = {}
    for prefix, stored in re.findall(r"^(\w+) output 0 \[\d+\] (\S+) \S+$", printed, re.MULTILINE):
        found.setdefault(prefix, []).append(int(stored))
    expected = {}
    for model, prefix in zip(models, prefixes, strict=True):
        [tensor] = model.inputs
        ramp = (np.arange(tensor.elements) % 251 - 125).astype(np.int8).reshape(1, *tensor.shape[1:])
        runner = TflmRunner(model)
        try:
            expected[prefix] = runner.run([ramp]).outputs[0].reshape(-1).tolist()
        finally:
            runner.close()
    assert found == expected
    assert all(values for values in found.values())
