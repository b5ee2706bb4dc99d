"""RESIZE_BILINEAR and RESIZE_NEAREST_NEIGHBOR."""

from __future__ import annotations

import pytest

from mcu_toolkit.errors import UnsupportedModelError
from mcu_toolkit.model import parse_model
from mcu_toolkit.runtimes.aot import Target, compile_model
from tests.model_builder import ModelBuilder
from tests.ops.data_movement.drawn import numbers
from tests.ops.harness import by_litert, check_draws, draws
from tests.ops.resize.resizing import FEATURES, resize


@draws
def test_resize_bilinear_equals_tflm(draws: int) -> None:
    check_draws(draws, *resize("RESIZE_BILINEAR", "int8", "float32", both_flags=False), covering=FEATURES, rows=["RESIZE_BILINEAR"])


def test_a_factor_that_leads_beyond_the_input_is_refused() -> None:
    """1 row to 70: the factor 14.63 / 1024 is rounded to 15, and row 69 would be made of input row 1."""
    builder = ModelBuilder()
    x, y = builder.tensor([1, 1, 1, 1], "int8", 0.1), builder.tensor([1, 70, 1, 1], "int8", 0.1)
    builder.op("RESIZE_BILINEAR", [x, numbers(builder, [70, 1])], [y])
    with pytest.raises(UnsupportedModelError, match="1 to 70"):
        compile_model(parse_model(builder.build([x], [y]), "odd"), Target())


@draws
def test_what_tflm_does_not_have_equals_litert(draws: int) -> None:
    check_draws(draws, *by_litert(resize("RESIZE_BILINEAR", "int16", both_flags=False)))


@draws
def test_resize_nearest_neighbor_equals_tflm(draws: int) -> None:
    cases = resize("RESIZE_NEAREST_NEIGHBOR", "int8", "int16", "float32", both_flags=True)
    check_draws(draws, *cases, covering=[*FEATURES, "both flags"], rows=["RESIZE_NEAREST_NEIGHBOR"])
