"""The process that trains: what it is asked for comes through JSON whole, and what it builds from that is the model it was."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mcu_toolkit.quantize import QatOptions, qat, qat_child
from mcu_toolkit.quantize.quantize import open_with_data
from mcu_toolkit.runners.isolated import work_folder
from mcu_toolkit.runners.keras_interface import call_flat
from mcu_toolkit.tensorflow_loader import load_tensorflow
from tests.quantize import keras_models as models

REQUEST = qat_child.Request(
    layers=(qat_child.Layer("Dense", "classes", {"units": 3, "activation": None}, ("x", "y")),),
    inputs=(qat_child.Input("x", (1, 4), "float32", "x_layer"),),
    outputs=(qat_child.Output("classes", "classes", classifies=True),),
    epochs=2,
    batch_size=8,
    learning_rate=1e-4,
    seed=3,
)


def test_a_request_comes_through_json_whole() -> None:
    assert qat_child.Request.from_json(REQUEST.to_json()) == REQUEST


def test_a_request_with_a_field_too_many_is_not_taken() -> None:
    with pytest.raises(TypeError, match="epoch"):
        qat_child.Request.from_json(REQUEST.to_json().replace('"epochs"', '"epoch"'))


def residual() -> Any:
    def layers(keras: Any, x: Any) -> Any:
        left = keras.layers.Conv2D(4, 3, padding="same", activation="relu", name="left")(x)
        total = keras.layers.Add(name="add")([left, keras.layers.Conv2D(4, 1, name="right")(x)])
        return keras.layers.Dense(3, activation="softmax", name="classes")(keras.layers.Flatten(name="flatten")(total))

    return models.functional(layers)


def sequential() -> Any:
    """Its input is no layer of its own."""
    keras = load_tensorflow().keras
    keras.backend.clear_session()
    made = [keras.layers.Conv2D(2, 3, name="c"), keras.layers.Flatten(name="f"), keras.layers.Dense(3, name="d")]
    return keras.Sequential([keras.Input((4, 4, 2)), *made])


@pytest.mark.parametrize("make", [residual, sequential])
def test_the_model_is_described_so_that_it_can_be_built_again(make: Callable[[], Any], tmp_path: Path) -> None:
    """With this Keras in place of Keras 2, whose layers have the same settings here; the nightly tests build with Keras 2."""
    x = models.random_samples(4, 4, 2, samples=60)
    data = models.write_data(tmp_path / "d.npz", x_rep=x, x_train=x, y_train=np.arange(60) % 3)
    with work_folder() as work:
        opened = open_with_data(models.save(make(), tmp_path / "m.keras"), data, work)
        assert opened.representative is not None
        qat._describe(opened.model, opened.representative, work / "qat", QatOptions(epochs=7))
        request = qat_child.Request.from_json((work / "qat" / "model.json").read_text(encoding="utf-8"))
        with np.load(work / "qat" / "weights.npz") as weights, np.load(work / "qat" / "data.npz") as arrays:
            rebuilt = qat_child.build(load_tensorflow().keras, request, weights)
            found = call_flat(rebuilt, qat_child.arrays_of(arrays, "samples"))
            for output, expected in zip(found, qat_child.arrays_of(arrays, "outputs"), strict=True):
                np.testing.assert_allclose(output.numpy(), expected, atol=1e-6)
    assert (request.epochs, [port.shape for port in request.inputs]) == (7, [(1, 4, 4, 2)])
    assert [port.classifies for port in request.outputs] == [True]


def test_a_model_that_computes_something_else_is_refused() -> None:
    with pytest.raises(qat_child.Refused, match=r"computes something else \(by up to 0\.5\)"):
        qat_child.check_equal(lambda x, training: Computed(x), [np.zeros(2)], [np.full(2, 0.5)])


class Computed:
    """What a model gives: a tensor."""

    def __init__(self, value: Any) -> None:
        self.numpy = lambda: value
