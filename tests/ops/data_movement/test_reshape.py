from __future__ import annotations

from pathlib import Path

import pytest

from mcu_toolkit.model import parse_model
from mcu_toolkit.runners import AotHostRunner
from mcu_toolkit.runtimes.aot import Target, compile_model
from tests.model_builder import ModelBuilder
from tests.ops.harness import Case, check_batch, check_model, compile_library


def view(operator: str, shape: list[int], result: list[int], dtype: str = "int8", **options: object) -> Case:
    builder = ModelBuilder()
    scale = 0.5 if dtype == "int8" else None
    x, y = builder.tensor(shape, dtype, scale), builder.tensor(result, dtype, scale)
    inputs = [x]
    if operator == "RESHAPE":
        inputs.append(builder.tensor([len(result)], "int32", data=result))
    if operator == "EXPAND_DIMS":
        inputs.append(builder.tensor([1], "int32", data=[1]))
    builder.op(operator, inputs, [y], **options)
    return Case(builder.build([x], [y]), f"{operator} {shape} -> {result}")


def test_shapes_change_and_bytes_do_not() -> None:
    check_batch(
        [
            view("RESHAPE", [1, 4, 3, 2], [1, 24]),
            view("RESHAPE", [1, 24], [2, 3, 4]),
            view("RESHAPE", [1, 6], [1, 2, 3], dtype="float32"),
            view("SQUEEZE", [1, 1, 5, 1], [1, 5], squeeze_dims=[1, 3]),
            view("EXPAND_DIMS", [1, 5], [1, 1, 5]),
        ]
    )


def between_layers(*, also_an_output: bool) -> bytes:
    """x -> SOFTMAX -> a; a -> RESHAPE -> b; b + b -> c, which may take b's memory unless `a` is needed later."""
    builder = ModelBuilder()
    x = builder.tensor([1, 2, 6], "int8", 0.1, 4)
    a, b = builder.tensor([1, 2, 6], "int8", 1 / 256, -128), builder.tensor([1, 12], "int8", 1 / 256, -128)
    c = builder.tensor([1, 12], "int8", 1 / 100, -128)
    builder.op("SOFTMAX", [x], [a], beta=1.0)
    builder.op("RESHAPE", [a, builder.tensor([2], "int32", data=[1, 12])], [b])
    builder.op("ADD", [b, b], [c])
    return builder.build([x], [c, a] if also_an_output else [c])


@pytest.mark.parametrize(("also_an_output", "blocks"), [(False, 1), (True, 2)])
def test_a_tensor_that_is_read_later_is_not_overwritten_through_its_view(also_an_output: bool, blocks: int, tmp_path: Path) -> None:
    model = parse_model(between_layers(also_an_output=also_an_output), "views")
    runner = AotHostRunner(compile_library([model], tmp_path), model)
    check_model(runner, model, "views")
    arena_bytes = compile_model(model, Target()).plan.peak_bytes
    assert -(-arena_bytes // 16) == blocks
