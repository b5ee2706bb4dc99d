"""A probe case: one single-operator model, described as data and built through the schema."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from tests.model_builder import ModelBuilder

SCALES: Mapping[str, tuple[float, int]] = {"int8": (0.05, 3), "uint8": (0.05, 128), "int16": (0.001, 0), "int4": (0.05, 0)}
"""Scale and zero point of a quantized tensor that names none."""
BIAS: Mapping[str, str] = {"int8": "int32", "int16": "int64", "float32": "float32"}
"""What `BIAS` stands for, by the element type that is probed."""
WEIGHTS: Mapping[str, str] = {"int8": "int8", "int16": "int8", "float32": "float32"}
"""What `WEIGHTS` stands for."""


@dataclass(frozen=True)
class Spec:
    """A tensor.  `dtype` may be `T` (the element type that is probed), `BIAS` or `WEIGHTS`; `data` makes it a constant."""

    shape: tuple[int, ...]
    dtype: str = "T"
    data: Any = None
    sample: Any = None
    """What to feed a tensor that is no constant; None: a rising sequence above the zero point."""
    scale: float | None = None
    zero_point: int | None = None
    scales: tuple[float, ...] | None = None
    axis: int = 0
    variable: bool = False
    quantized: bool = True
    """False: integers without scale, as plain numbers."""


Builder = Callable[[str], bytes]
"""Makes the whole model for one element type, where one operator is not enough."""


@dataclass(frozen=True)
class Form:
    """One way of using an operator, for several element types."""

    operator: str
    name: str
    inputs: tuple[Spec | None, ...] = ()
    outputs: tuple[Spec, ...] = ()
    options: Mapping[str, Any] = field(default_factory=dict)
    dtypes: tuple[str, ...] = ("int8", "int16", "float32")
    custom_options: bytes | None = None
    intermediates: tuple[Spec, ...] = ()
    builder: Builder | None = None


@dataclass(frozen=True)
class Case:
    """A form for one element type."""

    form: Form
    dtype: str

    @property
    def key(self) -> str:
        """`ADD | int8 | same shape`: unique in the table."""
        return f"{self.form.operator} | {self.dtype} | {self.form.name}"

    def build(self) -> bytes:
        """The .tflite file."""
        if self.form.builder is not None:
            return self.form.builder(self.dtype)
        builder = ModelBuilder()
        indices: dict[int, int] = {}
        for spec in (*self.form.inputs, *self.form.outputs, *self.form.intermediates):
            if spec is not None and id(spec) not in indices:
                indices[id(spec)] = _add(builder, spec, self.dtype)
        inputs = [-1 if spec is None else indices[id(spec)] for spec in self.form.inputs]
        outputs = [indices[id(spec)] for spec in self.form.outputs]
        between = [indices[id(spec)] for spec in self.form.intermediates] or None
        custom = self.form.custom_options
        builder.op(self.form.operator, inputs, outputs, custom_options=custom, intermediates=between, **self.form.options)
        return builder.build([indices[id(spec)] for spec in self._fed()], outputs)

    def samples(self) -> list[npt.NDArray[Any]]:
        """One array an input of the model; models from a builder have one input [1, 2]."""
        if self.form.builder is not None:
            return [np.ones((1, 2), self.dtype)]
        return [_sample(spec, self.dtype) for spec in self._fed()]

    def _fed(self) -> list[Spec]:
        fed = [spec for spec in self.form.inputs if spec is not None and spec.data is None and not spec.variable]
        return list({id(spec): spec for spec in fed}.values())


def cases_of(forms: Sequence[Form]) -> list[Case]:
    """Every form for each of its element types."""
    return [Case(form, dtype) for form in forms for dtype in form.dtypes]


def _dtype(spec: Spec, probed: str) -> str:
    return {"T": probed, "BIAS": BIAS.get(probed, probed), "WEIGHTS": WEIGHTS.get(probed, probed)}.get(spec.dtype, spec.dtype)


def _quantization(spec: Spec, dtype: str) -> tuple[float | None, int]:
    scale, zero_point = SCALES.get(dtype, (None, 0)) if spec.quantized else (None, 0)
    if spec.dtype == "WEIGHTS":
        zero_point = 0
    if spec.dtype == "BIAS" and dtype != "float32":
        scale = 0.0025 if dtype == "int32" else 0.00005
    return (scale if spec.scale is None else spec.scale), (zero_point if spec.zero_point is None else spec.zero_point)


def _add(builder: ModelBuilder, spec: Spec, probed: str) -> int:
    dtype = _dtype(spec, probed)
    scale, zero_point = _quantization(spec, dtype)
    if dtype == "float32":
        scale = None
    scales = None if dtype == "float32" else spec.scales
    return builder.tensor(
        spec.shape,
        dtype,
        None if scales is not None else scale,
        zero_point,
        spec.data,
        scales=scales,
        axis=spec.axis,
        is_variable=spec.variable,
    )


def _sample(spec: Spec, probed: str) -> npt.NDArray[Any]:
    dtype = _dtype(spec, probed)
    if spec.sample is not None:
        return np.broadcast_to(np.asarray(spec.sample, dtype), spec.shape).copy()
    count = int(np.prod(spec.shape, dtype=np.int64))
    rising = np.arange(count).reshape(spec.shape) % 23 + 1
    if dtype == "bool":
        return rising % 2 == 0
    if dtype == "float32":
        return (rising * 0.25).astype(np.float32)
    return (rising + max(_quantization(spec, dtype)[1], -100)).clip(np.iinfo(dtype).min, np.iinfo(dtype).max).astype(dtype)


def constant(values: Any, dtype: str = "int32") -> Spec:
    """A constant of plain numbers: axes, shapes, paddings."""
    array = np.asarray(values)
    return Spec(array.shape, dtype, data=array, quantized=False)


def noise(shape: tuple[int, ...], low: int = -9, high: int = 9) -> npt.NDArray[np.int64]:
    """Weights that are the same in every run."""
    seed = zlib.crc32(repr(shape).encode())
    return np.random.default_rng(seed).integers(low, high + 1, shape)
