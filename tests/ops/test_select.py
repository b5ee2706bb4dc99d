"""TFLM does not have it: LiteRT's reference kernels are the golden."""

from __future__ import annotations

import numpy as np
import pytest

from mcu_toolkit.errors import UnsupportedModelError
from mcu_toolkit.model import parse_model
from mcu_toolkit.runtimes.aot import Target, compile_model
from tests.model_builder import ModelBuilder
from tests.ops.harness import Case, by_litert, check_draws, draws
from tests.ops.moving import drawn, shape_of, tensor


def selected(shape: list[int], condition: list[int], dtype: str) -> bytes:
    builder = ModelBuilder()
    inputs = [builder.tensor(condition, "bool"), tensor(builder, shape, dtype), tensor(builder, shape, dtype)]
    y = tensor(builder, shape, dtype)
    builder.op("SELECT", inputs, [y])
    return builder.build(inputs, [y])


def select(random: np.random.Generator, dtype: str) -> Case:
    shape = shape_of(random)
    return Case(selected(shape, shape, dtype), f"{dtype} {shape}")


@draws
def test_equals_litert(draws: int) -> None:
    check_draws(draws, *by_litert(drawn(select, "int8", "int16", "float32", "int32", "int64", "bool")), rows=["SELECT"])


def test_a_condition_for_whole_rows_is_refused() -> None:
    """LiteRT's own meaning of it, by the first dimension, is not that of SELECT_V2."""
    with pytest.raises(UnsupportedModelError, match="SELECT"):
        compile_model(parse_model(selected([3, 4], [3], "int8"), "rows"), Target())
