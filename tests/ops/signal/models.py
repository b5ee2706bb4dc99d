"""Models of one signal operator, with options as tflite_micro writes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from flatbuffers import flexbuffers

from tests.model_builder import ModelBuilder

CODES = {"float32": 0, "int32": 2, "int16": 7}
"""What the option T says."""
Tensors = Sequence[tuple[Sequence[int], str]]
"""Shape and element type of each."""


def packed(**options: int | bool) -> bytes:
    """A FlexBuffer map."""
    packer = flexbuffers.Builder()
    with packer.Map():
        for name, value in options.items():
            packer.Key(name)
            (packer.Bool if isinstance(value, bool) else packer.Int)(value)
    return bytes(packer.Finish())


def one_operator(
    name: str, inputs: Tensors, outputs: Tensors, options: bytes = b"", constants: Mapping[int, npt.NDArray[Any]] | None = None
) -> bytes:
    """A model of the operator `name`; `constants` by the position of the input."""
    builder, found = ModelBuilder(), constants or {}
    sources = [builder.tensor(shape, dtype, data=found.get(number)) for number, (shape, dtype) in enumerate(inputs)]
    results = [builder.tensor(shape, dtype) for shape, dtype in outputs]
    builder.op(name, sources, results, custom_options=options)
    return builder.build([index for number, index in enumerate(sources) if number not in found], results)


def random_bits(random: np.random.Generator, shape: Sequence[int], dtype: str) -> npt.NDArray[Any]:
    """Unsigned numbers of any number of bits, each as likely as the others."""
    bits = 8 * np.dtype(dtype).itemsize
    values = (
        random.integers(0, 2**bits, shape, dtype=dtype, endpoint=False) if bits < 64 else random.integers(0, 2**64 - 1, shape, dtype=dtype)
    )
    return values >> random.integers(0, bits, shape).astype(dtype)
