"""What a module of `ops/` offers: an operator, for one instruction set, and ways of lowering it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from mcu_toolkit.runtimes.aot.ir.lowered_operator import LoweredOperator
from mcu_toolkit.runtimes.aot.ir.operator_view import Constraint, OpView
from mcu_toolkit.runtimes.aot.ir.target import Target


@dataclass(frozen=True)
class KernelVariant:
    """One more way of doing a layer: `lower` gives None for a layer that it cannot do.  See kernel_choice.py."""

    name: str
    """A word or two, unique among an operator's kernel variants for one instruction set: `taps`, `4 pixels`."""
    lower: Callable[[OpView, Target], LoweredOperator | None]


@dataclass(frozen=True)
class Operator:
    """What a file of `ops/` offers under the name `OPERATOR`.

    `instruction_set` names the variant.  Where one cannot do a layer better, its `lower` gives None and leaves it to the next one;
    the portable one does every layer that its constraints let through.
    """

    name: str
    constraints: tuple[Constraint, ...]
    lower: Callable[[OpView, Target], LoweredOperator | None]
    instruction_set: str = "portable"
    variants: tuple[KernelVariant, ...] = ()
    """Ways beside `lower`, which stays the default: where that does not do a layer, or needs too much memory."""
