"""`mcu predict`: the outputs of a model for a few inputs, as real values, with classes and labels where it has them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from mcu_toolkit.artifacts import RunResult, Vectors
from mcu_toolkit.artifacts.array_names import TEST, find_inputs
from mcu_toolkit.artifacts.contract import InputContract, contract_of_model, contract_of_source, find_frontend, read_preprocessing
from mcu_toolkit.artifacts.data_files import read_data_file
from mcu_toolkit.artifacts.preprocessing import Preprocessing
from mcu_toolkit.errors import InputError
from mcu_toolkit.frontend import AudioFrontend
from mcu_toolkit.model import Model, Tensor, input_names, output_names
from mcu_toolkit.pipeline.inspection.label_check import label_notes, read_class_names
from mcu_toolkit.pipeline.inspection.output_kind import class_names, gives_probabilities, is_binary
from mcu_toolkit.pipeline.predict.answer import Meaning, answer_lines, comparison_lines, predictions_of
from mcu_toolkit.pipeline.predict.details import detail_lines, details_of
from mcu_toolkit.pipeline.predict.on_runner import asked_runners, run_on
from mcu_toolkit.pipeline.predict.records import PredictRequest, PredictResult
from mcu_toolkit.pipeline.predict.samples import Given, Takes, samples_of
from mcu_toolkit.pipeline.workspace.inputs import is_float_model, open_subject, require_ends
from mcu_toolkit.pipeline.workspace.progress import Progress
from mcu_toolkit.pipeline.workspace.step_result import StepResult
from mcu_toolkit.runners import KerasRunner, roles
from mcu_toolkit.runners.samples import sample_shape
from mcu_toolkit.validate import compare, dequantize, load_vectors, quantize_outputs


def predict(request: PredictRequest, progress: Progress) -> StepResult[PredictResult]:
    """Run the model on the inputs that `request` names, on one runner or several side by side.

    Numbers: for a model of one number each is an input; for others one input is its numbers with commas between them, or all of
    the words together.  The verdict is no where one of several runners that were asked for could not run.
    Raises InputError for what is no input, UnknownNameError for a runner that does not exist.
    """
    asked_runners(request.on)
    if is_float_model(request.model):
        return _predict_float(request)
    subject = open_subject(request.model)
    model = subject.model
    require_ends(model)
    details = details_of(model) if request.details else None
    shown = [] if details is None else detail_lines(details)
    if not request.words:
        if details is None:
            raise InputError("no inputs", on=request.model, expected="numbers, data files, pictures or sounds; or --details")
        return StepResult("predict", tuple(shown), PredictResult(request.model, None, (), (), details=details))
    given = _given(model, request)
    meaning = _meaning(model, request)
    ran = run_on(subject, request, Vectors(given.arrays, source=" ".join(request.words)), progress)
    real = {name: _real_outputs(result, model) for name, result in ran.results.items()}
    by_runner = {name: predictions_of(given.names, outputs, meaning) for name, outputs in real.items()}
    first, *others = (quantize_outputs(result, model) for result in ran.results.values())
    comparisons = tuple(compare(other, first) for other in others)
    differences = {other.runner: _largest_difference(real[first.runner], real[other.runner]) for other in others}
    notes = (*given.notes, *_notes(model, given), *label_notes(model), *ran.notes)
    lines = (
        *answer_lines(by_runner),
        *comparison_lines(comparisons, differences),
        *(f"not run: {one.runner}: {one.why}" for one in ran.not_run),
        *notes,
        *shown,
    )
    facts = PredictResult(
        request.model,
        first.runner,
        by_runner[first.runner],
        notes,
        by_runner if others else {},
        comparisons,
        ran.not_run,
        details,
    )
    return StepResult("predict", lines, facts, verdict="fail" if ran.not_run else "pass")


def _given(model: Model, request: PredictRequest) -> Given:
    shapes = [sample_shape(tensor) for tensor in model.inputs]
    contract = contract_of_model(model)
    preprocessing = _preprocessing(contract.preprocessing, request)
    takes = Takes(shapes, lambda file: load_vectors(file, model).inputs, preprocessing, _frontend(contract, request))
    return samples_of(request.words, takes)


def _frontend(contract: InputContract, request: PredictRequest) -> AudioFrontend | None:
    return contract.frontend if request.frontend is None else find_frontend(request.frontend)


def _preprocessing(own: Preprocessing | None, request: PredictRequest) -> Preprocessing | None:
    """What the user says, else the model's own."""
    return own if request.preprocessing is None else read_preprocessing(request.preprocessing)


def _named_classes(own: Preprocessing | None, request: PredictRequest) -> tuple[str, ...]:
    """The names in what the user says about the preprocessing, else the model's own."""
    described = _preprocessing(own, request)
    return () if described is None else described.labels


def _meaning(model: Model, request: PredictRequest) -> Meaning:
    if len(model.outputs) != 1:
        return Meaning()
    named, elements = _named_classes(contract_of_model(model).preprocessing, request), model.outputs[0].elements
    # An output of one element that has names for two classes is the probability of the second one.
    binary = is_binary(model, 0) or (elements == 1 and len(named) == 2)
    count = 2 if binary else elements
    names = named if len(named) == count else class_names(model, 0)
    names = names if request.labels is None else read_class_names(request.labels, (count,))
    return Meaning(names, gives_probabilities(model, 0), binary)


def _real_outputs(result: RunResult, model: Model) -> dict[str, npt.NDArray[Any]]:
    return {
        key: values if values.dtype.kind == "f" else dequantize(values, tensor)
        for key, values, tensor in zip(output_names(model), result.outputs, model.outputs, strict=True)
    }


def _largest_difference(a: Mapping[str, npt.NDArray[Any]], b: Mapping[str, npt.NDArray[Any]]) -> float:
    return max(float(np.abs(a[name].ravel() - b[name].ravel()).max(initial=0.0)) for name in a)


def _predict_float(request: PredictRequest) -> StepResult[PredictResult]:
    """A Keras file, by Keras: its inputs and outputs are real values."""
    path, asked = request.model, asked_runners(request.on)
    if set(asked) - {roles.FLOAT}:
        others = " and ".join(name for name in asked if name != roles.FLOAT)
        raise InputError(
            f"is a float model, which {others} does not run", on=path, expected=f"--on {roles.FLOAT}, or the .tflite made of it"
        )
    if not path.is_file() or path.suffix not in (".keras", ".h5", ".hdf5"):
        raise InputError(
            "is not a Keras file", on=path, expected="a .keras or .h5 file, or a .tflite", hint="mcu quantize makes a .tflite of it"
        )
    if request.details or not request.words:
        what = "--details of a Keras file" if request.details else "no inputs"
        raise InputError(what, on=path, expected="inputs of a Keras file; details are those of a .tflite", hint="mcu quantize makes one")
    contract = contract_of_source(path)
    own = contract.preprocessing
    labels, preprocessing = _named_classes(own, request), _preprocessing(own, request)
    with closing(KerasRunner(path)) as runner:
        shapes = list(runner.inputs.values())
        read = partial(_from_file, names=list(runner.inputs), shapes=shapes, preprocessing=preprocessing)
        takes = Takes(shapes, read, preprocessing, _frontend(contract, request))
        given = samples_of(request.words, takes)
        outputs = runner.run(given.arrays).outputs
    elements = math.prod(outputs[0].shape[1:])
    binary = len(outputs) == 1 and elements == 1 and len(labels) == 2
    count = 2 if binary else elements
    labels = labels if request.labels is None else read_class_names(request.labels, (count,))
    meaning = Meaning(labels if len(labels) == count else (), all(map(_sum_to_one, outputs)), binary)
    predictions = predictions_of(given.names, dict(zip(runner.output_names, outputs, strict=True)), meaning)
    lines = (*answer_lines({roles.FLOAT: predictions}), *given.notes)
    return StepResult("predict", lines, PredictResult(path, roles.FLOAT, predictions, given.notes))


def _from_file(
    path: Path, names: Sequence[str], shapes: Sequence[tuple[int, ...]], preprocessing: Preprocessing | None
) -> tuple[npt.NDArray[Any], ...]:
    """The test samples of a data file, for a model whose inputs have these names and shapes; raw data of an only one is preprocessed."""
    stored = read_data_file(path, math.prod(shapes[0]), lambda name: name.startswith("x"))
    keys, _, _ = find_inputs(stored, names, (TEST,), path)
    for key, shape in zip(keys, shapes, strict=True):
        if stored[key].ndim == 0 or stored[key].dtype.kind not in "fiub" or stored[key].size != len(stored[key]) * math.prod(shape):
            raise InputError(f"'{key}' has the shape {list(stored[key].shape)}", on=path, expected=f"samples of {list(shape)}")
    if preprocessing is not None and len(keys) == 1 and preprocessing.is_raw(stored[keys[0]], shapes[0]):
        return (preprocessing.apply(stored[keys[0]]),)
    return tuple(stored[key].reshape(len(stored[key]), *shape).astype(np.float32) for key, shape in zip(keys, shapes, strict=True))


def _notes(model: Model, given: Given) -> list[str]:
    """What is done to the numbers on their way in and out, and which of them the model cannot hold."""
    notes = []
    for name, tensor, array in zip(input_names(model), model.inputs, given.arrays, strict=True):
        limits = _limits(tensor)
        if limits is None or array.dtype.kind != "f":
            continue
        notes.append(f"input {name}: {_quantization(tensor)}, holds {limits[0]:.4g} to {limits[1]:.4g}")
        outside = int(((array < limits[0]) | (array > limits[1])).reshape(len(array), -1).any(axis=1).sum())
        if outside:
            notes.append(f"{outside} of {len(array)} inputs hold values outside of that, which are clipped")
    for name, tensor in zip(output_names(model), model.outputs, strict=True):
        if _limits(tensor) is not None:
            notes.append(f"output {name}: {_quantization(tensor)}, shown as real values")
    return notes


def _quantization(tensor: Tensor) -> str:
    scale, zero = (0.0, 0) if tensor.quantization is None else (tensor.quantization.scale, tensor.quantization.zero_point)
    return f"quantized to {tensor.dtype.name.lower()}, scale {scale:.6g}, zero point {zero}"


def _limits(tensor: Tensor) -> tuple[float, float] | None:
    """The smallest and largest real value a quantized tensor holds, half a step beyond included; None for others."""
    if tensor.quantization is None or tensor.quantization.per_channel or tensor.dtype.numpy.kind not in "iu":
        return None
    ends, scale, zero = np.iinfo(tensor.dtype.numpy), tensor.quantization.scale, tensor.quantization.zero_point
    return scale * (ends.min - zero - 0.5), scale * (ends.max - zero + 0.5)


def _sum_to_one(values: npt.NDArray[Any]) -> bool:
    rows = values.reshape(len(values), -1)
    return bool((rows >= 0).all() and rows.shape[1] > 1 and np.allclose(rows.sum(axis=1), 1.0, atol=1e-3))
