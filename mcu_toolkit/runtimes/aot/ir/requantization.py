"""How kernels bring sums to outputs, as class constants of generated functions."""

from __future__ import annotations

from mcu_toolkit.runtimes.aot.ir.c_tree import Expression, flags


def requantize_flags(*, fast: bool, minimum: int, maximum: int) -> Expression:
    """The constants of kernels/aot.h that say how sums become outputs."""
    names = (["AOT_SHORT_ROUNDING"] if fast else []) + (["AOT_WHOLE_RANGE"] if (minimum, maximum) == (-128, 127) else [])
    return flags(*names)


def requantize_suffix(*, fast: bool, minimum: int, maximum: int) -> str:
    """The same in the name of a kernel class; nothing for the usual case."""
    return ("" if fast else "_wide") + ("" if (minimum, maximum) == (-128, 127) else "_clamped")
