"""Layers of any shape become C that compiles without a warning: on this machine, and on each core at each level of optimisation.

GCC finds most of what it warns of while it optimises: where a kernel is inlined it sees one layer's constants and, did
`aot_place` not hide it, the size of the arena.  So every shape is a translation unit of its own, as in a firmware of one layer.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import pytest

from mcu_toolkit.boards import Board, load_board
from mcu_toolkit.build import compiler_of as compiler_of_board
from mcu_toolkit.firmware.project import contributed_files
from mcu_toolkit.model import Model, parse_model
from mcu_toolkit.pipeline.proof.host import compiled_for_host
from mcu_toolkit.runtimes import get_runtime
from mcu_toolkit.system import process
from mcu_toolkit.system.resources import templates_dir
from tests.compilers import clang_command
from tests.firmware_c.build import require
from tests.fuzzing import Fuzzing
from tests.model_builder import ModelBuilder
from tests.ops.harness import check_model
from tests.runtimes.aot.drawn_shapes import drawn_shape

BOARDS = ("microbit", "mps2-an385", "netduinoplus2", "mps2-an505", "mps3-an547", "qemu-riscv32")
"""Cortex-M0, M3, M4F, M33, M55 and RV32: their kernels, and their compilers' flags."""
LEVELS = ("-O1", "-O2", "-O3", "-Os")
PAIRS = tuple(itertools.product(BOARDS, LEVELS))
HOST = ("host", "-O2")
FLAGS = ("-std=c99", "-ffp-contract=off", "-ffunction-sections", "-fdata-sections")
WARNINGS = ("-Wall", "-Wextra", "-Wconversion", "-Wpedantic", "-Werror")

EACH_TIME, CHUNK, EACH_NIGHT, NIGHTLY_CHUNK = 300, 75, 10_000, 500
FOUND = (121, 609, 837, 2134)
"""Numbers that a compiler once warned of: memory beyond the arena, twice; assembly that took too many registers, twice."""


def compiler_of(board: Board, level: str, compiler: str = "gcc") -> list[str]:
    gcc = compiler_of_board(board)
    command = [require(gcc.program), *gcc.flags] if compiler == "gcc" else clang_command(board)
    return [*command, level, *FLAGS, *WARNINGS, f"-I{templates_dir() / 'runtimes/aot'}"]


def write_model(model: Model, board: Board, folder: Path) -> Path:
    """The model's C alone, with an arena of its own size; the kernels are found in the templates."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in contributed_files([model], board, get_runtime("aot").contribute([model], board)):
        if "/kernels/" not in name:
            (folder / Path(name).name).write_bytes(content)
    return folder / f"{model.name}.c"


def complaints(number: int, boards: Iterable[tuple[str, str]], folder: Path, more: Sequence[str] = (), compiler: str = "gcc") -> list[str]:
    """What the compilers say of the shape of this number."""
    shape = drawn_shape(number)
    model = parse_model(shape.content, f"shape_{number}")
    found = []
    for board_id, level in boards:
        board = load_board(board_id)
        source = write_model(model, board, folder / board_id)
        done = process.run([*compiler_of(board, level, compiler), *more, "-c", source, "-o", folder / "object.o"])
        if done.exit_code != 0:
            found.append(f"{number} {board_id} {level}: {shape.what}\n{done.output}")
    return found


def check_shapes(numbers: Iterable[int], folder: Path, compiler: str = "gcc") -> None:
    found = []
    for number in numbers:
        found += complaints(number, (HOST, PAIRS[number % len(PAIRS)]), folder, compiler=compiler)
    assert not found, "\n".join(found)


@pytest.mark.slow
@pytest.mark.parametrize("first", range(0, EACH_TIME, CHUNK))
def test_shapes_compile_without_a_warning(first: int, tmp_path: Path) -> None:
    numbers = range(first, first + CHUNK)
    assert {PAIRS[number % len(PAIRS)] for number in numbers} == set(PAIRS)
    check_shapes(numbers, tmp_path)


@pytest.mark.nightly
@pytest.mark.parametrize("first", range(0, EACH_TIME, CHUNK))
def test_shapes_compile_without_a_warning_of_clang(first: int, tmp_path: Path) -> None:
    check_shapes(range(first, first + CHUNK), tmp_path, "clang")


@pytest.mark.nightly
@pytest.mark.parametrize("first", range(EACH_TIME, EACH_NIGHT, NIGHTLY_CHUNK))
def test_more_shapes_compile_without_a_warning(first: int, tmp_path: Path) -> None:
    check_shapes(range(first, min(first + NIGHTLY_CHUNK, EACH_NIGHT)), tmp_path)


@pytest.mark.fuzz
def test_any_shape_compiles_without_a_warning(fuzzing: Fuzzing, tmp_path: Path) -> None:
    for seed in fuzzing.seeds():
        numbers = random.Random(seed).sample(range(EACH_NIGHT, 1 << 31), 8)
        check_shapes(numbers, tmp_path)
        fuzzing.cases += len(numbers)


@pytest.mark.parametrize("number", FOUND)
def test_shapes_that_were_once_warned_of_compile_everywhere(number: int, tmp_path: Path) -> None:
    found = complaints(number, (HOST, *PAIRS), tmp_path)
    assert not found, "\n".join(found)


@pytest.mark.parametrize("board_id", ["netduinoplus2", "mps2-an505", "mps3-an547"])
def test_assembly_leaves_the_compiler_a_register_for_a_frame(board_id: str, tmp_path: Path) -> None:
    """Profilers and debuggers want frame pointers: `-fno-omit-frame-pointer` is in many projects' flags."""
    board = load_board(board_id)
    for number, level in itertools.product((*FOUND, *range(16)), ("-O1", "-Os")):
        found = complaints(number, [(board.id, level)], tmp_path, ["-fno-omit-frame-pointer"])
        assert not found, "\n".join(found)


def one_by_three() -> bytes:
    """[1, 1, 8, 3] -> CONV_2D 1x3 with 2 filters -> [1, 1, 6, 2]: what a Conv1D becomes."""
    drawn = np.random.default_rng(5)
    builder = ModelBuilder()
    x = builder.tensor([1, 1, 8, 3], "int8", 0.0078, -1)
    weights = builder.tensor([2, 1, 3, 3], "int8", scales=[0.005, 0.005], data=drawn.integers(-127, 128, (2, 1, 3, 3)))
    bias = builder.tensor([2], "int32", scales=[0.0078 * 0.005] * 2, data=[-83, -95])
    y = builder.tensor([1, 1, 6, 2], "int8", 0.012, 5)
    builder.op("CONV_2D", [x, weights, bias], [y], padding="VALID", stride_w=1, stride_h=1)
    return builder.build([x], [y])


def test_a_convolution_along_a_row_of_three_channels_runs_on_this_machine(tmp_path: Path) -> None:
    model = parse_model(one_by_three(), "one_by_three")
    check_model(compiled_for_host(model, tmp_path), model, "1x3 of 3 channels")


def test_a_convolution_along_a_row_of_three_channels_compiles_everywhere(tmp_path: Path) -> None:
    model = parse_model(one_by_three(), "one_by_three")
    for board_id, level in (HOST, *PAIRS):
        board = load_board(board_id)
        done = process.run([*compiler_of(board, level), "-c", write_model(model, board, tmp_path / board_id), "-o", tmp_path / "object.o"])
        assert done.exit_code == 0, f"{board_id} {level}\n{done.output}"
