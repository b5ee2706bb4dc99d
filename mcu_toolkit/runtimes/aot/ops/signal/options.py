"""Options of signal operators: FlexBuffer maps whose names and ranges are checked before anything is computed from them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mcu_toolkit.model import DType
from mcu_toolkit.runtimes.aot.ir.flexbuffer import BOOL, INT, UINT, read_vector
from mcu_toolkit.runtimes.aot.ir.operator_view import Constraint, Finding, OpView

RECONVERT = "convert the model again with a current tflite_micro"
INT32 = (-(2**31), 2**31 - 1)
ELEMENT_TYPE = "T"
"""The option that has the element type, as a code of the schema."""
_READ_TYPES = (INT, UINT, BOOL)


@dataclass(frozen=True)
class Range:
    """The values that an option may have."""

    least: int
    most: int


def read_options(view: OpView) -> Mapping[str, int]:
    """The options by name; empty where they are no map of integers."""
    found = read_vector(view.op.custom_options)
    if found is None or any(kind not in _READ_TYPES for kind in found.types):
        return {}
    return dict(zip(found.keys, found.values, strict=False))


def has_options(**ranges: Range) -> Constraint:
    """The options are a map with exactly these names, in their order (TFLM reads by position), with values in their ranges."""
    names = sorted(ranges)

    def check(view: OpView) -> Finding | None:
        found = read_options(view)
        if list(found) != names:
            what = f"{len(view.op.custom_options)} bytes of options" + (f" with {', '.join(found)}" if found else "")
            return Finding(what, RECONVERT)
        for name, value in found.items():
            if not ranges[name].least <= value <= ranges[name].most:
                return Finding(f"{name} {value}", RECONVERT)
        return None

    check.__doc__ = f"the options are a FlexBuffer map of the integers {', '.join(_described(name, ranges[name]) for name in names)}"
    return check


def _described(name: str, bounds: Range) -> str:
    return name if (bounds.least, bounds.most) == INT32 else f"{name} ({bounds.least} to {bounds.most})"


def element_type_is_that_of_the_tensors(view: OpView) -> Finding | None:
    """the option T is the code of the element type of input and output"""
    code = read_options(view)[ELEMENT_TYPE]
    if view.input(0).dtype is view.output.dtype and code == view.input(0).dtype:
        return None
    return Finding(f"T {code}, {view.input(0).dtype.name} in and {view.output.dtype.name} out", RECONVERT, view.output)


def types_of(inputs: tuple[DType, ...], outputs: tuple[DType, ...]) -> Constraint:
    """The element types of inputs and outputs, in their order."""

    def check(view: OpView) -> Finding | None:
        for tensor, dtype in zip((*(view.input(i) for i in range(len(inputs))), *view.outputs), (*inputs, *outputs), strict=True):
            if tensor.dtype is not dtype:
                return Finding(f"a tensor of {tensor.dtype.name} instead of {dtype.name}", RECONVERT, tensor)
        return None

    check.__doc__ = f"inputs are {_names(inputs)}, outputs {_names(outputs)}"
    return check


def _names(dtypes: tuple[DType, ...]) -> str:
    return ", ".join(dtype.name for dtype in dtypes)


def ranks_are(inputs: tuple[int, ...], outputs: tuple[int, ...]) -> Constraint:
    """The numbers of dimensions of inputs and outputs, in their order."""

    def check(view: OpView) -> Finding | None:
        for tensor, rank in zip((*(view.input(i) for i in range(len(inputs))), *view.outputs), (*inputs, *outputs), strict=True):
            if len(tensor.shape) != rank:
                return Finding(f"the shape {list(tensor.shape)}", RECONVERT, tensor)
        return None

    check.__doc__ = f"inputs have {' and '.join(map(str, inputs))} dimensions, outputs {' and '.join(map(str, outputs))}"
    return check


def has_a_dimension(view: OpView) -> Finding | None:
    """the input has at least one dimension"""
    return None if view.input(0).shape else Finding("a scalar", RECONVERT, view.input(0))
