"""The original float model in Keras, for accuracy.

Keras runs in the child process of `isolated`, where each runner has a model of its own under a number.
"""

from __future__ import annotations

import itertools
import json
import math
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from mcu_toolkit.artifacts import RunResult
from mcu_toolkit.errors import InputError, ToolError
from mcu_toolkit.model import Model, Tensor, input_names, output_names
from mcu_toolkit.runners import roles
from mcu_toolkit.runners.foreign_code import refuse_code
from mcu_toolkit.runners.isolated import BYTES, Codec, isolated
from mcu_toolkit.runners.keras2 import BATCHED, saved_model_from_keras_2, written_by_keras_2
from mcu_toolkit.runners.keras_interface import KerasInterface, KerasPort, call_flat, interface_of, matched
from mcu_toolkit.runners.samples import sample_shape
from mcu_toolkit.system.records import from_plain, to_plain
from mcu_toolkit.tensorflow_loader import load_keras_model, load_tensorflow, quiet

_BATCH = 256
_numbers = itertools.count()
Arrays = tuple[npt.NDArray[Any], ...]
Shapes = dict[str, tuple[int, ...]]
"""Of a sample of each input or output, by name, in order."""


@dataclass(frozen=True)
class _Opened:
    """A model in the child.  `into`, `out_of`: for each array that the runner takes or gives, which input or output it is."""

    model: Any
    ports: KerasInterface
    into: tuple[int, ...]
    out_of: tuple[int, ...]


_models: dict[int, _Opened] = {}
"""In the child: the Keras models by their runners' numbers."""


@dataclass(frozen=True)
class _Layout:
    """What the bytes of an array are."""

    shape: tuple[int, ...]
    dtype: str


@dataclass(frozen=True)
class _Layouts:
    arrays: tuple[_Layout, ...]


def _pack(arrays: Arrays) -> tuple[_Layouts, bytes]:
    layouts = _Layouts(tuple(_Layout(array.shape, array.dtype.name) for array in arrays))
    return layouts, b"".join(array.tobytes() for array in arrays)


def _unpack(layouts: _Layouts, content: bytes) -> Arrays:
    arrays, position = [], 0
    for one in layouts.arrays:
        array = np.frombuffer(content, one.dtype, math.prod(one.shape), position).reshape(one.shape)
        arrays.append(array)
        position += array.nbytes
    return tuple(arrays)


_ARRAYS = Codec(_Layouts, _pack, _unpack)


class KerasRunner:
    """Runs a `.keras` file with TensorFlow, which takes seconds to start."""

    name = roles.FLOAT

    def __init__(self, path: Path, like: Model | None = None) -> None:
        """Inputs and outputs are in the order of those of `like`, a .tflite made from the file, by their names; else in Keras' own.

        Raises InputError where the file is missing, Keras cannot read it or it has other inputs and outputs than `like`,
        ToolError where TensorFlow is missing or crashes.
        """
        self._path = path
        self._number = next(_numbers)
        inputs = None if like is None else _shapes(input_names(like), like.inputs)
        outputs = None if like is None else _shapes(output_names(like), like.outputs)
        self.interface: KerasInterface = from_plain(KerasInterface, json.loads(_load(path, self._number, inputs, outputs)))
        """Inputs and outputs in Keras' order."""

    @property
    def inputs(self) -> Shapes:
        """Of a sample, by the input's name, in Keras' order; an open size is 0."""
        return {port.name: tuple(size or 0 for size in port.shape[1:]) for port in self.interface.inputs}

    @property
    def output_names(self) -> tuple[str, ...]:
        """In Keras' order."""
        return tuple(port.name for port in self.interface.outputs)

    def run(self, inputs: Sequence[npt.NDArray[Any]]) -> RunResult:
        """Run every sample in order.

        `inputs`: one float32 array of real values a model input, each [samples, *shape without the batch]; integer
        arrays only where the model's own input is of integers.  The outputs are float32, each [samples, *shape].
        """
        return RunResult(self.name, _run(self._path, self._number, tuple(inputs)))

    def reset(self) -> None:
        """Return the state of stateful layers to its initial values."""
        _reset(self._path, self._number)

    def close(self) -> None:
        """Release the model."""
        _release(self._path, self._number)


@isolated(BYTES)
def _load(path: Path, number: int, inputs: Shapes | None, outputs: Shapes | None) -> bytes:
    if path.is_file():
        refuse_code(path)
    try:
        model = load_keras_model(path)
        ports = interface_of(model, path)
    except InputError as refusal:
        if not path.is_file() or written_by_keras_2(path) is None:
            raise
        with tempfile.TemporaryDirectory(prefix="mcu-keras2-") as work:
            model = _Keras2(saved_model_from_keras_2(path, Path(work), refusal).saved_model)
        ports = model.interface
    into = tuple(range(len(ports.inputs))) if inputs is None else matched("input", ports.inputs, inputs, path)
    out_of = tuple(range(len(ports.outputs))) if outputs is None else matched("output", ports.outputs, outputs, path)
    _models[number] = _Opened(model, ports, into, out_of)
    return json.dumps(to_plain(ports)).encode()


def _shapes(names: Sequence[str], tensors: Sequence[Tensor]) -> Shapes:
    return {name: sample_shape(tensor) for name, tensor in zip(names, tensors, strict=True)}


class _Keras2:
    """A model that only Keras 2 reads, as this module uses models of Keras 3."""

    layers: tuple[Any, ...] = ()

    def __init__(self, saved_model: Path) -> None:
        with quiet():
            self._loaded = load_tensorflow().saved_model.load(str(saved_model))  # keeps the variables alive
        self._function = self._loaded.signatures[BATCHED]
        specs = sorted(self._function.structured_input_signature[1].items())
        results = sorted(self._function.structured_outputs.items())
        self._inputs_struct = [name for name, _ in specs]
        self.interface = KerasInterface(_signature_ports(specs), _signature_ports(results))

    def __call__(self, arguments: Any, training: bool = False) -> Any:
        """As a Keras model is called; the outputs are a dict."""
        return self._function(**dict(zip(self._inputs_struct, arguments, strict=True)))


def _signature_ports(specs: Sequence[tuple[str, Any]]) -> tuple[KerasPort, ...]:
    return tuple(KerasPort(name, name, tuple(spec.shape.as_list()), spec.dtype.name) for name, spec in specs)


@isolated(BYTES)
def _reset(path: Path, number: int) -> bytes:
    for layer in _models[number].model.layers:
        if getattr(layer, "stateful", False):
            layer.reset_state()
    return b""


@isolated(BYTES)
def _release(path: Path, number: int) -> bytes:
    _models.pop(number, None)
    return b""


@isolated(_ARRAYS)
def _run(path: Path, number: int, inputs: Arrays) -> Arrays:
    opened = _models[number]
    if len(opened.into) != len(inputs):
        raise InputError(f"{len(inputs)} input arrays given", on=path, expected=f"{len(opened.into)}, one for each model input")
    given = dict(zip(opened.into, inputs, strict=True))
    arrays = [_checked(path, given[place], port) for place, port in enumerate(opened.ports.inputs)]
    tensorflow = load_tensorflow()
    step = min((port.shape[0] for port in opened.ports.inputs if port.shape[0] is not None), default=_BATCH)  # stateful models fix it
    batches: list[list[npt.NDArray[Any]]] = []
    try:
        for first in range(0, len(arrays[0]), step):
            parts = [tensorflow.constant(array[first : first + step]) for array in arrays]
            with quiet():
                results = call_flat(opened.model, parts)
            batches.append([np.asarray(results[place].numpy(), np.float32) for place in opened.out_of])
    except (ValueError, TypeError, RuntimeError, tensorflow.errors.OpError) as error:
        reason = next((line for line in str(error).splitlines() if line.strip()), type(error).__name__)
        raise ToolError(f"Keras failed: {reason}", on=path) from error
    return tuple(np.concatenate(parts) for parts in zip(*batches, strict=True))


def _checked(path: Path, array: npt.NDArray[Any], port: KerasPort) -> npt.NDArray[Any]:
    """`array` in the dtype of the model's input and, where only dimensions of 1 differ, in its shape."""
    dtype = np.dtype(port.dtype)
    if dtype.kind == "f" and array.dtype.kind != "f":
        raise InputError(
            f"input '{port.name}' is {array.dtype}", on=path, expected=f"real values ({dtype}); quantized inputs belong to the int8 model"
        )
    wanted = port.shape[1:]
    known = all(length is not None for length in wanted)
    if known and array.shape[1:] != wanted:
        if [n for n in array.shape[1:] if n != 1] != [n for n in wanted if n != 1]:
            raise InputError(f"input '{port.name}' has samples of shape {list(array.shape[1:])}", on=path, expected=str(list(wanted)))
        array = array.reshape(len(array), *wanted)
    return array.astype(dtype, copy=False)
