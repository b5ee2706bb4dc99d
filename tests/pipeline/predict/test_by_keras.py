"""A Keras file as the model of `mcu predict`: by Keras, by the interpreters and our own code side by side, and its details."""

from __future__ import annotations

from pathlib import Path

import pytest

from mcu_toolkit.errors import InputError
from mcu_toolkit.pipeline.predict import PredictRequest, predict
from mcu_toolkit.pipeline.workspace.progress import Silent

pytestmark = pytest.mark.slow


def test_a_keras_file_tells_its_details_with_inputs_and_without(digits_folder: Path) -> None:
    keras = digits_folder / "model.keras"
    alone = predict(PredictRequest(keras, details=True), Silent())
    assert alone.facts.details is not None
    assert (alone.facts.runner, alone.facts.predictions) == (None, ())
    (image,) = alone.facts.details.inputs
    assert (image.shape, image.shape_signature, image.dtype, image.scales) == ((1, 8, 8, 1), (-1, 8, 8, 1), "float32", ())
    assert alone.facts.details.outputs[0].shape_signature == (-1, 10)
    both = predict(PredictRequest(keras, [str(digits_folder / "data.npz")], details=True), Silent())
    assert both.facts.details == alone.facts.details
    assert both.facts.runner == "keras"


def test_interpreters_and_our_code_stand_beside_keras(digits_folder: Path) -> None:
    keras = digits_folder / "model.keras"
    result = predict(PredictRequest(keras, [str(digits_folder / "data.npz")], ["keras,litert"]), Silent())
    facts = result.facts
    assert (facts.model, facts.runner, result.verdict) == (keras, "keras", "pass")
    assert list(facts.by_runner) == ["keras", "litert"]
    classes = [[one.predicted.index for one in rows] for rows in facts.by_runner.values()]
    same = sum(a == b for a, b in zip(*classes, strict=True))
    assert same >= len(classes[0]) - 1, "float32 loses nothing: at most a tie falls otherwise"
    assert any("ran the float32 .tflite of it" in note for note in facts.notes)
    assert facts.predictions == predict(PredictRequest(keras, [str(digits_folder / "data.npz")]), Silent()).facts.predictions


def test_a_saved_model_is_run_by_others_than_keras(digits_folder: Path) -> None:
    folder, data = digits_folder / "saved_model", str(digits_folder / "data.npz")
    with pytest.raises(InputError, match="is not a Keras file") as refused:
        predict(PredictRequest(folder, [data]), Silent())
    assert "--on litert" in (refused.value.hint or "")
    assert predict(PredictRequest(folder, [data], ["litert"]), Silent()).facts.runner == "litert"


def test_nothing_to_do_is_refused(digits_folder: Path) -> None:
    with pytest.raises(InputError, match="no inputs"):
        predict(PredictRequest(digits_folder / "model.keras"), Silent())
