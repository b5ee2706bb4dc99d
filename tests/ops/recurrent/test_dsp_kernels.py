"""Recurrent kernels for cores with the DSP extension, compiled for this machine (their C twins), against their golden."""

from __future__ import annotations

import dataclasses
from collections import Counter

import pytest

from mcu_toolkit.boards import Board, load_board
from mcu_toolkit.model import parse_model
from mcu_toolkit.runtimes.aot.ir.operator_view import OpView
from mcu_toolkit.runtimes.aot.ir.target import Target
from mcu_toolkit.runtimes.aot.ops.registry import lower_layer
from tests.ops import harness
from tests.ops.harness import Case, check_draws, drawn_cases
from tests.ops.recurrent.models import gru, simple_rnn
from tests.ops.recurrent.test_own_layers import layer
from tests.ops.recurrent.test_svdf import svdf
from tests.ops.recurrent.test_unidirectional_sequence_lstm import lstm

KINDS = {
    "lstm int8": lstm("int8"),
    "lstm int16": lstm("int16"),
    "svdf int8": svdf("int8"),
    "svdf int16": svdf("int16"),
    "gru": layer(gru, "gru"),
    "simple_rnn": layer(simple_rnn, "simple_rnn"),
}


@pytest.fixture
def dsp_kernels(monkeypatch: pytest.MonkeyPatch) -> None:
    """Libraries of the operators' harness use the kernels for DSP."""

    def host_with_dsp(name: str) -> Board:
        return dataclasses.replace(load_board(name), instruction_set="dsp")

    monkeypatch.setattr(harness, "load_board", host_with_dsp)


@pytest.mark.usefixtures("dsp_kernels")
@pytest.mark.parametrize("draws", [12, pytest.param(1008, marks=pytest.mark.nightly)])
@pytest.mark.parametrize("kind", KINDS)
def test_equals_the_golden(kind: str, draws: int) -> None:
    check_draws(draws, KINDS[kind])


def kernel_sets(cases: list[Case], target: Target) -> Counter[str]:
    models = [parse_model(case.content, "drawn") for case in cases]
    return Counter(lower_layer(OpView(model.main, model.main.ops[0], model.graphs), target)[0] for model in models)


@pytest.mark.parametrize("instruction_set", ["dsp", "mve"])
@pytest.mark.parametrize("kind", KINDS)
def test_layers_do_not_fall_back_to_the_portable_kernels(kind: str, instruction_set: str) -> None:
    found = kernel_sets(drawn_cases(30, KINDS[kind]), Target(instruction_set))
    assert found[instruction_set] >= 27, found
