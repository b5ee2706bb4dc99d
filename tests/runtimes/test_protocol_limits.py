"""A model that no board could be asked to run, because the protocol cannot say it, is refused by every runtime in words."""

from __future__ import annotations

import pytest

from mcu_toolkit.boards import load_board
from mcu_toolkit.model import Model, parse_model
from mcu_toolkit.runtimes import all_runtimes
from mcu_toolkit.runtimes.base import Runtime
from tests.model_builder import ModelBuilder


def adding_up(inputs: int) -> Model:
    """The sum of `inputs` inputs."""
    builder = ModelBuilder()
    given = [builder.tensor([1, 2], "int8", 0.1, 0, name=f"x{number}") for number in range(inputs)]
    total = builder.tensor([1, 2 * inputs], "int8", 0.1, 0, name="all")
    builder.op("CONCATENATION", given, [total], axis=1, fused_activation_function="NONE")
    return parse_model(builder.build(given, [total]), "many")


def taking_apart(outputs: int) -> Model:
    """`outputs` equal pieces of one input."""
    builder = ModelBuilder()
    x = builder.tensor([1, 2 * outputs], "int8", 0.1, 0, name="x")
    axis = builder.tensor([], "int32", data=[1], name="axis")
    pieces = [builder.tensor([1, 2], "int8", 0.1, 0, name=f"y{number}") for number in range(outputs)]
    builder.op("SPLIT", [axis, x], pieces, num_splits=outputs)
    return parse_model(builder.build([x], pieces), "many")


def relu(elements: int) -> Model:
    builder = ModelBuilder()
    x, y = (builder.tensor([1, elements], "int8", 0.1, 0, name=name) for name in "xy")
    builder.op("RELU", [x], [y])
    return parse_model(builder.build([x], [y]), "huge")


@pytest.fixture(params=all_runtimes(), ids=lambda runtime: runtime.name)
def runtime(request: pytest.FixtureRequest) -> Runtime:
    found: Runtime = request.param
    return found


def said(runtime: Runtime, model: Model) -> list[str]:
    return [str(finding) for finding in runtime.check(model, load_board("host")) if finding.where == "model"]


@pytest.mark.parametrize(("make", "role"), [(adding_up, "input"), (taking_apart, "output")])
def test_more_than_a_byte_can_count_is_refused_with_the_number(runtime: Runtime, make: object, role: str) -> None:
    assert callable(make)
    expected = (
        f"model: 256 {role}s; expected at most 255, which the protocol counts; join {role}s into one tensor, and convert the model again"
    )
    assert said(runtime, make(256)) == [expected]
    assert said(runtime, make(255)) == []


def test_more_bytes_than_an_offset_reaches_are_refused_with_the_number(runtime: Runtime) -> None:
    expected = "expected at most 16,777,216, which the protocol addresses; a smaller model"
    assert said(runtime, relu((1 << 24) + 1)) == [f"model: 16,777,217 bytes of {role}s; {expected}" for role in ("input", "output")]
    assert said(runtime, relu(1 << 24)) == []
