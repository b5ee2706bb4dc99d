"""The reference refuses operators that only have the names of the toolkit's own."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from mcu_toolkit.errors import UnsupportedModelError
from mcu_toolkit.model import parse_model
from mcu_toolkit.model.own_operators import GRU, SIMPLE_RNN, RecurrentOptions
from mcu_toolkit.runners.reference.runner import ReferenceRunner
from tests.model_builder import ModelBuilder
from tests.ops.recurrent.models import gru

OPTIONS = RecurrentOptions().encoded()


def with_inputs(name: str, count: int) -> bytes:
    builder = ModelBuilder()
    x = builder.tensor([1, 2, 3], "int8", 0.03)
    y = builder.tensor([1, 2, 3], "int8", 0.01)
    builder.op(name, [x] * count, [y], custom_options=OPTIONS)
    return builder.build([x], [y])


def simple_rnn(
    *, units: int = 3, kernel: Sequence[int] = (3, 3), constant: bool = True, variable: bool = True, given: bool = True, early: bool = False
) -> bytes:
    """One with a fault, or none."""
    builder = ModelBuilder()
    x = builder.tensor([1, 2, 3], "int8", 0.03, data=None if given else [[[1] * 3] * 2], name="x")
    data = [[1] * kernel[1]] * kernel[0] if constant else None
    weights = builder.tensor(list(kernel), "int8", 0.01, data=data, name="kernel")
    recurrent = builder.tensor([units, units], "int8", 0.01, data=[[1] * units] * units, name="recurrent")
    bias = builder.tensor([units], "int32", 0.001, data=[1] * units, name="bias")
    state = builder.tensor([1, units], "int8", 1 / 128, is_variable=variable, name="state")
    y = builder.tensor([1, 2, units], "int8", 1 / 128, name="y")
    made = builder.tensor([1, 2, 3], "int8", 0.03, name="made")
    builder.op(SIMPLE_RNN, [made if early else x, weights, recurrent, bias, state], [y], custom_options=OPTIONS)
    builder.op("RELU", [x], [made])
    return builder.build([x] if given else [], [y, made])


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (with_inputs(GRU, 1), "1 inputs and 1 outputs"),
        (with_inputs(SIMPLE_RNN, 1), "1 inputs and 1 outputs"),
        (with_inputs(SIMPLE_RNN, 5), "a tensor is INT8"),
        (simple_rnn(constant=False), "a parameter is computed while the model runs"),
        (simple_rnn(variable=False), "a state that is no variable"),
        (simple_rnn(kernel=(2, 3)), "tensor 1 'kernel'"),
        (simple_rnn(given=False), "its input is a constant"),
        (simple_rnn(early=True), "op 0"),
        (gru(y_scale=2.0**-60), "a factor of 2^"),
    ],
    ids=["gru, one input", "one input", "types", "weights", "state", "shape", "constant input", "order", "scale"],
)
def test_what_is_no_such_operator_is_refused_with_the_reason(content: bytes, found: str) -> None:
    with pytest.raises(UnsupportedModelError) as caught:
        ReferenceRunner(parse_model(content, "model"))
    assert found in caught.value.what
