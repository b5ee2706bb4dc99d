"""The generated `MicroMutableOpResolver<N>`: exactly the operators that the models use, each in its smallest form."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mcu_toolkit.model import Graph, Model, Op
from mcu_toolkit.runtimes.tflm.facts import LibraryFacts
from mcu_toolkit.runtimes.tflm.operators import entry_of, is_int8, name_of


@dataclass(frozen=True)
class Registration:
    """One call of the resolver: `resolver->AddConv2D(tflite::Register_CONV_2D_INT8())`."""

    operator: str
    """For people: `CONV_2D`."""
    key: str
    """What the resolver finds it by, in C++: `tflite::BuiltinOperator_CONV_2D`, `"CIRCULAR_BUFFER"`."""
    method: str
    argument: str
    """C++ or empty."""
    header: str
    """Below tensorflow/lite/micro/kernels/; empty where the resolver's own header is enough."""


def registrations(models: Sequence[Model], library: LibraryFacts | None) -> tuple[Registration, ...]:
    """Every operator of every graph of `models` once, sorted by name; a library of unknown content gets its default kernels.

    Operators that TFLM does not have are left out: `check_model` refuses them.
    """
    uses: dict[str, list[tuple[Graph, Op]]] = {}
    for model in models:
        for graph in model.graphs:
            for op in graph.ops:
                uses.setdefault(name_of(op), []).append((graph, op))
    made = (_registration(name, found, library) for name, found in sorted(uses.items()))
    return tuple(one for one in made if one is not None)


def _registration(name: str, uses: Sequence[tuple[Graph, Op]], library: LibraryFacts | None) -> Registration | None:
    entry = entry_of(uses[0][1])
    if entry is None:
        return None
    custom = uses[0][1].custom_name
    key = f"tflite::BuiltinOperator_{name}" if custom is None else f'"{custom}"'
    has_int8 = library is not None and entry.int8_registration in library.int8_registrations
    if has_int8 and all(is_int8(graph, op) for graph, op in uses):
        return Registration(name, key, entry.method, f"tflite::{entry.int8_registration}()", entry.int8_header)
    return Registration(name, key, entry.method, "", "")
