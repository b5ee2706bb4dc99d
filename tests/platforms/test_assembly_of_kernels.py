"""Functions of kernels that are assembly alone become the same machine code whichever compiler's assembler reads them."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from elftools.elf.elffile import ELFFile

from mcu_toolkit.boards import load_board
from mcu_toolkit.build import compiler_of
from mcu_toolkit.firmware import export_sources
from mcu_toolkit.model import parse_model
from mcu_toolkit.runtimes import get_runtime
from mcu_toolkit.system.process import run
from mcu_toolkit.system.resources import templates_dir
from tests.compilers import clang_command
from tests.runtimes.aot.test_generated_code import every_operator
from tests.small_models import network

KERNELS = templates_dir() / "runtimes/aot/kernels"
NAKED = re.compile(
    r"aot_dsp_(?:matrix_(?:one|two)_sided|row_(?:one|two)_sided|gather_rows)\w*|aot_mve_(?:row|matrix)_sums|\w*depthwise_3x3\w*"
)
"""Of those functions that the models below have."""


def naked_functions(command: list[str], source: Path, folder: Path) -> dict[str, bytes]:
    """Their code, by name."""
    target = folder / "model.o"
    done = run([*command, "-std=c99", "-O2", "-ffunction-sections", "-c", source, "-o", target])
    assert done.exit_code == 0, done.output
    with target.open("rb") as stream:
        elf = ELFFile(stream)
        symbols = [one for one in elf.get_section_by_name(".symtab").iter_symbols() if one["st_info"]["type"] == "STT_FUNC"]
        found = {}
        for symbol in symbols:
            if NAKED.fullmatch(symbol.name):
                begin = symbol["st_value"] & ~1
                found[symbol.name] = elf.get_section(symbol["st_shndx"]).data()[begin : begin + symbol["st_size"]]
        return found


@pytest.mark.parametrize(("board_id", "least"), [("netduinoplus2", 4), ("mps3-an547", 1)])
def test_both_assemblers_make_the_same_code(board_id: str, least: int, tmp_path: Path) -> None:
    board = load_board(board_id)
    models = [parse_model(network(), "net"), parse_model(every_operator(), "everything")]
    export_sources(models, board, get_runtime("aot"), tmp_path)
    source = tmp_path / "net_models.c"
    gcc = naked_functions([compiler_of(board).program, *compiler_of(board).flags], source, tmp_path)
    clang = naked_functions(clang_command(board), source, tmp_path)
    seen = gcc.keys() & clang.keys()  # either may find out that a function is not called
    assert {name: gcc[name].hex() for name in seen} == {name: clang[name].hex() for name in seen}
    assert len(seen) >= least, seen


def test_no_load_or_store_of_several_registers_has_one() -> None:
    """Unpredictable with one (Armv7-M ARM, A7.7.159): GNU's assembler makes an STR of it, LLVM's does not."""
    single = re.compile(r"\b(?:ldm|stm)\w*(?:\.[nw])? [^{\"]*\{[^,}-]*\}")
    assert single.search('"stmia sp, {r5}\\n\\t"')
    assert not single.search('"stmia sp, {r0-r3}\\n\\t"')
    found = [(path.name, text) for path in sorted(KERNELS.rglob("*.h")) for text in single.findall(path.read_text("utf-8"))]
    assert not found


RECORDS = {
    "dsp/matrix.h": "aot_dsp_matrix",
    "dsp/fully_connected.h": "aot_dsp_row",
    "dsp/depthwise_gather.h": "aot_dsp_gather",
    "dsp/depthwise_plane.h": "aot_dsp_depthwise_plane",
    "mve/matrix.h": "aot_mve_windows",
    "mve/requantize.h": "aot_mve_factors",
}
"""Headers whose assembly loads members of a record, and that record."""

NUMBERS = frozenset(re.findall(r"__attribute__\(\(may_alias\)\) (aot_\w+);", (KERNELS / "aot.h").read_text(encoding="utf-8")))
"""Types of numbers in the arena: without members."""


def test_assembly_that_is_given_a_record_says_where_its_members_lie() -> None:
    for path in [*KERNELS.glob("dsp/*.h"), *KERNELS.glob("mve/*.h")]:
        text = path.read_text(encoding="utf-8")
        given = set(re.findall(r"const (aot_\w+) \*\w+\s*(?:\\\s*)?__attribute__\(\(unused\)\)", text))
        given -= NUMBERS
        assert given == {RECORDS[name] for name in RECORDS if name == path.relative_to(KERNELS).as_posix()}, path
        assert all(f"AOT_ASSERT_OFFSET({record}, " in text for record in given), path


@pytest.mark.parametrize("header", RECORDS)
def test_a_record_in_another_order_does_not_compile(header: str, tmp_path: Path) -> None:
    shutil.copytree(KERNELS, tmp_path / "kernels")
    compiler = compiler_of(load_board("netduinoplus2" if header.startswith("dsp") else "mps3-an547"))
    source, changed = tmp_path / "all.c", tmp_path / "kernels" / header
    source.write_text(f'#include "kernels/aot.h"\n#include "kernels/{header}"\n', encoding="utf-8")
    command = [compiler.program, *compiler.flags, "-std=c99", "-fsyntax-only", f"-I{tmp_path}", source]
    assert run(command).exit_code == 0
    text = changed.read_text(encoding="utf-8")
    end = re.search(rf"\n}} {RECORDS[header]};", text)
    assert end is not None
    start = text.rindex("typedef struct {\n", 0, end.start()) + len("typedef struct {\n")
    changed.write_text(f"{text[:start]}    int32_t another;\n{text[start:]}", encoding="utf-8")
    failed = run(command)
    assert failed.exit_code != 0
    assert "_is_at_" in failed.output
