"""Whether an inference begins with the initial state is in the file, and every reader finds it there."""

from __future__ import annotations

from mcu_toolkit.model import has_state, kind_of, parse_model, remembers, resets_first, resetting
from tests.ops.recurrent.models import gru, lstm_model
from tests.small_models import addition, counter, svdf


def test_a_file_without_a_mark_keeps_its_state_as_tflm_does() -> None:
    model = parse_model(svdf(), "svdf")
    assert has_state(model)
    assert remembers(model)
    assert not resets_first(model)


def test_a_marked_file_does_not() -> None:
    model = parse_model(resetting(svdf()), "svdf")
    assert has_state(model)
    assert resets_first(model)
    assert not remembers(model)


def test_a_mark_on_a_model_without_state_changes_nothing() -> None:
    model = parse_model(resetting(addition()), "addition")
    assert not has_state(model)
    assert not remembers(model)


def test_a_mark_does_not_count_for_resource_variables_which_tflms_reset_leaves_alone() -> None:
    model = parse_model(resetting(counter()), "counter")
    assert remembers(model)
    assert not resets_first(model)


def test_cells_of_16_bits_do_not_make_a_model_of_int8_one_of_int16() -> None:
    assert kind_of(parse_model(lstm_model(), "lstm")).name == "int8"
    assert kind_of(parse_model(gru(), "gru")).name == "int8"
