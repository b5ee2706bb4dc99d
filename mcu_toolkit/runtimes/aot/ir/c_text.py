"""Pieces of C: arrays, numbers and comments.  Nothing a model's author chose gets into C except through here and `sinks`."""

from __future__ import annotations

import bisect
import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from mcu_toolkit.system.sinks import c_comment

_WIDTH = 116
"""Characters of array rows, without the indent."""
_LEAST_BYTE = -128
_OF_A_BYTE = tuple(str(value) for value in range(_LEAST_BYTE, 256))

C_TYPES = {
    "int8": "int8_t",
    "uint8": "uint8_t",
    "int16": "int16_t",
    "uint16": "uint16_t",
    "int32": "int32_t",
    "uint32": "uint32_t",
    "int64": "int64_t",
    "uint64": "uint64_t",
    "float32": "float",
    "bool": "uint8_t",
}
"""C's names of numpy's element types."""

C_POINTER_TYPES = {
    **C_TYPES,
    "int16": "aot_int16",
    "int32": "aot_int32",
    "uint32": "aot_uint32",
    "int64": "aot_int64",
    "uint64": "aot_uint64",
    "float32": "aot_float32",
}
"""What pointers into the arena point to: types that may alias others (kernels/aot.h)."""


def c_tensor_name(name: str) -> str:
    """A tensor's name for a comment: converters join the names of fused layers with semicolons; the first one says enough."""
    return c_comment(name.split(";", maxsplit=1)[0])


def c_filled(pieces: Sequence[str], indent: str) -> str:
    """A statement or initialiser in lines of at most 120 characters, broken between pieces, the first line unindented."""
    lines, line = [], ""
    for part in pieces:
        if line and len(indent) + len(line) + 1 + len(part) > 120:
            lines.append(line)
            line = "    " + part
        else:
            line = f"{line} {part}" if line else part
    return f"\n{indent}".join([*lines, line])


def c_float(value: float) -> str:
    """A float32 as a C constant that is read back as exactly the same value; in plain digits where these are few."""
    single = np.float32(value)
    is_plain = value == 0 or 1e-4 <= abs(value) < 1e7
    form = np.format_float_positional if is_plain else np.format_float_scientific
    return f"{form(single, unique=True, trim='0')}f"


def c_integer(value: int) -> str:
    """An integer as a C expression; INT32_MIN and INT64_MIN need care, since C has no negative constants."""
    if value == -(2**31):
        return "INT32_MIN"
    if value == -(2**63):
        return "INT64_MIN"
    return f"INT64_C({value})" if abs(value) >= 2**31 else str(value)


def c_array(name: str, array: npt.NDArray[Any], comment: str, storage: str = "static const") -> str:
    """An array definition of any shape, flat, with its comment above it; names in `comment` went through c_comment."""
    flat = np.ascontiguousarray(array).reshape(-1)
    words = _words(flat)
    assert "*/" not in comment
    return f"/* {comment} */\n{storage} {C_TYPES[flat.dtype.name]} {name}[{flat.size}] = {{\n{_rows(words)}\n}};"


def _words(flat: npt.NDArray[Any]) -> list[str]:
    """Weights are most of what is generated: elements of a byte are looked up, and only constants that C lacks are looked at one by one."""
    if flat.dtype.kind == "f":
        return [c_float(value) for value in flat]
    if flat.dtype == np.uint32:  # packed words: the bytes are what they are made of
        return [f"0x{value:08x}u" for value in flat.tolist()]
    values = flat.astype(np.int64)
    if flat.dtype.itemsize == 1:
        return list(map(_OF_A_BYTE.__getitem__, (values - _LEAST_BYTE).tolist()))
    needs_care = values.size > 0 and (values.min() <= -(2**31) or values.max() >= 2**31)
    return list(map(c_integer if needs_care else str, values.tolist()))


def _rows(words: list[str]) -> str:
    """As many words in each row as its width takes."""
    ends = list(itertools.accumulate(len(word) + 2 for word in words))
    rows, first, before = [], 0, 0
    while first < len(words):
        last = max(first + 1, bisect.bisect_right(ends, before + _WIDTH, first))
        rows.append("    " + ", ".join(words[first:last]))
        first, before = last, ends[last - 1]
    return ",\n".join(rows or ["    "])
