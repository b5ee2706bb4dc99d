"""The custom operators that `mcu quantize` writes for layers that TensorFlow Lite has no integer operator for.

Their operands and arithmetic are in docs/reference/recurrent-operators.md, the Python reference is `mcu_toolkit/runners/reference/`.
"""

from __future__ import annotations

from dataclasses import dataclass

from mcu_toolkit.errors import UnsupportedModelError
from mcu_toolkit.model.graph import Model

GRU, SIMPLE_RNN = "MCU_GRU", "MCU_SIMPLE_RNN"
OWN_OPERATORS = frozenset({GRU, SIMPLE_RNN})
_VERSION = 1
_RESET_AFTER, _BACKWARDS = 1, 2


@dataclass(frozen=True)
class RecurrentOptions:
    """Of both operators; in the file two bytes: the version of this layout and flags."""

    go_backwards: bool = False
    """The last step comes first."""
    reset_after: bool = False
    """GRU: the reset gate is applied after the product with the recurrent weights."""

    def encoded(self) -> bytes:
        """As an operator's custom options."""
        return bytes([_VERSION, (_RESET_AFTER if self.reset_after else 0) | (_BACKWARDS if self.go_backwards else 0)])


def recurrent_options(content: bytes) -> RecurrentOptions | None:
    """What `encoded` made; None for anything else."""
    if len(content) != 2 or content[0] != _VERSION or content[1] > _RESET_AFTER + _BACKWARDS:
        return None
    return RecurrentOptions(bool(content[1] & _BACKWARDS), bool(content[1] & _RESET_AFTER))


def has_own_operators(model: Model) -> bool:
    """True where the first graph has an operator that only this toolkit knows."""
    return any(op.custom_name in OWN_OPERATORS for op in model.main.ops)


def required_options(content: bytes, on: object) -> RecurrentOptions:
    """The same; raises UnsupportedModelError naming `on` where there are none."""
    found = recurrent_options(content)
    if found is None:
        raise UnsupportedModelError(
            f"options of {len(content)} bytes that this version does not know", on=on, hint="quantize the model again"
        )
    return found
