"""`mcu predict`: the outputs of a model for a few inputs, as real values, with classes and labels where it has them."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from mcu_toolkit.artifacts import Vectors
from mcu_toolkit.artifacts.array_names import TEST, find_inputs
from mcu_toolkit.artifacts.contract import InputContract, contract_of_model, contract_of_source
from mcu_toolkit.artifacts.data_files import read_data_file
from mcu_toolkit.errors import InputError, UnknownNameError
from mcu_toolkit.model import Model, Tensor, input_names, output_names
from mcu_toolkit.pipeline.proof.host import golden_name, golden_notes, runner_starts
from mcu_toolkit.pipeline.workspace.inputs import is_float_model, open_subject, require_ends
from mcu_toolkit.pipeline.workspace.step_result import StepResult
from mcu_toolkit.runners import KerasRunner, roles
from mcu_toolkit.runners.samples import sample_shape
from mcu_toolkit.system.files import temporary_folder
from mcu_toolkit.system.records import INLINE, named
from mcu_toolkit.validate import dequantize, inputs_for, load_vectors

_FILES = (".npz", ".npy", ".csv")
_PROBABILITIES = ("SOFTMAX", "LOGISTIC")
_PASS_ON = ("QUANTIZE", "DEQUANTIZE", "RESHAPE")
_SHOWN_VALUES = 10


@dataclass(frozen=True)
class _Given:
    """What the user gave: a name for each sample, and the real values of each input, [samples, *shape]."""

    names: tuple[str, ...]
    arrays: tuple[npt.NDArray[Any], ...]


@dataclass(frozen=True)
class PredictedClass:
    """Of a model's only output, where it has several elements; else all are None."""

    index: int | None = field(default=None, metadata=named("class"))
    label: str | None = None
    probability: float | None = None
    """None where the output is no probability."""


@dataclass(frozen=True)
class Prediction:
    """What the model says about one input."""

    input: str
    """The words that the user gave, or the file and the number of the sample."""
    outputs: Mapping[str, tuple[float, ...]]
    """Real values by the output's name."""
    predicted: PredictedClass = field(metadata=INLINE)


@dataclass(frozen=True)
class PredictResult:
    """What `mcu predict` says."""

    model: Path
    runner: str
    predictions: tuple[Prediction, ...]
    notes: tuple[str, ...]


def predict(path: Path, words: Sequence[str], on: str | None) -> StepResult[PredictResult]:
    """Run the model at `path` on `words`: numbers, or .npz, .npy and .csv files with samples, on the runner `on`.

    Numbers: for a model of one number each is an input; for others one input is its numbers with commas between them, or all of
    the words together.  Raises InputError for what is none of these, UnknownNameError for a runner that does not exist.
    """
    known = (roles.FLOAT, roles.SECOND_OPINION, roles.GOLDEN, *roles.compiled_runners())
    if on is not None and on not in known:
        raise UnknownNameError("runner", on, known)
    if is_float_model(path):
        return _predict_float(path, words, on)
    model = open_subject(path).model
    if on == roles.FLOAT:
        others = f"{', '.join(known[1:-1])} or {known[-1]}"
        raise InputError("is not a Keras model", on=path, expected=f"--on {others}, or the .keras file it was made from")
    require_ends(model)
    given = _given(words, [sample_shape(tensor) for tensor in model.inputs], lambda file: load_vectors(file, model).inputs)
    name = on or golden_name()
    inputs = inputs_for(model, Vectors(given.arrays, source=" ".join(words)))
    with temporary_folder() as work, closing(runner_starts(model, work)[name]()) as runner:
        outputs = runner.run(inputs).outputs
    real = {key: dequantize(values, tensor) for key, values, tensor in zip(output_names(model), outputs, model.outputs, strict=True)}
    notes = [*_notes(model, given), *(golden_notes() if on is None else ())]
    return _result(path, name, given.names, real, contract_of_model(model), notes=notes, probabilities=_gives_probabilities(model))


def _predict_float(path: Path, words: Sequence[str], on: str | None) -> StepResult[PredictResult]:
    if on not in (None, roles.FLOAT):
        raise InputError(f"is a float model, which {on} does not run", on=path, expected=f"--on {roles.FLOAT}, or the .tflite made of it")
    if not path.is_file() or path.suffix not in (".keras", ".h5", ".hdf5"):
        raise InputError(
            "is not a Keras file", on=path, expected="a .keras or .h5 file, or a .tflite", hint="mcu quantize makes a .tflite of it"
        )
    with closing(KerasRunner(path)) as runner:
        shapes = list(runner.inputs.values())
        given = _given(words, shapes, lambda file: _from_file(file, list(runner.inputs), shapes))
        outputs = runner.run(given.arrays).outputs
    real = dict(zip(runner.output_names, outputs, strict=True))
    return _result(path, roles.FLOAT, given.names, real, contract_of_source(path), probabilities=all(map(_sum_to_one, outputs)))


def _from_file(path: Path, names: Sequence[str], shapes: Sequence[tuple[int, ...]]) -> tuple[npt.NDArray[Any], ...]:
    """The test samples of a data file, for a model whose inputs have these names and shapes."""
    stored = read_data_file(path, math.prod(shapes[0]), lambda name: name.startswith("x"))
    keys, _, _ = find_inputs(stored, names, (TEST,), path)
    for key, shape in zip(keys, shapes, strict=True):
        if stored[key].ndim == 0 or stored[key].dtype.kind not in "fiub" or stored[key].size != len(stored[key]) * math.prod(shape):
            raise InputError(f"'{key}' has the shape {list(stored[key].shape)}", on=path, expected=f"samples of {list(shape)}")
    return tuple(stored[key].reshape(len(stored[key]), *shape).astype(np.float32) for key, shape in zip(keys, shapes, strict=True))


def _given(words: Sequence[str], shapes: Sequence[tuple[int, ...]], read: Callable[[Path], tuple[npt.NDArray[Any], ...]]) -> _Given:
    """The samples that `words` are; raises InputError for what is no number and no file."""
    rows: list[tuple[str, list[float]]] = []
    names: list[str] = []
    arrays: list[tuple[npt.NDArray[Any], ...]] = []
    for word in words:
        if Path(word).suffix.lower() in _FILES:
            found = read(Path(word))
            names += [word if len(found[0]) == 1 else f"{word}[{number}]" for number in range(len(found[0]))]
            arrays.append(found)
        else:
            rows.append((word, _numbers(word)))
    if rows and arrays:
        raise InputError("numbers and files together", expected="either numbers or files")
    if not rows:
        return _Given(tuple(names), tuple(np.concatenate(parts) for parts in zip(*arrays, strict=True)))
    if len(shapes) != 1:
        raise InputError(f"numbers for a model of {len(shapes)} inputs", expected="a .npz file with an array for each of them")
    return _from_numbers(rows, shapes[0])


def _from_numbers(rows: Sequence[tuple[str, list[float]]], shape: tuple[int, ...]) -> _Given:
    wanted = math.prod(shape)
    if all(len(values) == 1 for _, values in rows) and wanted > 1:  # an input's numbers with blanks between them
        rows = [(" ".join(word for word, _ in rows), [values[0] for _, values in rows])]
    for word, values in rows:
        if len(values) != wanted:
            raise InputError(
                f"'{word}' is {len(values)} number{'s' if len(values) > 1 else ''}",
                expected=f"{wanted} for an input of shape {list(shape)}, with commas between them, or a .npz, .npy or .csv file",
            )
    table = np.array([values for _, values in rows], np.float32).reshape(len(rows), *shape)
    return _Given(tuple(word for word, _ in rows), (table,))


def _numbers(word: str) -> list[float]:
    try:
        values = [float("" if "_" in part else part) for part in word.split(",")]  # Python reads 1_0 as 10; nobody else does
    except ValueError:
        kind = "option" if word.startswith("-") else "input"
        expected = f"numbers such as -3 or 1,2.5,-3, or a {', '.join(_FILES)} file"
        raise InputError(f"unknown {kind} '{word}'", expected=expected, hint="options: --on, --json, -q") from None
    if not np.isfinite(np.asarray(values, np.float32)).all():
        raise InputError(f"'{word}' is not finite in 32 bits", expected="finite numbers")
    return values


def _notes(model: Model, given: _Given) -> list[str]:
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


def _gives_probabilities(model: Model) -> bool:
    """True where the only output is made by a softmax or logistic operator."""
    producers = {index: op for op in model.main.ops for index in op.outputs}
    op = producers.get(model.main.outputs[0]) if len(model.main.outputs) == 1 else None
    while op is not None and op.name in _PASS_ON:
        op = producers.get(op.inputs[0])
    return op is not None and op.name in _PROBABILITIES


def _sum_to_one(values: npt.NDArray[Any]) -> bool:
    rows = values.reshape(len(values), -1)
    return bool((rows >= 0).all() and rows.shape[1] > 1 and np.allclose(rows.sum(axis=1), 1.0, atol=1e-3))


def _result(
    path: Path,
    runner: str,
    names: Sequence[str],
    outputs: Mapping[str, npt.NDArray[Any]],
    contract: InputContract,
    *,
    notes: Sequence[str] = (),
    probabilities: bool,
) -> StepResult[PredictResult]:
    labels = contract.preprocessing.labels if contract.preprocessing is not None else ()
    predictions = []
    for number, name in enumerate(names):
        values = {key: tuple(float(value) for value in array[number].ravel()) for key, array in outputs.items()}
        predictions.append(Prediction(name, values, _class(values, labels, probabilities=probabilities)))
    lines = [_line(prediction) for prediction in predictions]
    return StepResult("predict", (*lines, *notes), PredictResult(path, runner, tuple(predictions), tuple(notes)))


def _class(values: Mapping[str, Sequence[float]], labels: Sequence[str], *, probabilities: bool) -> PredictedClass:
    only = next(iter(values.values()))
    if len(values) != 1 or len(only) < 2:
        return PredictedClass()
    best = int(np.argmax(only))
    label = labels[best] if len(labels) == len(only) else None
    return PredictedClass(best, label, only[best] if probabilities else None)


def _line(prediction: Prediction) -> str:
    found = prediction.predicted
    if found.index is None:
        return f"{prediction.input}: " + "; ".join(f"{name} {_shown(values)}" for name, values in prediction.outputs.items())
    label = "" if found.label in (None, str(found.index)) else f" ({found.label})"
    sure = "" if found.probability is None else f", probability {100 * found.probability:.1f} %"
    return f"{prediction.input}: class {found.index}{label}{sure}"


def _shown(values: Sequence[float]) -> str:
    more = f" ... ({len(values)})" if len(values) > _SHOWN_VALUES else ""
    return ", ".join(f"{value:.6g}" for value in values[:_SHOWN_VALUES]) + more
