"""A model under construction, operator after operator: each takes the tensor that the one before has made."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from tests.model_builder import ModelBuilder

QUANTIZED = ("int8", "int16", "uint8")
NUMBERS = ("int8", "int16", "int32", "float32")
EVERY = ("int8", "int16", "int32", "float32", "bool")


class UnfitError(Exception):
    """The operator has no form for the tensor that it should take; the text says why."""


class UnfitTypeError(UnfitError):
    """It does not take the element type, whatever the size."""


@dataclass(frozen=True)
class Value:
    """A tensor of the model."""

    index: int
    shape: tuple[int, ...]
    dtype: str
    scale: float | None = None
    point: int = 0


@dataclass
class Chain:
    """The model so far; `random` decides all that a form leaves open."""

    random: np.random.Generator
    builder: ModelBuilder = field(default_factory=ModelBuilder)
    widest: int = 35
    """Channels that a tensor may have; with few of them, compilers unroll loops and put neighbours into one."""

    def value(self, shape: Sequence[int], dtype: str, scale: float | None = None, point: int | None = None) -> Value:
        """A tensor; quantized at random where its type is and the two are left out."""
        shape = tuple(int(size) for size in shape)
        if dtype not in QUANTIZED:
            return Value(self.builder.tensor(shape, dtype), shape, dtype)
        if scale is None:
            scale = self.number(0.01, 0.1) if dtype != "int16" else self.number(0.0001, 0.001)
        if point is None:
            limits = np.iinfo(dtype)
            point = (
                0 if dtype == "int16" else int(self.random.choice([limits.min, limits.max, self.random.integers(limits.min, limits.max)]))
            )
        return Value(self.builder.tensor(shape, dtype, scale, point), shape, dtype, scale, point)

    def like(self, x: Value, shape: Sequence[int] | None = None) -> Value:
        """A tensor of `x`'s type and quantization."""
        return self.value(x.shape if shape is None else shape, x.dtype, x.scale, x.point)

    def constant_like(self, x: Value, shape: Sequence[int]) -> Value:
        """A constant of `x`'s type, quantized again."""
        data = self.values(shape, x.dtype)
        if x.dtype not in QUANTIZED:
            return Value(self.builder.tensor(shape, x.dtype, data=data), tuple(shape), x.dtype)
        scale, point = self.number(0.7, 1.4) * (x.scale or 1), 0 if x.dtype == "int16" else x.point
        return Value(self.builder.tensor(shape, x.dtype, scale, point, data), tuple(shape), x.dtype, scale, point)

    def numbers(self, values: npt.ArrayLike) -> int:
        """A constant that says where: an axis, a shape, paddings."""
        array = np.asarray(values, np.int32)
        return self.builder.tensor(array.shape, "int32", data=array)

    def values(self, shape: Sequence[int], dtype: str) -> npt.NDArray[Any]:
        """Constants over the range of `dtype`; never 0 where that is divided by."""
        if dtype == "float32":
            return (self.random.uniform(0.25, 4, shape) * self.random.choice([-1, 1], shape)).astype(np.float32)
        if dtype == "bool":
            return self.random.integers(0, 2, shape).astype(np.bool_)
        reach = 100 if dtype != "int16" else 20000
        return (self.random.integers(1, reach, shape) * self.random.choice([1] if dtype == "uint8" else [-1, 1], shape)).astype(dtype)

    def number(self, low: float, high: float) -> float:
        """A float32 with all bits of the mantissa."""
        return float(np.float32(self.random.uniform(low, high)))

    def choice(self, *choices: Any) -> Any:
        """One of `choices`."""
        return choices[int(self.random.integers(len(choices)))]


@dataclass(frozen=True)
class Form:
    """An operator, the element types that it takes, and what adds it to a model."""

    name: str
    types: tuple[str, ...]
    add: Callable[[Chain, Value], Value]
    rank: int = 4
    """Dimensions of the model's input where this operator is the first."""


def need(condition: bool, reason: str) -> None:
    """Raise UnfitError unless `condition`."""
    if not condition:
        raise UnfitError(reason)


def need_image(x: Value) -> tuple[int, int, int]:
    """Height, width and channels of a tensor of 4 dimensions."""
    need(len(x.shape) == 4, "takes tensors of 4 dimensions")
    return x.shape[1], x.shape[2], x.shape[3]
