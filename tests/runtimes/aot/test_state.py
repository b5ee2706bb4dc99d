"""State in the generated code: memory of its own, counted, named in the API, and compiled cleanly everywhere."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from mcu_toolkit.boards import load_board
from mcu_toolkit.firmware import export_sources
from mcu_toolkit.model import parse_model
from mcu_toolkit.runtimes import get_runtime
from mcu_toolkit.runtimes.aot import Target, compile_model
from mcu_toolkit.system import process
from tests import small_models
from tests.ops.harness import STRICT_FLAGS
from tests.runtimes.aot.test_refusals import lstm

STATEFUL = {"svdf": (small_models.svdf(), 48), "counter": (small_models.counter(), 8), "lstm": (lstm(), 16)}
"""Models and the bytes of their state: int16 [24], float32 [2], int8 [4] and int16 [4] at multiples of 8."""


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("state")
    models = [parse_model(content, name) for name, (content, _) in STATEFUL.items()]
    export_sources([*models, parse_model(small_models.addition(), "addition")], load_board("host"), get_runtime("aot"), folder)
    return folder


@pytest.mark.parametrize("name", STATEFUL)
def test_state_is_counted(name: str, exported: Path) -> None:
    content, size_bytes = STATEFUL[name]
    model = parse_model(content, name)
    [info] = get_runtime("aot").contribute([model], load_board("host")).info.compiled_models
    assert info.state_bytes == compile_model(model, Target()).state.size_bytes == size_bytes
    assert f"#define {name.upper()}_STATE_BYTES {size_bytes}\n" in (exported / f"{name}.h").read_text()


def test_state_is_an_array_of_the_model_and_no_part_of_the_arena(exported: Path, tmp_path: Path) -> None:
    compiled = tmp_path / "svdf.o"
    assert process.run(["gcc", "-O0", "-c", exported / "svdf_models.c", "-o", compiled]).exit_code == 0
    symbols = {line.split()[-1]: line.split() for line in process.run(["nm", "-S", compiled]).output.splitlines()}
    assert symbols["svdf_state"][2] == "b"
    assert int(symbols["svdf_state"][1], 16) == 48
    plan = compile_model(parse_model(small_models.svdf(), "svdf"), Target()).plan
    assert {tensor for placed in plan.placed for tensor in placed.block.tensors} == {0, 5}


def test_a_model_without_state_has_no_memory_for_it_and_a_reset_that_does_nothing(exported: Path) -> None:
    assert "#define ADDITION_STATE_BYTES 0\n" in (exported / "addition.h").read_text()
    source = (exported / "svdf_models.c").read_text()
    assert "addition_state[" not in source
    assert "void addition_reset_state(void) {\n}\n" in source


@pytest.mark.parametrize(
    "compiler",
    [
        ("gcc", *STRICT_FLAGS, "-pedantic", "-O2"),
        ("g++", "-x", "c++", "-std=c++11", "-Wall", "-Wextra", "-Wconversion", "-Werror", "-O2"),
        ("arm-none-eabi-gcc", *STRICT_FLAGS, "-mcpu=cortex-m0plus", "-mthumb", "-Os"),
    ],
    ids=lambda command: command[0],
)
def test_compiles_without_a_warning(compiler: tuple[str, ...], exported: Path) -> None:
    if shutil.which(compiler[0]) is None:
        pytest.skip(f"no {compiler[0]}")
    for source in sorted(exported.glob("*.c")):
        completed = process.run([*compiler, "-c", source, "-o", "/dev/null"])
        assert completed.exit_code == 0, completed.output
