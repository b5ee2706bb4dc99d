"""An image's instructions, by address, as objdump reads them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from mcu_toolkit.boards.core_table import FAMILIES
from mcu_toolkit.errors import ToolError
from mcu_toolkit.system.process import run

_SYMBOL = re.compile(r"^[0-9a-f]+ <(.+)>:$")
_INSTRUCTION = re.compile(r"^\s*([0-9a-f]+):\t((?:[0-9a-f]{2,8} ?)+)\s*\t(\S+)(?:\t(.*))?$")
_UNKNOWN = re.compile(r"^\s*([0-9a-f]+):\t((?:[0-9a-f]{2,8} ?)+)\s*\t+[@;#] <UNDEFINED>()()")
"""What objdump has no name for: of Armv8.1-M the shifts of 64 bits (binutils 2.40)."""
_CALLS = frozenset(family.call_instruction for family in FAMILIES.values() if family.call_instruction)
_COMMENT = re.compile(r"\s*[;@#] .*$")
_FAR_CALL = re.compile(r"^-?\d+\(\w+\) # [0-9a-f]+ (<\S+>)$")
"""Operands of RISC-V's JALR behind an AUIPC, which LLD 14 does not shorten to JAL: only the comment says where to."""


@dataclass(frozen=True)
class Instruction:
    """One instruction.  `mnemonic` without its width (`.w`, `.n`); `operands` as objdump writes them, without comments."""

    address: int
    size_bytes: int
    mnemonic: str
    operands: str
    function: str


@dataclass(frozen=True)
class Listing:
    """All instructions of an image."""

    by_address: Mapping[int, Instruction]

    def block(self, first: int, end: int) -> Iterator[Instruction]:
        """The instructions from `first` up to `end`; raises KeyError where there is none.

        One that reaches beyond `end` runs in the block behind: where it lies on two pages, QEMU 7.2 has its first half in both.
        """
        address = first
        while address < end:
            instruction = self.by_address[address]
            if address + instruction.size_bytes > end:
                return
            yield instruction
            address += instruction.size_bytes

    def function_start(self, name: str) -> int:
        """Address of a function; raises ToolError where the image has none of that name."""
        found = [address for address, instruction in self.by_address.items() if instruction.function == name]
        if not found:
            raise ToolError(f"the image has no function '{name}'", hint="build it without link-time optimisation")
        return min(found)

    def return_address(self, caller: str, callee: str) -> int:
        """Where `caller` goes on after its only call of `callee`; raises ToolError where there is no such call, or several."""
        calls = [
            instruction.address + instruction.size_bytes
            for instruction in self.by_address.values()
            if instruction.function == caller and instruction.mnemonic in (*_CALLS, "jalr") and f"<{callee}>" in instruction.operands
        ]
        if len(calls) != 1:
            raise ToolError(f"'{caller}' calls '{callee}' at {len(calls)} places, one was expected")
        return calls[0]


def read_listing(elf: Path, objdump: Path) -> Listing:
    """Disassemble the code of `elf`; raises ToolError where objdump fails."""
    completed = run([objdump, "-d", "--wide", elf])
    if completed.exit_code != 0:
        raise ToolError(f"{objdump.name} failed:\n{completed.tail()}", on=str(elf))
    found: dict[int, Instruction] = {}
    function = ""
    for line in completed.output.splitlines():
        symbol = _SYMBOL.match(line)
        if symbol:
            function = symbol[1]
        match = _INSTRUCTION.match(line) or _UNKNOWN.match(line)
        if match:
            address, code, mnemonic, operands = match.groups()
            size_bytes = sum(len(word) for word in code.split()) // 2
            far_call = _FAR_CALL.match(operands or "") if mnemonic == "jalr" else None
            text = _COMMENT.sub("", operands or "").strip() + (f" {far_call[1]}" if far_call else "")
            found[int(address, 16)] = Instruction(int(address, 16), size_bytes, re.sub(r"\.[wn]$", "", mnemonic), text, function)
    return Listing(found)
