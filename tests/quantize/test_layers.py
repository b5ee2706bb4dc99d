"""Layers are found by their Keras name, by the name of the operator they became, and by its parts."""

from __future__ import annotations

from pathlib import Path

import pytest

from mcu_toolkit.errors import InputError, UnknownNameError
from mcu_toolkit.model import Model, parse_model
from mcu_toolkit.quantize.layers import LayerScheme, check_layers_exist, names_of, parse_layer_schemes, place_of, scheme_for
from mcu_toolkit.quantize.source import SourceModel
from tests.model_builder import ModelBuilder

KERAS = SourceModel(Path("m.keras"), Path("unused"), (), ("conv", "norm", "act", "classes"), "classes")
TFLITE = SourceModel(Path("m.tflite"), Path("m.tflite"), ())


def model(result: str = "net_1/act_1/Relu;net_1/norm_1/add;net_1/conv_1/Conv2D", weights: str = "net_1/conv_1/Conv2D1") -> Model:
    builder = ModelBuilder()
    x, y = builder.tensor([1, 4], "float32", name="x"), builder.tensor([1, 2], "float32", name=result)
    w = builder.tensor([2, 4], "float32", data=[[1.0, 2, 3, 4], [5, 6, 7, 8]], name=weights)
    builder.op("FULLY_CONNECTED", [x, w, -1], [y], fused_activation_function="NONE")
    return parse_model(builder.build([x], [y]), "m")


def names(model: Model, source: SourceModel = KERAS) -> tuple[str, ...]:
    return names_of(model.main, model.main.ops[0], source)


def test_layers_that_became_one_operator_all_name_it() -> None:
    assert names(model())[:3] == ("act", "norm", "conv")
    assert place_of(model().main, model().main.ops[0], KERAS) == "layer 'act'"
    for layer in ("act", "conv", "net_1/act_1/Relu", "net_1/conv_1/Conv2D"):
        assert scheme_for(model().main, model().main.ops[0], KERAS, [LayerScheme(layer, "float32")]) == "float32"


def test_the_models_output_is_told_by_its_weights_or_as_the_last_layer() -> None:
    assert names(model("StatefulPartitionedCall:0", "net_1/norm_1/MatMul"))[0] == "norm"
    assert names(model("StatefulPartitionedCall:0", "arith.constant"))[0] == "classes"


def test_without_keras_the_tensors_name_serves() -> None:
    assert names(model("dense/Relu;dense/MatMul"), TFLITE) == ("dense/Relu;dense/MatMul", "dense/Relu", "dense/MatMul")
    assert place_of(model("dense/Relu;b").main, model().main.ops[0], TFLITE) == "'dense/Relu'"


def test_two_schemes_for_one_operator_are_refused() -> None:
    chosen = [LayerScheme("act", "float32"), LayerScheme("conv", "int16x8")]
    with pytest.raises(InputError, match="these layers became one operator, FULLY_CONNECTED: act=float32, conv=int16x8"):
        scheme_for(model().main, model().main.ops[0], KERAS, chosen)


def test_a_layer_without_an_operator_gets_the_names_there_are() -> None:
    with pytest.raises(UnknownNameError, match=r"'comv'\n  expected: one of conv"):
        check_layers_exist(model().main, KERAS, [LayerScheme("comv", "int8")])
    with pytest.raises(UnknownNameError, match="one of act, conv, norm"):
        check_layers_exist(model().main, KERAS, [LayerScheme("classes", "int8")])


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("conv", "--layer-scheme conv\n  expected: LAYER=SCHEME"),
        ("=int8", "--layer-scheme =int8\n  expected: LAYER=SCHEME"),
        ("conv=int16", "unknown scheme of a layer 'int16'\n  expected: one of int16x8"),
        ("kept=int8", "the layer 'kept' is given twice"),
    ],
)
def test_other_forms_are_refused(given: str, message: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_layer_schemes(["kept"], [given])
    assert message in str(caught.value)


def test_a_layers_name_may_hold_an_equals_sign() -> None:
    assert parse_layer_schemes([], ["a=b=int8"]) == (LayerScheme("a=b", "int8"),)
