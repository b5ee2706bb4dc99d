"""`mcu predict`: the outputs of a model for a few inputs, as real values, with classes and labels where it has them."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from mcu_toolkit.artifacts import RunResult, Vectors
from mcu_toolkit.artifacts.contract import contract_of_model
from mcu_toolkit.errors import InputError
from mcu_toolkit.model import Model, Tensor, input_names, output_names
from mcu_toolkit.pipeline.inspection.label_check import label_notes, read_class_names
from mcu_toolkit.pipeline.inspection.output_kind import class_names, gives_probabilities, is_binary
from mcu_toolkit.pipeline.predict.anomalies import anomaly_lines, with_anomalies
from mcu_toolkit.pipeline.predict.answer import Meaning, answer_lines, comparison_lines, predictions_of
from mcu_toolkit.pipeline.predict.by_keras import predict_by_keras
from mcu_toolkit.pipeline.predict.details import detail_lines, details_of
from mcu_toolkit.pipeline.predict.on_runner import asked_runners, run_on
from mcu_toolkit.pipeline.predict.records import Prediction, PredictRequest, PredictResult
from mcu_toolkit.pipeline.predict.samples import Given, named_classes, samples_of, takes_by
from mcu_toolkit.pipeline.workspace.inputs import is_float_model, open_subject, require_ends
from mcu_toolkit.pipeline.workspace.progress import Progress
from mcu_toolkit.pipeline.workspace.step_result import StepResult
from mcu_toolkit.quantize import quantize_model
from mcu_toolkit.runners import roles
from mcu_toolkit.runners.samples import sample_shape
from mcu_toolkit.system.files import temporary_folder
from mcu_toolkit.validate import compare, dequantize, inputs_for, load_vectors, quantize_outputs, refuse_other_shapes


def predict(request: PredictRequest, progress: Progress) -> StepResult[PredictResult]:
    """Run the model on the inputs that `request` names, on one runner or several side by side.

    Numbers: for a model of one number each is an input; for others one input is its numbers with commas between them, or all of
    the words together.  The verdict is no where one of several runners that were asked for could not run.
    Raises InputError for what is no input, UnknownNameError for a runner that does not exist.
    """
    asked = asked_runners(request.on)
    if not is_float_model(request.model):
        return _predict(request, progress)
    if set(asked) <= {roles.FLOAT}:
        return predict_by_keras(request)
    return _predict_converted(request, asked, progress)


def _predict_converted(request: PredictRequest, asked: Sequence[str], progress: Progress) -> StepResult[PredictResult]:
    """A float model on other runners than Keras: as the float32 .tflite that it converts to, which loses nothing."""
    path = request.model
    with temporary_folder() as work:
        tflite = work / f"{path.stem}.tflite"
        progress.stage(f"converting {path.name} to a float32 .tflite")
        quantize_model(path, None, scheme="float32", output=tflite, on_note=progress.note)
        done = _predict(dataclasses.replace(request, model=tflite, keras=request.keras or path), progress)
    others = ", ".join(name for name in asked if name != roles.FLOAT)
    note = f"{path.name} is a float model: {others} ran the float32 .tflite of it; mcu quantize makes the one for boards"
    facts = dataclasses.replace(done.facts, model=path, notes=(*done.facts.notes, note))
    return dataclasses.replace(done, lines=(*done.lines, note), facts=facts)


def _predict(request: PredictRequest, progress: Progress) -> StepResult[PredictResult]:
    """A .tflite, or a project's."""
    subject = open_subject(request.model)
    model = subject.model
    require_ends(model)
    details = details_of(model) if request.details else None
    shown = [] if details is None else detail_lines(details)
    if not request.words:
        if details is None:
            raise InputError("no inputs", on=request.model, expected="numbers, data files, pictures, sounds or motion; or --details")
        return StepResult("predict", tuple(shown), PredictResult(request.model, None, (), (), details=details))
    given = _given(model, request)
    meaning = _meaning(model, request)
    vectors = Vectors(given.arrays, source=" ".join(request.words))
    ran = run_on(subject, request, vectors, progress)
    real = {name: _real_outputs(result, model) for name, result in ran.results.items()}
    by_runner = {name: _judged(model, vectors, outputs, predictions_of(given.names, outputs, meaning)) for name, outputs in real.items()}
    first, *others = (quantize_outputs(result, model) for result in ran.results.values())
    comparisons = tuple(compare(other, first) for other in others)
    differences = {other.runner: _largest_difference(real[first.runner], real[other.runner]) for other in others}
    notes = (*given.notes, *_notes(model, given), *label_notes(model), *ran.notes)
    lines = (
        *(anomaly_lines(by_runner[first.runner]) if contract_of_model(model).anomaly is not None else answer_lines(by_runner)),
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
    takes = takes_by(contract_of_model(model), request, shapes, lambda file: load_vectors(file, model).inputs)
    return samples_of(request.words, takes)


def _judged(
    model: Model, vectors: Vectors, outputs: Mapping[str, npt.NDArray[Any]], predictions: tuple[Prediction, ...]
) -> tuple[Prediction, ...]:
    """With the score and the verdict of a model that has a rule of anomalies."""
    rule = contract_of_model(model).anomaly
    if rule is None:
        return predictions
    refuse_other_shapes(model)
    [given], [restored] = inputs_for(model, vectors), outputs.values()
    return with_anomalies(predictions, dequantize(given, model.inputs[0]), restored, rule)


def _meaning(model: Model, request: PredictRequest) -> Meaning:
    if len(model.outputs) != 1:
        return Meaning()
    named, elements = named_classes(contract_of_model(model), request), model.outputs[0].elements
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
