"""A FAULT event in words: which fault, why, and where."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from mcu_toolkit.boards.core import Family
from mcu_toolkit.boards.core_table import FAMILIES
from mcu_toolkit.errors import DeviceError
from mcu_toolkit.protocol.ids import FAULT_STACK_OVERFLOW, NO_LAYER
from mcu_toolkit.protocol.messages import FaultEvent

_TRACKED_HINT: Final = "if the model's layer is at fault: mcu verify --per-layer; else look at that function of the firmware"


class FirmwareFaultError(DeviceError):
    """The board's core faulted; `fault` is what it reported."""

    def __init__(self, fault: FaultEvent, what: str, *, on: str, hint: str | None = None) -> None:
        super().__init__(what, on=on, hint=hint)
        self.fault = fault


def fault_error(
    fault: FaultEvent, *, on: str, family: str = "cortex_m", name_address: Callable[[int], str | None] = lambda _address: None
) -> FirmwareFaultError:
    """An error to raise.  `family` as in Board.core_family; `name_address` finds the function at an address."""
    overflow = bool(fault.kind & FAULT_STACK_OVERFLOW)
    kind = fault.kind & ~FAULT_STACK_OVERFLOW
    facts = FAMILIES[family]
    name = facts.faults.get(kind, f"exception {kind}")
    layer = "" if fault.layer == NO_LAYER else f" in layer {fault.layer}"
    what = [f"the firmware crashed{layer}: {'stack overflow, ' if overflow else ''}{name}{_reasons(fault, facts)}"]
    for register, address in (("at pc", fault.pc), ("called from lr", fault.lr)):
        if address:
            function = name_address(address)
            what.append(f"  {register} {address:#010x}" + (f", {function}" if function else ""))
    what.append(f"  {facts.fault_status} {fault.status:#010x}")
    hint = "raise stack_bytes in the board's file, then generate, build and flash" if overflow else _TRACKED_HINT
    return FirmwareFaultError(fault, "\n".join(what), on=on, hint=hint)


def _reasons(fault: FaultEvent, family: Family) -> str:
    found = [text for bit, text in family.fault_reasons.items() if fault.status >> bit & 1]
    return f" ({'; '.join(found)})" if found else ""
