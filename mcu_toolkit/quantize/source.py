"""Opening what is to be converted: a Keras file or a SavedModel folder becomes a SavedModel with a batch of exactly 1.

Both go through a SavedModel because that is the converter's one path that freezes Keras 3 variables; a concrete function
of a Keras 3 model leaves READ_VARIABLE operators in the graph (seen with TensorFlow 2.21).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from mcu_toolkit.errors import InputError, McuError, UnsupportedModelError
from mcu_toolkit.model import Model, identifier_of, input_names, kind_of, output_names, read_model, refuse_clashes
from mcu_toolkit.quantize.foreign import ONNX_SUFFIX, TORCH_SUFFIX, onnx_from_torch, saved_model_from_onnx
from mcu_toolkit.quantize.precision import in_float32
from mcu_toolkit.quantize.recurrent.cut import cut_at_recurrent_layers
from mcu_toolkit.quantize.recurrent.layer import RecurrentParts
from mcu_toolkit.quantize.signatures import SIGNATURE, arguments_of, numbers_last, signature_of
from mcu_toolkit.runners.foreign_code import refuse_code
from mcu_toolkit.runners.isolated import Codec, isolated
from mcu_toolkit.runners.keras2 import saved_model_from_keras_2, written_by_keras_2
from mcu_toolkit.runners.keras_interface import call_flat, interface_of
from mcu_toolkit.tensorflow_loader import load_keras_model, load_tensorflow, quiet, refuse_full_disk

TFLITE_SUFFIX = ".tflite"
_KERAS_SUFFIXES = (".keras", ".h5", ".hdf5")
_EXPECTED = "a .keras or .h5 file, a SavedModel folder, .onnx, .pt2 or a float .tflite"


@dataclass(frozen=True)
class InputSpec:
    """One input of the model: its name and its shape with the batch of 1 in front."""

    name: str
    shape: tuple[int, ...]
    dtype: str
    """numpy's name: `float32`, `int32`."""
    keras_name: str = ""
    """As the Keras model says it; empty where the model is none."""

    @property
    def sample_shape(self) -> tuple[int, ...]:
        """The shape of one sample, without the batch."""
        return self.shape[1:]


@dataclass(frozen=True)
class OutputSpec:
    """One output of the model: its name as an identifier, and as the Keras model says it (empty where it is none)."""

    name: str
    keras_name: str = ""


@dataclass(frozen=True)
class SourceModel:
    """A SavedModel whose signature `serving_default` has fixed shapes."""

    origin: Path
    saved_model: Path
    inputs: tuple[InputSpec, ...]
    layers: tuple[str, ...] = ()
    """Names of the Keras layers, to translate the converter's operator names; empty where they are not known."""
    last_layer: str | None = None
    """The Keras layer whose result is the model's output; None where that is not known, or there are several outputs."""
    outputs: tuple[OutputSpec, ...] = ()
    """In the order in which the model has them."""
    notes: tuple[str, ...] = ()
    """What was done to the model to make it convertible, for the user."""
    recurrent: RecurrentParts | None = None
    """The same model without its recurrent layers; None where it has none that would become loops, and for other sources than Keras'."""

    @property
    def is_tflite(self) -> bool:
        """True for a float .tflite file, which needs no TensorFlow any more; `saved_model` is that file."""
        return self.saved_model.suffix == TFLITE_SUFFIX

    def layer_of(self, operator: str) -> str | None:
        """The Keras layer that an operator such as `functional_1/conv_1/Conv2D` belongs to, if it is known.

        Tracing a layer a second time adds `_1` to its name.
        """
        for part in operator.split("/"):
            for name in (part, re.sub(r"_\d+$", "", part)):
                if name in self.layers:
                    return name
        return None

    def place(self, operator: str) -> str:
        """The Keras layer of an operator, else the operator's own name."""
        layer = self.layer_of(operator)
        return f"'{operator}'" if layer is None else f"layer '{layer}'"


_CODEC = Codec[SourceModel, SourceModel](SourceModel, lambda source: (source, b""), lambda source, _: source)


@isolated(_CODEC)
def open_source(source: Path, work: Path) -> SourceModel:
    """Make `source` convertible, writing what that takes into the folder `work`.

    Raises InputError (not there, not such a file), UnsupportedModelError (open dimensions, batch other than 1, no inputs) or
    ToolError (TensorFlow crashes, which runs in its own process).
    """
    check_source(source)
    if source.exists():
        refuse_code(source)
    if source.suffix in (ONNX_SUFFIX, TORCH_SUFFIX) and not source.is_dir():
        onnx = onnx_from_torch(source, work) if source.suffix == TORCH_SUFFIX else source
        refuse_code(converted := saved_model_from_onnx(onnx, work))
        return replace(_from_saved_model(converted, work), origin=source)
    if source.suffix == TFLITE_SUFFIX and source.is_file():
        return _from_tflite(source)
    return _from_saved_model(source, work) if source.is_dir() else _from_keras(source, work)


def check_source(source: Path) -> None:
    """Raise InputError for what a look at names and suffixes shows to be no model that could be converted."""
    if source.is_dir():
        if not (source / "saved_model.pb").is_file():
            inside = source / "model.keras"
            raise InputError("is not a SavedModel", on=source, expected=_EXPECTED, hint=str(inside) if inside.is_file() else None)
        return
    if source.suffix in (".pt", ".pth"):
        raise InputError(
            "holds Python objects, not a program",
            on=source,
            expected=_EXPECTED,
            hint="torch.export.save(torch.export.export(model, (example,)), 'model.pt2')",
        )
    if source.suffix == TFLITE_SUFFIX:
        refuse_integers(read_model(source), source)
    elif source.exists() and source.suffix in (".npz", ".npy", ".csv"):
        raise InputError(
            "holds data, not a model", on=source, expected=_EXPECTED, hint=f"the model comes first: MODEL --data {source.name}"
        )
    elif source.exists() and source.suffix not in (*_KERAS_SUFFIXES, ONNX_SUFFIX, TORCH_SUFFIX):
        raise InputError(f"is not a model this toolkit reads ('{source.suffix}')", on=source, expected=_EXPECTED)


def is_keras_file(source: Path) -> bool:
    """True for a file that Keras reads: `.keras`, or the older HDF5."""
    return source.suffix in _KERAS_SUFFIXES and source.is_file()


def source_sha256(source: Path) -> str:
    """The hash of a file, or of every file of a folder with its name."""
    if source.is_file():
        return hashlib.sha256(source.read_bytes()).hexdigest()
    digest = hashlib.sha256()
    for path in sorted(path for path in source.rglob("*") if path.is_file()):
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        digest.update(f"{path.relative_to(source).as_posix()} {content}\n".encode())
    return digest.hexdigest()


def refuse_integers(model: Model, source: Path) -> None:
    """Raise InputError for a .tflite file that is quantized already, whole or in part."""
    kind = kind_of(model)
    if kind.name != "float32":
        raise InputError(
            f"is quantized already ({kind.label})",
            on=source,
            expected="a .tflite file with 32-bit floats",
            hint="quantize the model it was made from",
        )


def _from_tflite(source: Path) -> SourceModel:
    model = read_model(source)
    named = zip(input_names(model), model.inputs, strict=True)
    inputs = tuple(_fixed(source, name, tensor.shape, tensor.dtype.name.lower()) for name, tensor in named)
    return SourceModel(source, source, inputs, outputs=tuple(map(OutputSpec, output_names(model))))


def _from_keras(source: Path, work: Path) -> SourceModel:
    try:
        model = load_keras_model(source)
    except InputError as refusal:
        version = written_by_keras_2(source) if source.is_file() else None
        if version is None:
            raise
        return _from_keras_2(source, work, version, refusal)
    interface_of(model, source)  # refuses what has no inputs
    model, policies = in_float32(model)
    ports = interface_of(model, source)
    inputs = tuple(replace(_fixed(source, port.name, port.shape, port.dtype), keras_name=port.keras_name) for port in ports.inputs)
    outputs = tuple(OutputSpec(port.name, port.keras_name) for port in ports.outputs)

    def call(*arguments: Any) -> Any:
        return {spec.name: tensor for spec, tensor in zip(outputs, call_flat(model, arguments), strict=True)}

    keras = load_tensorflow().keras
    folder = work / "source"
    try:
        with quiet():
            archive = keras.export.ExportArchive()
            archive.track(model)
            archive.add_endpoint(SIGNATURE, call, input_signature=_specs(inputs))
            archive.write_out(str(folder), verbose=False)
        recurrent = cut_at_recurrent_layers(model, call, _specs(inputs), work)
    except Exception as error:  # whatever a user's layer raises while it is traced
        raise _not_saved(error, source, f"cannot be traced with a batch of 1: {first_line(error)}") from error
    last = model.outputs[0]._keras_history.operation.name if len(model.outputs) == 1 else None
    layers, notes = tuple(layer.name for layer in model.layers), _precision_notes(policies)
    return SourceModel(source, folder, inputs, layers, last, outputs, notes, recurrent)


def _from_keras_2(source: Path, work: Path, version: str, refusal: InputError) -> SourceModel:
    found = saved_model_from_keras_2(source, work, refusal)
    notes = (f"written by Keras {version}, which Keras 3 does not read: read with Keras 2 (tf-keras)", *_precision_notes(found.policies))
    made = _from_saved_model(found.saved_model, work)
    inputs = tuple(replace(spec, keras_name=spec.name) for spec in made.inputs)
    outputs = tuple(replace(spec, keras_name=spec.name) for spec in made.outputs)
    return replace(made, origin=source, inputs=inputs, outputs=outputs, layers=found.layers, notes=notes)


def _precision_notes(policies: Sequence[str]) -> tuple[str, ...]:
    if not policies:
        return ()
    return (f"layers compute in {', '.join(policies)}: converted in float32, the precision that TensorFlow Lite has",)


def _from_saved_model(source: Path, work: Path) -> SourceModel:
    tensorflow = load_tensorflow()
    try:
        with quiet():
            loaded = tensorflow.saved_model.load(str(source))
    except Exception as error:  # OSError, ValueError, protobuf's own errors
        raise InputError(f"TensorFlow cannot read the SavedModel: {first_line(error)}", on=source) from error
    function = signature_of(source, loaded)
    given = [(name, spec.shape.as_list() if spec.shape.rank is not None else None, spec.dtype) for name, spec in arguments_of(function)]
    inputs = tuple(_fixed(source, name, shape, dtype.name) for name, shape, dtype in given)
    names = [name for name, _, _ in given]
    refuse_clashes("input", names, source)
    keys = sorted(function.structured_outputs, key=numbers_last)
    outputs = tuple(map(OutputSpec, refuse_clashes("output", keys, source)))

    def call(*arguments: Any) -> Any:
        found = function(**dict(zip(names, arguments, strict=True)))
        return {spec.name: found[key] for spec, key in zip(outputs, keys, strict=True)}

    folder = work / "source"
    try:
        with quiet():
            module = tensorflow.Module()
            module.loaded = loaded  # keeps the variables alive and makes them part of what is saved
            fixed = tensorflow.function(call, input_signature=_specs(inputs)).get_concrete_function()
            tensorflow.saved_model.save(module, str(folder), signatures={SIGNATURE: fixed})
    except Exception as error:
        raise _not_saved(error, source, f"cannot be fixed to a batch of 1: {first_line(error)}") from error
    return SourceModel(source, folder, inputs, outputs=outputs)


def _not_saved(error: Exception, source: Path, what: str) -> McuError:
    """Our error for one of TensorFlow's while it traced or saved the model; raises ToolError where the disk was full."""
    refuse_full_disk(error, source)
    return UnsupportedModelError(what, on=source)


def _fixed(source: Path, name: str, shape: Sequence[int | None] | None, dtype: str) -> InputSpec:
    """The input with a batch of 1 in place of an open one; refuses what has no fixed size otherwise."""
    if shape is None or len(shape) == 0:
        raise UnsupportedModelError(f"input '{name}' has no known shape", on=source, expected="a batch dimension and fixed sizes")
    batch, *sizes = shape
    if any(size is None for size in sizes):
        shown = ", ".join("?" if size is None else str(size) for size in shape)
        raise UnsupportedModelError(
            f"input '{name}' has open dimensions: [{shown}]",
            on=source,
            expected="every size but the batch fixed: memory on a microcontroller is planned beforehand",
            hint="give the Input layer its full shape",
        )
    if batch not in (None, 1):
        raise UnsupportedModelError(f"input '{name}' takes a batch of {batch}", on=source, expected="a batch of 1, or an open one")
    return InputSpec(identifier_of(name), (1, *(int(size) for size in sizes if size is not None)), dtype)


def _specs(inputs: Sequence[InputSpec]) -> list[Any]:
    tensorflow = load_tensorflow()
    return [tensorflow.TensorSpec(spec.shape, spec.dtype, name=spec.name) for spec in inputs]


def first_line(error: BaseException) -> str:
    """The first line with text of a foreign exception's message, at most 300 characters."""
    if isinstance(error, McuError):
        return error.what
    return next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)[:300]
