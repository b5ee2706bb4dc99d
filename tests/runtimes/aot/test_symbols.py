"""What the code asks of others, read from objects and linked images for each instruction set: memcpy and memset, no heap, no printf."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from mcu_toolkit.boards import load_board
from mcu_toolkit.build import build_project
from mcu_toolkit.firmware import export_sources, generate_project
from mcu_toolkit.model import Model, parse_model
from mcu_toolkit.runtimes import get_runtime
from mcu_toolkit.system import process
from scripts.probe.table import all_cases
from tests import small_models
from tests.ops.harness import STRICT_FLAGS

AOT = get_runtime("aot")
ARM = ("arm-none-eabi-gcc", *STRICT_FLAGS, "-mthumb", "-O1")
TARGETS = {
    "host": ("host", ("gcc", *STRICT_FLAGS, "-O1")),
    "cortex-m0": ("microbit", (*ARM, "-mcpu=cortex-m0")),
    "cortex-m4f": ("netduinoplus2", (*ARM, "-mcpu=cortex-m4", "-mfpu=fpv4-sp-d16", "-mfloat-abi=hard")),
    "cortex-m55": ("mps3-an547", (*ARM, "-mcpu=cortex-m55", "-mfloat-abi=hard")),
    "rv32imac": (
        "qemu-riscv32",
        ("riscv64-unknown-elf-gcc", *STRICT_FLAGS, "-O1", "-march=rv32imac", "-mabi=ilp32", "-misa-spec=2.2", "--specs=picolibc.specs"),
    ),
}
"""A board of each instruction set, and how to compile for it."""

# Arithmetic that a core has no instruction for comes from libgcc (GCC internals, "The GCC low-level runtime library", and Arm's run-time
# ABI, IHI 0043): integers, floats, shifts, counting bits, the switch tables of Thumb-1.
_COMPILERS_OWN = re.compile(
    r"__aeabi_[ufdil]\w*|__(add|sub|mul|div|udiv|mod|umod|neg|ashl|ashr|lshr|clz|ctz|cmp|fix\w*|float\w*|ext\w*|trunc\w*|eq|ne|lt|le|gt|ge|unord)"
    r"[sdt][if][sdt]?[if]?[23]?|__gnu_thumb1_case_\w+"
)
_ALLOWED = frozenset({"memcpy", "memset", "_GLOBAL_OFFSET_TABLE_"})
_NEVER = re.compile(
    r"^_?_?(malloc|calloc|realloc|free|_sbrk\w*|sbrk|v?[fs]?n?printf|puts|putchar|fopen|_?_?assert\w*|abort|exit|errno)(_r)?$"
)


@pytest.fixture(scope="module")
def models() -> list[Model]:
    """One model for every operator and element type that we compile."""
    found: dict[tuple[str, str], Model] = {}
    for case in all_cases():
        key = (case.form.operator, case.dtype)
        if key not in found:
            model = parse_model(case.build(), f"m{len(found)}")
            if not AOT.check(model, load_board("host")):
                found[key] = model
    return list(found.values())


def undefined(path: Path) -> set[str]:
    return set(re.findall(r"^\s+U (\w+)", process.run(["nm", "-u", path]).output, re.MULTILINE))


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[pytest.mark.nightly] if name in ("host", "cortex-m55") else []) for name in TARGETS]
)
def test_every_operator_needs_memcpy_and_memset_at_most(name: str, models: list[Model], tmp_path: Path) -> None:
    board, command = TARGETS[name]
    if shutil.which(command[0]) is None:
        pytest.skip(f"no {command[0]}")
    assert len({model.main.ops[0].name for model in models}) > 80
    export_sources(models, load_board(board), AOT, tmp_path)
    (tmp_path / "all.c").write_text('#include "m0_models.c"\n#include "aot_arena.c"\n')
    completed = process.run([*command, "-c", "all.c", "-o", "all.o"], cwd=tmp_path)
    assert completed.exit_code == 0, completed.output
    assert {symbol for symbol in undefined(tmp_path / "all.o") if not _COMPILERS_OWN.fullmatch(symbol)} <= _ALLOWED


@pytest.mark.slow
@pytest.mark.parametrize("board_id", ["netduinoplus2", "qemu-riscv32"])
def test_a_linked_image_holds_no_heap_and_no_printf(board_id: str, tmp_path: Path) -> None:
    board = load_board(board_id)
    contents = [small_models.fully_connected(softmax=True), small_models.counter(), small_models.svdf()]
    models = [parse_model(content, f"m{number}") for number, content in enumerate(contents)]
    image = build_project(generate_project(models, board, AOT, tmp_path / "project"), board).elf
    names = {line.split()[-1] for line in process.run(["nm", image]).output.splitlines()}
    assert any(name.startswith("m0_") for name in names)
    assert [name for name in sorted(names) if _NEVER.match(name)] == []
