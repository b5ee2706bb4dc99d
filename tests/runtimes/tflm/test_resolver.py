"""The generated resolver names exactly the operators in use, each in its smallest form."""

from __future__ import annotations

import re
from pathlib import Path

from mcu_toolkit.model import parse_model, read_model
from mcu_toolkit.model.schema import BUILTIN_OPERATORS
from mcu_toolkit.runtimes.tflm.library import open_library
from mcu_toolkit.runtimes.tflm.operators import BUILTINS, CUSTOM_METHODS
from mcu_toolkit.runtimes.tflm.resolver import registrations
from mcu_toolkit.runtimes.tflm.texts import model_texts
from tests.model_builder import ModelBuilder
from tests.ops.signal.front_end import front_end_model
from tests.runtimes.tflm.stub_library import write_library
from tests.shared_models import shared_model
from tests.small_models import addition, convolution, counter, fully_connected


def test_the_table_knows_only_operators_of_the_schema_and_each_method_once() -> None:
    assert set(BUILTINS) <= set(BUILTIN_OPERATORS)
    methods = [entry.method for entry in BUILTINS.values()]
    assert len(set(methods)) == len(methods)
    assert all(re.fullmatch(r"Add[A-Z]\w+", method) for method in methods)


def test_methods_that_do_not_follow_from_the_operators_name() -> None:
    expected = {"CUMSUM": "AddCumSum", "PADV2": "AddPadV2", "ADD_N": "AddAddN", "SVDF": "AddSvdf", "L2_POOL_2D": "AddL2Pool2D",
                "UNIDIRECTIONAL_SEQUENCE_LSTM": "AddUnidirectionalSequenceLSTM", "BATCH_MATMUL": "AddBatchMatMul",
                "SPACE_TO_BATCH_ND": "AddSpaceToBatchNd"}  # fmt: skip
    assert {name: BUILTINS[name].method for name in expected} == expected


def test_signal_operators_are_registered_by_their_own_methods(tmp_path: Path) -> None:
    """As micro_mutable_op_resolver.h has them: the model's name is not the method's, and PCAN keeps its capitals."""
    model = parse_model(front_end_model(streams=True), "front end")
    found = {one.key: one.method for one in registrations([model], open_library(str(write_library(tmp_path / "lib"))).facts)}
    expected = {"SignalFramer": "AddFramer", "SignalWindow": "AddWindow", "SignalFftAutoScale": "AddFftAutoScale", "SignalRfft": "AddRfft",
                "SignalEnergy": "AddEnergy", "SignalFilterBank": "AddFilterBank", "SignalFilterBankSquareRoot": "AddFilterBankSquareRoot",
                "SignalFilterBankSpectralSubtraction": "AddFilterBankSpectralSubtraction", "SignalPCAN": "AddPCAN",
                "SignalFilterBankLog": "AddFilterBankLog"}  # fmt: skip
    assert found == {"tflite::BuiltinOperator_RESHAPE": "AddReshape", **{f'"{name}"': method for name, method in expected.items()}}
    assert {CUSTOM_METHODS[name] for name in ("SignalStacker", "SignalIrfft", "SignalOverlapAdd", "SignalDelay")} == {
        "AddStacker", "AddIrfft", "AddOverlapAdd", "AddDelay"}  # fmt: skip
    assert model_texts([model])[0].has_state
    assert not model_texts([parse_model(front_end_model(streams=False).replace(b"Subtraction", b"Subtractiom"), "none")])[0].has_state


def test_every_operator_of_every_model_once_sorted(tmp_path: Path) -> None:
    models = [parse_model(content, "m") for content in (fully_connected(softmax=True), convolution(), addition(), convolution())]
    found = registrations(models, open_library(str(write_library(tmp_path / "lib"))).facts)
    assert [one.method for one in found] == ["AddAdd", "AddConv2D", "AddFullyConnected", "AddSoftmax"]


def test_operators_of_inner_graphs_count(tmp_path: Path) -> None:
    found = registrations([parse_model(counter(), "m")], open_library(str(write_library(tmp_path / "lib"))).facts)
    assert [one.operator for one in found] == ["ADD", "ASSIGN_VARIABLE", "CALL_ONCE", "READ_VARIABLE", "VAR_HANDLE"]


def test_the_int8_kernel_alone_is_registered_where_the_library_has_it_and_all_uses_are_int8(tmp_path: Path) -> None:
    facts = open_library(str(write_library(tmp_path / "lib"))).facts
    models = [parse_model(convolution(), "m"), parse_model(addition(), "n")]
    by_name = {one.operator: one for one in registrations(models, facts)}
    assert by_name["CONV_2D"].argument == "tflite::Register_CONV_2D_INT8()"
    assert by_name["CONV_2D"].header == "conv.h"
    assert by_name["ADD"].argument == ""  # this library declares no Register_ADD_INT8


def test_one_use_in_another_type_brings_all_kernels(tmp_path: Path) -> None:
    builder = ModelBuilder()
    x = builder.tensor([1, 4, 4, 1], "int16", 0.1, 0)
    weights = builder.tensor([2, 1, 1, 1], "int8", 0.1, 0, data=[[[[1]]], [[[2]]]])
    y = builder.tensor([1, 4, 4, 2], "int16", 0.1, 0)
    builder.op("CONV_2D", [x, weights], [y], padding="SAME", stride_w=1, stride_h=1, fused_activation_function="NONE")
    models = [parse_model(convolution(), "m"), parse_model(builder.build([x], [y]), "n")]
    [one] = registrations(models, open_library(str(write_library(tmp_path / "lib"))).facts)
    assert (one.method, one.argument) == ("AddConv2D", "")


def test_a_library_of_unknown_content_gets_its_default_kernels() -> None:
    [one] = registrations([parse_model(convolution(), "m")], None)
    assert (one.argument, one.header) == ("", "")


def test_the_public_models(tmp_path: Path) -> None:
    facts = open_library(str(write_library(tmp_path / "lib"))).facts
    model = read_model(shared_model("kws_ref_model"))
    methods = [one.method for one in registrations([model], facts)]
    assert methods == ["AddAveragePool2D", "AddConv2D", "AddDepthwiseConv2D", "AddFullyConnected", "AddReshape", "AddSoftmax"]
