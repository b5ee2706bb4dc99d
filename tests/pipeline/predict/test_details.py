"""The details are what the interpreter itself says."""

from __future__ import annotations

import numpy as np
import pytest

from mcu_toolkit.model import parse_model
from mcu_toolkit.pipeline.predict.details import detail_lines, details_of, details_of_keras
from mcu_toolkit.pipeline.predict.records import TensorDetails
from mcu_toolkit.runners.keras_interface import KerasInterface, KerasPort
from tests import small_models
from tests.model_builder import ModelBuilder

MODELS = {
    "int8": small_models.fully_connected(softmax=True),
    "image": small_models.convolution(),
    "float": small_models.counter(),
    "two inputs": small_models.addition(),
}


@pytest.mark.parametrize("name", MODELS)
def test_they_are_those_of_the_interpreter(name: str) -> None:
    litert = pytest.importorskip("ai_edge_litert.interpreter", reason="LiteRT is not installed")
    interpreter = litert.Interpreter(model_content=MODELS[name])
    found = details_of(parse_model(MODELS[name], "m"))
    for ours, theirs in ((found.inputs, interpreter.get_input_details()), (found.outputs, interpreter.get_output_details())):
        assert len(ours) == len(theirs)
        for one, other in zip(ours, theirs, strict=True):
            assert (one.name, one.index) == (other["name"], other["index"])
            assert (one.shape, one.shape_signature) == (tuple(other["shape"]), tuple(other["shape_signature"]))
            assert np.dtype(one.dtype) == other["dtype"]
            assert (one.scale, one.zero_point) == other["quantization"]
            parameters = other["quantization_parameters"]
            assert one.scales == tuple(parameters["scales"])
            assert one.zero_points == tuple(parameters["zero_points"])
            assert one.quantized_dimension == parameters["quantized_dimension"]


def test_open_dimensions_and_scales_by_channel_are_shown() -> None:
    builder = ModelBuilder()
    x = builder.tensor([1, 2, 12], "int8", scales=[0.5] * 12, axis=2, name="x", shape_signature=[-1, 2, 12])
    y = builder.tensor([1, 2, 12], "float32", name="y")
    builder.op("DEQUANTIZE", [x], [y])
    details = details_of(parse_model(builder.build([x], [y]), "m"))
    assert details.inputs[0] == TensorDetails("x", 0, (1, 2, 12), (-1, 2, 12), "int8", 0.0, 0, (0.5,) * 12, (0,) * 12, 2)
    assert detail_lines(details) == [
        "input 0: x",
        "  index 0, int8, shape [1, 2, 12], shape signature [-1, 2, 12]",
        "  12 scales along dimension 2: 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, ...; zero points 0, 0, 0, 0, 0, 0, 0, 0, ...",
        "output 0: y",
        "  index 1, float32, shape [1, 2, 12], shape signature [1, 2, 12]",
        "  not quantized",
    ]


def test_those_of_a_keras_model_have_its_names_and_open_dimensions() -> None:
    ports = (KerasPort("image", "image", (None, 8, 8, 3), "float32"),), (KerasPort("classes", "classes", (None, 2), "float32"),)
    details = details_of_keras(KerasInterface(*ports))
    assert details.inputs[0] == TensorDetails("image", 0, (1, 8, 8, 3), (-1, 8, 8, 3), "float32", 0.0, 0, (), (), 0)
    assert detail_lines(details)[3:] == [
        "output 0: classes",
        "  index 0, float32, shape [1, 2], shape signature [-1, 2]",
        "  not quantized",
    ]
