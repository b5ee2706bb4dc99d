"""A FAULT event in words: which fault, why, and where."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from mcu_toolkit.errors import DeviceError
from mcu_toolkit.protocol.ids import FAULT_STACK_OVERFLOW, NO_LAYER
from mcu_toolkit.protocol.messages import FaultEvent

# Armv7-M ARM, B1.5.2; 7 is Armv8-M's.
_CORTEX_M: Final = {2: "NMI", 3: "HardFault", 4: "MemManage fault", 5: "BusFault", 6: "UsageFault", 7: "SecureFault"}
# RISC-V privileged architecture, table of mcause.
_RISCV: Final = {
    0: "misaligned instruction address", 1: "instruction access fault", 2: "illegal instruction", 3: "breakpoint",
    4: "misaligned load", 5: "load access fault", 6: "misaligned store", 7: "store access fault", 11: "environment call",
}  # fmt: skip
# Armv7-M ARM, B3.2.15: the Configurable Fault Status Register.
_CFSR: Final = {
    0: "instruction fetch from memory that must not be executed",
    1: "data access to memory that is closed",
    3: "unstacking violated memory protection",
    4: "stacking violated memory protection",
    5: "saving FPU state violated memory protection",
    8: "instruction fetch from no memory",
    9: "data access to no memory",
    10: "data access to no memory (place not exact)",
    11: "unstacking from no memory",
    12: "stacking to no memory",
    13: "saving FPU state to no memory",
    16: "undefined instruction",
    17: "invalid state (a call to an even address?)",
    18: "invalid exception return",
    19: "coprocessor or FPU that is off",
    20: "stack limit passed",
    24: "unaligned access",
    25: "division by zero",
}
_TRACKED_HINT: Final = "if the model's layer is at fault: mcu verify --per-layer; else look at that function of the firmware"


class FirmwareFaultError(DeviceError):
    """The board's core faulted; `fault` is what it told."""

    def __init__(self, fault: FaultEvent, what: str, *, on: str, hint: str | None = None) -> None:
        super().__init__(what, on=on, hint=hint)
        self.fault = fault


def fault_error(
    fault: FaultEvent, *, on: str, family: str = "cortex_m", name_address: Callable[[int], str | None] = lambda _address: None
) -> FirmwareFaultError:
    """An error to raise.  `family` as in Board.core_family; `name_address` finds the function at an address."""
    overflow = bool(fault.kind & FAULT_STACK_OVERFLOW)
    kind = fault.kind & ~FAULT_STACK_OVERFLOW
    names = _RISCV if family == "riscv" else _CORTEX_M
    name = names.get(kind, f"exception {kind}")
    layer = "" if fault.layer == NO_LAYER else f" in layer {fault.layer}"
    what = [f"the firmware crashed{layer}: {'stack overflow, ' if overflow else ''}{name}{_reasons(fault, family)}"]
    for register, address in (("at pc", fault.pc), ("called from lr", fault.lr)):
        if address:
            function = name_address(address)
            what.append(f"  {register} {address:#010x}" + (f", {function}" if function else ""))
    what.append(f"  {'mtval' if family == 'riscv' else 'CFSR'} {fault.status:#010x}")
    hint = "raise stack_bytes in the board's file, then generate, build and flash" if overflow else _TRACKED_HINT
    return FirmwareFaultError(fault, "\n".join(what), on=on, hint=hint)


def _reasons(fault: FaultEvent, family: str) -> str:
    if family == "riscv":
        return ""
    found = [text for bit, text in _CFSR.items() if fault.status >> bit & 1]
    return f" ({'; '.join(found)})" if found else ""
