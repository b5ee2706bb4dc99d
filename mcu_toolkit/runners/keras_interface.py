"""The inputs and outputs of a Keras model as flat lists with names, whatever structure of lists and dicts it takes and gives.

Called only where TensorFlow is loaded.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mcu_toolkit.errors import InputError, UnsupportedModelError
from mcu_toolkit.model import refuse_clashes
from mcu_toolkit.tensorflow_loader import load_tensorflow


@dataclass(frozen=True)
class KerasPort:
    """One input or output."""

    name: str
    """The identifier that it goes by everywhere."""
    keras_name: str
    """The key of its dict, else the layer that makes it."""
    shape: tuple[int | None, ...]
    dtype: str


@dataclass(frozen=True)
class KerasInterface:
    """Inputs in the order of `model.inputs`, outputs in that of `model.outputs`."""

    inputs: tuple[KerasPort, ...]
    outputs: tuple[KerasPort, ...]


def interface_of(model: Any, on: object) -> KerasInterface:
    """Names, shapes and types of a built Keras model.

    Raises UnsupportedModelError where it has no inputs with known shapes, InputError where two names are the same as identifiers.
    """
    if not getattr(model, "inputs", None):
        raise UnsupportedModelError("has no inputs with known shapes", on=on, expected="a Sequential or functional Keras model")
    return KerasInterface(
        _ports("input", model.inputs, _names(model, "_inputs_struct", model.inputs), on),
        _ports("output", model.outputs, _names(model, "_outputs_struct", model.outputs), on),
    )


def call_flat(model: Any, tensors: Sequence[Any]) -> list[Any]:
    """The outputs of `model` in the order of `model.outputs`; `tensors` in the order of `model.inputs`."""
    tree = load_tensorflow().keras.tree
    structure = _structure(model, "_inputs_struct")
    given = tree.pack_sequence_as(structure, list(tensors)) if structure is not None else tensors[0]
    found: list[Any] = tree.flatten(model(given, training=False))
    return found


def matched(kind: str, ports: Sequence[KerasPort], wanted: Mapping[str, tuple[int, ...]], on: object) -> tuple[int, ...]:
    """For each name of `wanted` (a .tflite's inputs or outputs, with the shape of a sample) the port that it is.

    Names decide.  What Keras' own export calls `output_<n>` is the n-th output.  Where the names say nothing, shapes decide,
    if all of them are different; else InputError is raised: by position it would be a guess.
    """
    names = [port.name for port in ports]
    if sorted(names) == sorted(wanted):
        return tuple(names.index(name) for name in wanted)
    if len(ports) == len(wanted) == 1:
        return (0,)
    exported = [f"{kind}_{number}" for number in range(len(ports))]
    if kind == "output" and sorted(exported) == sorted(wanted):
        return tuple(exported.index(name) for name in wanted)
    shapes = [_without_ones(port.shape[1:]) for port in ports]
    asked = [_without_ones(shape) for shape in wanted.values()]
    if sorted(map(str, shapes)) == sorted(map(str, asked)) and len(set(shapes)) == len(shapes):
        return tuple(shapes.index(shape) for shape in asked)
    raise InputError(
        f"the float model's {kind}s are {', '.join(names)}; the .tflite's are {', '.join(wanted)}",
        on=on,
        expected="the same names in both, or shapes that are all different",
        hint="make the .tflite with `mcu quantize`, which keeps the names; or convert with a signature that has them",
    )


def _ports(kind: str, tensors: Sequence[Any], keras_names: Sequence[str], on: object) -> tuple[KerasPort, ...]:
    names = refuse_clashes(kind, keras_names, on)
    return tuple(
        KerasPort(name, keras_name, tuple(tensor.shape), str(tensor.dtype))
        for name, keras_name, tensor in zip(names, keras_names, tensors, strict=True)
    )


def _structure(model: Any, attribute: str) -> Any:
    """How a functional model nests its inputs or outputs; None for others, which have one of either."""
    return getattr(getattr(model, "_functional", model), attribute, None)


def _names(model: Any, attribute: str, tensors: Sequence[Any]) -> list[str]:
    """The keys of dicts; without dicts the layers that make the tensors, numbered where one layer makes several."""
    structure = _structure(model, attribute)
    layers = [tensor._keras_history.operation.name for tensor in tensors]
    if structure is None:
        return layers
    paths = [path for path, _ in load_tensorflow().keras.tree.flatten_with_path(structure)]
    names = [_path_name(path) or layer for path, layer in zip(paths, layers, strict=True)]
    seen: Counter[str] = Counter()
    found = []
    for path, name in zip(paths, names, strict=True):
        numbered = not _path_name(path) and seen[name] > 0
        found.append(f"{name}_{seen[name]}" if numbered else name)
        seen[name] += 1
    return found


def _path_name(path: Sequence[Any]) -> str:
    """The keys and numbers of a path from its first key on; empty where lists are all there is."""
    first = next((number for number, part in enumerate(path) if isinstance(part, str)), len(path))
    return "_".join(str(part) for part in path[first:])


def _without_ones(shape: Sequence[int | None]) -> tuple[int | None, ...]:
    return tuple(length for length in shape if length != 1)
