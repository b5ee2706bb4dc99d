"""A Keras file, run by Keras itself: its inputs and outputs are real values."""

from __future__ import annotations

import math
from collections.abc import Sequence
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from mcu_toolkit.artifacts.array_names import TEST, find_inputs
from mcu_toolkit.artifacts.contract import InputContract, contract_of_source
from mcu_toolkit.artifacts.data_files import read_data_file
from mcu_toolkit.artifacts.preprocessing import Preprocessing
from mcu_toolkit.errors import InputError
from mcu_toolkit.pipeline.inspection.label_check import read_class_names
from mcu_toolkit.pipeline.predict.anomalies import anomaly_lines, with_anomalies
from mcu_toolkit.pipeline.predict.answer import Meaning, answer_lines, predictions_of
from mcu_toolkit.pipeline.predict.details import detail_lines, details_of_keras
from mcu_toolkit.pipeline.predict.records import Prediction, PredictRequest, PredictResult
from mcu_toolkit.pipeline.predict.samples import Given, named_classes, preprocessing_of, samples_of, takes_by
from mcu_toolkit.pipeline.workspace.step_result import StepResult
from mcu_toolkit.runners import KerasRunner, roles

Arrays = tuple[npt.NDArray[Any], ...]


def predict_by_keras(request: PredictRequest) -> StepResult[PredictResult]:
    """The answer of `mcu predict` about a Keras file; raises InputError for other float models, and where there is nothing to do."""
    path = request.model
    if not path.is_file() or path.suffix not in (".keras", ".h5", ".hdf5"):
        raise InputError(
            "is not a Keras file",
            on=path,
            expected="a .keras or .h5 file, or a .tflite",
            hint=f"--on {roles.SECOND_OPINION} converts it and runs it; mcu quantize makes a .tflite of it",
        )
    if not request.words and not request.details:
        raise InputError("no inputs", on=path, expected="numbers, data files, pictures, sounds or motion; or --details")
    with closing(KerasRunner(path)) as runner:
        details = details_of_keras(runner.interface) if request.details else None
        shown = () if details is None else tuple(detail_lines(details))
        if not request.words:
            return StepResult("predict", shown, PredictResult(path, None, (), (), details=details))
        contract = contract_of_source(path)
        given = _given(runner, contract, request)
        outputs = runner.run(given.arrays).outputs
    predictions = _predictions(given.names, dict(zip(runner.output_names, outputs, strict=True)), contract, request)
    rule = contract.anomaly
    if rule is not None and len(given.arrays) == len(outputs) == 1 and given.arrays[0].size == outputs[0].size:
        predictions = with_anomalies(predictions, given.arrays[0], outputs[0], rule)
    said = answer_lines({roles.FLOAT: predictions}) if predictions[0].anomaly is None else anomaly_lines(predictions)
    lines = (*said, *given.notes, *shown)
    return StepResult("predict", lines, PredictResult(path, roles.FLOAT, predictions, given.notes, details=details))


def _given(runner: KerasRunner, contract: InputContract, request: PredictRequest) -> Given:
    shapes, preprocessing = list(runner.inputs.values()), preprocessing_of(contract, request)
    read = partial(_from_file, names=list(runner.inputs), shapes=shapes, preprocessing=preprocessing)
    return samples_of(request.words, takes_by(contract, request, shapes, read))


def _predictions(
    names: Sequence[str], outputs: dict[str, npt.NDArray[Any]], contract: InputContract, request: PredictRequest
) -> tuple[Prediction, ...]:
    labels = named_classes(contract, request)
    elements = math.prod(next(iter(outputs.values())).shape[1:])
    binary = len(outputs) == 1 and elements == 1 and len(labels) == 2
    count = 2 if binary else elements
    labels = labels if request.labels is None else read_class_names(request.labels, (count,))
    meaning = Meaning(labels if len(labels) == count else (), all(map(_sum_to_one, outputs.values())), binary)
    return predictions_of(names, outputs, meaning)


def _from_file(path: Path, names: Sequence[str], shapes: Sequence[tuple[int, ...]], preprocessing: Preprocessing | None) -> Arrays:
    """The test samples of a data file, for a model whose inputs have these names and shapes; raw data of an only one is preprocessed."""
    stored = read_data_file(path, math.prod(shapes[0]), lambda name: name.startswith("x"))
    keys, _, _ = find_inputs(stored, names, (TEST,), path)
    for key, shape in zip(keys, shapes, strict=True):
        if stored[key].ndim == 0 or stored[key].dtype.kind not in "fiub" or stored[key].size != len(stored[key]) * math.prod(shape):
            raise InputError(f"'{key}' has the shape {list(stored[key].shape)}", on=path, expected=f"samples of {list(shape)}")
    if preprocessing is not None and len(keys) == 1 and preprocessing.is_raw(stored[keys[0]], shapes[0]):
        return (preprocessing.apply(stored[keys[0]]),)
    return tuple(stored[key].reshape(len(stored[key]), *shape).astype(np.float32) for key, shape in zip(keys, shapes, strict=True))


def _sum_to_one(values: npt.NDArray[Any]) -> bool:
    rows = values.reshape(len(values), -1)
    return bool((rows >= 0).all() and rows.shape[1] > 1 and np.allclose(rows.sum(axis=1), 1.0, atol=1e-3))
