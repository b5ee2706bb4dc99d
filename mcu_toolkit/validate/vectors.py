"""Inputs for a model: from a file, at random, and in the dtype that the model takes."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from mcu_toolkit.artifacts import Vectors
from mcu_toolkit.artifacts.array_names import TEST, find_inputs, find_labels, golden_array_key, is_test_array
from mcu_toolkit.artifacts.contract import contract_of_model
from mcu_toolkit.artifacts.data_files import read_data_file, refuse_too_large
from mcu_toolkit.artifacts.image_folder import prepared_images
from mcu_toolkit.artifacts.meant_arrays import is_one_hot, meant_labels
from mcu_toolkit.artifacts.real_values import quantize
from mcu_toolkit.artifacts.unknown_arrays import unknown_test_arrays
from mcu_toolkit.artifacts.vectors import GOLDEN_SHA256
from mcu_toolkit.errors import InputError
from mcu_toolkit.model import Model, Tensor, input_names, output_names
from mcu_toolkit.runners.samples import numpy_dtype, sample_shape
from mcu_toolkit.validate.quantization import dequantize

_MAX_RANDOM_SAMPLES = 1_000_000


def load_vectors(path: Path, model: Model) -> Vectors:
    """Inputs and labels for `model` from a folder of images, a .npz (`x` and `y`, or as `array_names` says), .npy or .csv file.

    `x` is [samples, *shape of the input without the batch of 1]; dimensions of 1 may be missing or added, and samples may
    be flat.  Floats are real values, to be quantized; integers must have the dtype of the model's input, or be the raw data that
    its preprocessing describes (pictures as uint8), which is then applied.  `y` holds a class for each sample; for an output with a
    single element, and where there is a real number for each element, what it should be.  Other real numbers in `y` are left aside
    and `Vectors.source` says so.  Raises InputError naming file, key, what was found and what was expected.
    """
    if path.is_dir() and len(model.inputs) == 1:
        x, y = prepared_images(path, sample_shape(model.inputs[0]), contract_of_model(model).preprocessing)
        return Vectors((x,), y, str(path))
    elements = model.inputs[0].elements if model.inputs else 0
    names, outputs = input_names(model), output_names(model)
    there: list[str] = []

    def wanted(name: str) -> bool:
        there.append(name)
        return name == GOLDEN_SHA256 or is_test_array(name, names, outputs)

    arrays = read_data_file(path, elements, wanted)
    keys, _, numbered = find_inputs({*there, *arrays}, names, (TEST,), path)
    if len(keys) == 1:
        arrays = {**arrays, keys[0]: _real_if_raw(arrays[keys[0]], model)}
    inputs = tuple(_input(arrays[key], key, port, path) for key, port in zip(keys, zip(names, model.inputs, strict=True), strict=True))
    remarks = [f"{path.name}: {', '.join(keys)} were read as the inputs {', '.join(names)}, in this order"] if numbered else []
    remarks += unknown_test_arrays({*there, *arrays}, names, outputs, path)
    labels, truth, remark = _all_labels(arrays, outputs, len(inputs[0]), model, path)
    one_hot = [key for name, (key, array) in find_labels(arrays, outputs).items() if name in labels and is_one_hot(array, len(inputs[0]))]
    remarks += [f"{path.name}: {key} is one-hot: its classes are taken" for key in one_hot]
    remarks += _unused_labels(arrays, {*labels, *truth}, outputs, path)
    meant = None if labels or truth else meant_labels({*there, *arrays})
    remarks += [f"{path.name}: {meant} is not used: labels are called y"] if meant is not None else []
    only = labels.pop(outputs[0], None) if len(outputs) == 1 else None
    golden = _golden(arrays, len(inputs[0]), model, path)
    return Vectors(inputs, only, f"{path}{remark}", golden, labels, truth, tuple(remarks))


def _all_labels(
    arrays: Mapping[str, npt.NDArray[Any]], outputs: Sequence[str], samples: int, model: Model, path: Path
) -> tuple[dict[str, npt.NDArray[np.int64]], dict[str, npt.NDArray[np.float32]], str]:
    """The labels and the true values by output, and what to tell in `source` of those that are not used."""
    used, truth, remarks = {}, {}, []
    for name, (key, array) in find_labels(arrays, outputs).items():
        output = model.outputs[outputs.index(name)]
        values = _true_values(array, samples, output)
        if values is not None:
            truth[name] = values
            continue
        labels, remark = _labels(array, key, samples, output, path)
        remarks.append(remark)
        if labels is not None:
            used[name] = labels
    return used, truth, "".join(remarks)


def _true_values(array: npt.NDArray[Any], samples: int, output: Tensor) -> npt.NDArray[np.float32] | None:
    """What the elements of `output` should be, [samples, *its shape], where `array` says it; None for classes and what is neither."""
    fits = array.ndim > 0 and len(array) == samples and array.size == samples * output.elements and array.dtype.kind in "iubf"
    if not fits or (output.elements > 1 and (array.dtype.kind != "f" or is_one_hot(array, samples))):
        return None
    values: npt.NDArray[np.float32] = array.reshape(samples, *sample_shape(output)).astype(np.float32)
    return values if np.isfinite(values).all() else None


def _unused_labels(arrays: Mapping[str, npt.NDArray[Any]], labels: Collection[str], outputs: Sequence[str], path: Path) -> list[str]:
    """What to tell about a `y` that could be the labels of any of several outputs."""
    if "y" not in arrays or labels or len(outputs) == 1:
        return []
    return [f"{path.name}: y is not used, the model has several outputs; call labels {', '.join(f'y_{name}' for name in outputs)}"]


def _golden(arrays: Mapping[str, npt.NDArray[Any]], samples: int, model: Model, path: Path) -> tuple[npt.NDArray[Any], ...]:
    """The recorded outputs in a file of golden vectors; raises InputError where they are of another model or damaged."""
    if GOLDEN_SHA256 not in arrays:
        return ()
    recorded = arrays[GOLDEN_SHA256].tobytes().hex()
    if recorded != model.sha256:
        raise InputError(
            f"holds golden vectors of another model, sha256 {recorded[:16]}...",
            on=path,
            expected=f"those of {model.name}, sha256 {model.sha256[:16]}...",
            hint="mcu quantize writes them beside the model",
        )
    outputs = []
    names = output_names(model)
    for number, tensor in enumerate(model.outputs):
        key = golden_array_key(names, number)
        array = arrays.get(key)
        if array is None or array.dtype != numpy_dtype(tensor) or array.size != samples * tensor.elements:
            raise InputError(f"'{key}' is missing or not like the model's output", on=path, hint="quantize the model again")
        outputs.append(array.reshape(samples, *sample_shape(tensor)))
    return tuple(outputs)


def random_vectors(model: Model, n: int, seed: int) -> Vectors:
    """`n` random samples for `model`, the same for the same `seed` on every machine.

    8- and 16-bit integers are uniform over their whole range, floats are uniform in [-1, 1), wider integers and bools are
    0 or 1 (they are indices and masks in practice, which must be valid).
    """
    if not 1 <= n <= _MAX_RANDOM_SAMPLES:
        raise InputError(f"{n} random samples", expected=f"1 to {_MAX_RANDOM_SAMPLES:,}")
    if seed < 0:
        raise InputError(f"seed {seed}", expected="0 or more")
    inputs = tuple(_random(np.random.default_rng([seed, index]), n, tensor) for index, tensor in enumerate(model.inputs))
    return Vectors(inputs, source=f"random(n={n}, seed={seed})")


def inputs_for(model: Model, vectors: Vectors) -> tuple[npt.NDArray[Any], ...]:
    """The inputs of `vectors` in the model's dtypes: real values are quantized with each input's scale and zero point."""
    return tuple(
        _as_model(array, name, tensor, vectors)
        for array, name, tensor in zip(vectors.inputs, input_names(model), model.inputs, strict=True)
    )


def real_inputs_for(model: Model, vectors: Vectors) -> tuple[npt.NDArray[np.float32], ...]:
    """The inputs of `vectors` as real values (float32), for a float model: integers are dequantized."""
    return tuple(dequantize(array, tensor) for array, tensor in zip(vectors.inputs, model.inputs, strict=True))


def _real_if_raw(array: npt.NDArray[Any], model: Model) -> npt.NDArray[Any]:
    """The model's real inputs where `array` is raw data of its only input, as its preprocessing describes it; else `array`."""
    preprocessing = contract_of_model(model).preprocessing
    taken_as_it_is = array.dtype == numpy_dtype(model.inputs[0])
    if preprocessing is None or taken_as_it_is or not preprocessing.is_raw(array, sample_shape(model.inputs[0])):
        return array
    return preprocessing.apply(array)


def _input(array: npt.NDArray[Any], name: str, port: tuple[str, Tensor], path: Path) -> npt.NDArray[Any]:
    """The array `name` as samples of the input `port`: its name and tensor."""
    input_name, tensor = port
    shape = sample_shape(tensor)
    expected = f"[samples{''.join(f', {length}' for length in shape)}], as the model's input '{input_name}'"
    if array.ndim == 0 or not _fits(array.shape[1:], shape):
        raise InputError(f"'{name}' has the shape {list(array.shape)}", on=path, expected=expected)
    if len(array) == 0:
        raise InputError(f"'{name}' holds no samples", on=path, expected=expected)
    array = array.reshape(len(array), *shape)
    if array.dtype.kind == "f":
        with np.errstate(over="ignore"):  # what float32 cannot hold becomes infinite, and is refused as such
            given, array = array, array.astype(np.float32)
        refuse_too_large(given, array, name, path)
        _refuse_nan(array, name, path)
        return array
    dtype = numpy_dtype(tensor)
    if array.dtype == dtype:
        return array
    if tensor.quantization is None and _holds(dtype, array):
        return array.astype(dtype)
    raise InputError(
        f"'{name}' is {array.dtype}",
        on=path,
        expected=f"float32 (real values, to be quantized) or {dtype} (as stored in the model's input '{input_name}')",
        hint=f"save it with .astype('float32') or .astype('{dtype}'), whichever the numbers are",
    )


def _fits(found: tuple[int, ...], wanted: tuple[int, ...]) -> bool:
    """True where only dimensions of 1 differ, or `found` is flat."""
    return [n for n in found if n != 1] == [n for n in wanted if n != 1] or found == (int(np.prod(wanted)),)


def _refuse_nan(array: npt.NDArray[Any], name: str, path: Path) -> None:
    bad = ~np.isfinite(array.reshape(len(array), -1)).all(axis=1)
    if bad.any():
        raise InputError(
            f"'{name}' holds NaN or infinite values in {int(bad.sum())} of {len(array)} samples, the first is sample {int(bad.argmax())}",
            on=path,
            expected="finite numbers",
            hint="remove or repair those samples",
        )


def _holds(dtype: np.dtype[Any], array: npt.NDArray[Any]) -> bool:
    """True where `dtype` can hold every value of the integer or bool `array`."""
    if dtype.kind not in "iub" or array.dtype.kind not in "iub":
        return False
    return bool((array.astype(dtype) == array).all())


def _labels(array: npt.NDArray[Any], key: str, samples: int, output: Tensor, path: Path) -> tuple[npt.NDArray[np.int64] | None, str]:
    """The labels in the array `key`, and what to tell in `source` where they are not used."""
    if is_one_hot(array, samples) and array.size == samples * output.elements:
        return array.reshape(samples, -1).argmax(axis=1).astype(np.int64), ""
    if array.size != samples or array.ndim == 0 or len(array) != samples:
        raise InputError(
            f"'{key}' has the shape {list(array.shape)}" + (": labels one-hot" if is_one_hot(array, samples) else ""),
            on=path,
            expected=f"[{samples}], a class for each sample of 'x'",
            hint=f"save {key}.argmax(axis=1)" if is_one_hot(array, samples) else None,
        )
    flat = array.reshape(samples)
    if flat.dtype.kind not in "iubf" or (flat.dtype.kind == "f" and not np.isfinite(flat).all()):
        raise InputError(f"'{key}' is {array.dtype} and not all numbers", on=path, expected="a class for each sample")
    if flat.dtype.kind == "f" and (flat != np.trunc(flat)).any():
        return None, f" ({key} holds real values, not classes: not used)"
    if output.elements < 2:
        return None, f" ({key} not used: the model's output has no classes)"
    count = output.elements
    if flat.min() < 0 or flat.max() >= count:
        wrong = int(flat.min() if flat.min() < 0 else flat.max())
        raise InputError(f"'{key}' holds the class {wrong}", on=path, expected=f"0..{count - 1}: the model's output has {count} elements")
    return flat.astype(np.int64), ""


def _random(generator: np.random.Generator, n: int, tensor: Tensor) -> npt.NDArray[Any]:
    dtype, shape = numpy_dtype(tensor), (n, *sample_shape(tensor))
    if dtype.kind == "f":
        return generator.uniform(-1.0, 1.0, shape).astype(dtype)
    if dtype.kind in "iu" and dtype.itemsize <= 2:
        limits = np.iinfo(dtype)
        return generator.integers(limits.min, limits.max, shape, dtype=dtype, endpoint=True)
    return generator.integers(0, 2, shape).astype(dtype)


def _as_model(array: npt.NDArray[Any], name: str, tensor: Tensor, vectors: Vectors) -> npt.NDArray[Any]:
    dtype = numpy_dtype(tensor)
    if array.dtype == dtype:
        return array
    if array.dtype.kind == "f" and dtype.kind == "f":
        return array.astype(dtype)
    if array.dtype.kind == "f" and tensor.quantization is not None:
        return quantize(array, tensor)
    if tensor.quantization is None and dtype.kind in "iub":  # indices and masks, from files that hold floats (.csv)
        with np.errstate(invalid="ignore"):
            cast = array.astype(dtype)
        if (cast == array).all():
            return cast
    raise InputError(
        f"inputs are {array.dtype}",
        on=vectors.source or "data",
        expected=f"{dtype}, or float32 for an input with a scale ('{name}')",
    )
