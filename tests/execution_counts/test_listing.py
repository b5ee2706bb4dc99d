from __future__ import annotations

from pathlib import Path

import pytest

from mcu_toolkit.errors import ToolError
from mcu_toolkit.execution_counts import read_listing

OBJDUMP = """
image.elf:     file format elf32-littlearm


Disassembly of section .text:

08000100 <caller>:
 8000100:\tb510      \tpush\t{r4, lr}
 8000102:\tf000 f803 \tbl\t800010c <callee>
 8000106:\t4b01      \tldr\tr3, [pc, #4]\t@ (800010c <callee>)
 8000108:\tbd10      \tpop\t{r4, pc}
 800010a:\tbf00      \tnop

0800010c <callee>:
 800010c:\tf8d0 3004 \tldr.w\tr3, [r0, #4]
 8000110:\t12345678 \t.word\t0x12345678
 8000114:\tea53 b342 \t\t\t@ <UNDEFINED> instruction: 0xea53b342
 8000118:\tbf00      \tnop
"""


def objdump(folder: Path, text: str) -> Path:
    """A fake objdump that prints `text`."""
    program = folder / "objdump"
    program.write_text(f"#!/bin/sh\ncat <<'END'\n{text}\nEND\n")
    program.chmod(0o755)
    return program


def test_instructions_have_size_function_and_operands_without_comments(tmp_path: Path) -> None:
    listing = read_listing(tmp_path / "image.elf", objdump(tmp_path, OBJDUMP))
    found = [(i.size_bytes, i.mnemonic, i.operands, i.function) for i in listing.block(0x8000100, 0x8000110)]
    assert found == [
        (2, "push", "{r4, lr}", "caller"),
        (4, "bl", "800010c <callee>", "caller"),
        (2, "ldr", "r3, [pc, #4]", "caller"),
        (2, "pop", "{r4, pc}", "caller"),
        (2, "nop", "", "caller"),
        (4, "ldr", "r3, [r0, #4]", "callee"),
    ]
    assert listing.function_start("callee") == 0x800010C
    assert listing.return_address("caller", "callee") == 0x8000106


def test_an_instruction_that_objdump_does_not_know_is_one_all_the_same(tmp_path: Path) -> None:
    listing = read_listing(tmp_path / "image.elf", objdump(tmp_path, OBJDUMP))
    assert [(i.address, i.size_bytes, i.mnemonic) for i in listing.block(0x8000114, 0x800011A)] == [
        (0x8000114, 4, ""),
        (0x8000118, 2, "nop"),
    ]


def test_a_function_that_was_inlined_is_said(tmp_path: Path) -> None:
    listing = read_listing(tmp_path / "image.elf", objdump(tmp_path, OBJDUMP))
    with pytest.raises(ToolError, match="no function 'gone'"):
        listing.function_start("gone")
    with pytest.raises(ToolError, match="'callee' calls 'caller' at 0 places"):
        listing.return_address("callee", "caller")


def test_an_instruction_newer_than_objdump_is_listed_all_the_same(tmp_path: Path) -> None:
    text = "08000100 <f>:\n 8000100:\tea52 92a2 \t\t\t@ <UNDEFINED> instruction: 0xea5292a2\n 8000104:\tbf00      \tnop"
    listing = read_listing(tmp_path / "image.elf", objdump(tmp_path, text))
    assert [i.size_bytes for i in listing.block(0x8000100, 0x8000106)] == [4, 2]


def test_an_instruction_on_two_pages_belongs_to_the_block_it_runs_in(tmp_path: Path) -> None:
    text = "080003fa <f>:\n 80003fa:\tfb24 7703 \tsmlad\tr7, r4, r3, r7\n"
    text += " 80003fe:\tfb25 8803 \tsmlad\tr8, r5, r3, r8\n 8000402:\tbf00      \tnop"
    listing = read_listing(tmp_path / "image.elf", objdump(tmp_path, text))
    assert [i.address for i in listing.block(0x80003FA, 0x8000400)] == [0x80003FA]
    assert [i.address for i in listing.block(0x80003FE, 0x8000404)] == [0x80003FE, 0x8000402]


def test_a_call_that_the_linker_did_not_shorten_is_found_by_its_comment(tmp_path: Path) -> None:
    code = (
        "80002f80 <caller>:\n"
        "80002f9e:\tffffe097          \tauipc\tra,0xffffe\n"
        "80002fa2:\tb46080e7          \tjalr\t-1210(ra) # 80000ae4 <callee>\n"
        "80002fa6:\t9782                \tjalr\ta5\n"
    )
    listing = read_listing(tmp_path / "image.elf", objdump(tmp_path, code))
    assert listing.return_address("caller", "callee") == 0x80002FA6
    assert [i.operands for i in listing.block(0x80002FA2, 0x80002FA8)] == ["-1210(ra) <callee>", "a5"]
