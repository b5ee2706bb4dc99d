"""Which operators of a float and an integer model belong together, and which models have none that can be compared."""

from __future__ import annotations

import pytest

from mcu_toolkit.errors import UnsupportedModelError
from mcu_toolkit.model import Model, parse_model
from mcu_toolkit.quantize.debugger.pairs import pair_operators
from tests import small_models
from tests.ops.recurrent.models import gru, lstm_model


@pytest.mark.parametrize(
    ("content", "named"),
    [
        (gru(), "MCU_GRU"),
        (lstm_model(), "UNIDIRECTIONAL_SEQUENCE_LSTM"),
        (small_models.counter(), "CALL_ONCE, VAR_HANDLE, READ_VARIABLE, ASSIGN_VARIABLE"),
    ],
    ids=["GRU", "LSTM", "variables"],
)
def test_layers_with_state_are_refused_by_their_names(content: bytes, named: str) -> None:
    model: Model = parse_model(content, "m")
    with pytest.raises(UnsupportedModelError) as error:
        pair_operators(model, model)
    assert error.value.what == f"has layers with state or loops: {named}"
    assert "mcu validate --keras" in (error.value.hint or "")
