"""An export is a product: it compiles alone and cleanly everywhere, its example computes what TFLM computes, models share an arena."""

from __future__ import annotations

import itertools
import json
import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from elftools.elf.elffile import ELFFile

from mcu_toolkit.boards import load_board
from mcu_toolkit.errors import InputError
from mcu_toolkit.export_formats import EXPORT_FORMATS, LIBRARY, MAKE, ExportFormat, export_format
from mcu_toolkit.firmware import export_folder
from mcu_toolkit.model import DType, Model, Tensor, parse_model
from mcu_toolkit.runners import TflmRunner
from mcu_toolkit.runtimes import get_runtime
from mcu_toolkit.runtimes.base import PLAIN_EXPORT, ExportForm
from mcu_toolkit.system import process
from mcu_toolkit.validate import quantize
from tests import small_models
from tests.compilers import clang_command, require_clang
from tests.ops.harness import STRICT_FLAGS
from tests.runtimes.aot.drawn_shapes import drawn_shape
from tests.runtimes.aot.test_generated_code import every_operator

AOT = get_runtime("aot")
PEDANTIC = (*STRICT_FLAGS, "-Wpedantic", "-Wshadow", "-Wstrict-prototypes")
CONTENTS = {
    "everything": every_operator(),
    "addition": small_models.addition(),
    "convolution": small_models.convolution(),
    "counter": small_models.counter(),
    "svdf": small_models.svdf(),
}
MODELS = [parse_model(content, name) for name, content in CONTENTS.items()]


def export(models: Sequence[Model], folder: Path, board: str = "host", form: ExportForm = PLAIN_EXPORT) -> Path:
    export_folder(models, load_board(board), AOT, folder, form)
    return folder


@pytest.fixture(scope="module", params=["host", "netduinoplus2"], ids=["portable", "dsp"])
def exported(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return export(MODELS, tmp_path_factory.mktemp("export"), request.param)


def example_input(tensor: Tensor) -> np.ndarray:
    """What the example feeds, with the dimension of samples in front."""
    ramp = np.arange(tensor.elements)
    if tensor.dtype is DType.FLOAT32:
        values = (ramp % 251 - 125).astype(np.float32) / np.float32(125)
    else:
        values = (ramp % 251 - 125).astype(tensor.dtype.numpy)
    return values.reshape(1, *tensor.shape[1:])


def golden(model: Model) -> list[np.ndarray]:
    runner = TflmRunner(model)
    try:
        return [array.reshape(-1) for array in runner.run([example_input(tensor) for tensor in model.inputs]).outputs]
    finally:
        runner.close()


def test_the_example_prints_what_tflm_computes(exported: Path) -> None:
    completed = subprocess.run(["make", "-s", "run"], cwd=exported, capture_output=True, text=True, check=True)
    assert completed.stderr == ""  # no warning either
    found: dict[str, list[tuple[str, str]]] = {}
    for name, output, stored, real in re.findall(r"^(\w+) output (\d+) \[\d+\] (\S+) (\S+)$", completed.stdout, re.MULTILINE):
        found.setdefault(f"{name} {output}", []).append((stored, real))
    for model in MODELS:
        for number, expected in enumerate(golden(model)):
            printed = found.pop(f"{model.name} {number}")
            assert [np.float32(stored) for stored, _ in printed] == expected.astype(np.float32).tolist()
            quantization = model.outputs[number].quantization
            if quantization is not None:
                real = np.float32(quantization.scale) * (expected.astype(np.float32) - np.float32(quantization.zero_point))
                assert [np.float32(value) for _, value in printed] == real.tolist()
    assert found == {}


@pytest.mark.parametrize(
    "compiler",
    [
        ("gcc", *PEDANTIC, "-O2"),
        ("g++", "-x", "c++", "-std=c++20", "-Wall", "-Wextra", "-Wconversion", "-Wpedantic", "-Werror", "-O2"),
        ("arm-none-eabi-gcc", *PEDANTIC, "-mcpu=cortex-m4", "-mthumb", "-O2"),
        (
            "arm-none-eabi-g++",
            "-x",
            "c++",
            "-std=c++20",
            "-Wall",
            "-Wextra",
            "-Wconversion",
            "-Wpedantic",
            "-Werror",
            "-mcpu=cortex-m0",
            "-mthumb",
            "-Os",
        ),
        ("riscv64-unknown-elf-gcc", *PEDANTIC, "-march=rv32imac", "-mabi=ilp32", "--specs=picolibc.specs", "-O2"),
    ],
    ids=lambda command: f"{command[0]} {command[-1]}",
)
def test_compiles_without_a_warning(compiler: tuple[str, ...], exported: Path) -> None:
    if shutil.which(compiler[0]) is None:
        pytest.skip(f"no {compiler[0]}")
    sources = [*sorted(exported.glob("*.c")), *([exported / "example/main.c"] if compiler[0] in ("gcc", "g++") else [])]
    for source in sources:
        completed = process.run([*compiler, f"-I{exported}", "-c", source, "-o", "/dev/null"])
        assert completed.exit_code == 0, completed.output


def test_a_cpp_program_links_with_the_c_code(exported: Path, tmp_path: Path) -> None:
    if shutil.which("g++") is None:
        pytest.skip("no g++")
    subprocess.run(["make", "-s", "objects"], cwd=exported, check=True)
    source = '#include "addition.h"\nint main() { addition_input0()[0] = addition_quantize_input0(1.0f); addition_invoke(); return 0; }\n'
    (tmp_path / "main.cpp").write_text(source)
    command = ["g++", "-Wall", "-Werror", f"-I{exported}", tmp_path / "main.cpp", *sorted(exported.glob("*.o"))]
    subprocess.run([*command, "-o", tmp_path / "program"], check=True)
    subprocess.run([tmp_path / "program"], check=True)


@pytest.mark.parametrize("observer", [False, True], ids=["plain", "observed"])
def test_layers_are_shown_only_where_it_is_asked_for(observer: bool, tmp_path: Path) -> None:
    folder = export_folder([MODELS[1]], load_board("host"), AOT, tmp_path / "out", ExportForm(observer=observer)).folder
    code = (folder / "addition.c").read_text()
    assert ("AOT_OBSERVE(" in code) == ("AOT_LAYER(" in code) == ("aot_constant" in code) == observer


def test_needs_no_file_from_outside(exported: Path) -> None:
    for path in [*exported.glob("*.[ch]"), *exported.rglob("kernels/**/*.h")]:
        for bracket, name in re.findall(r'^\s*#\s*include\s+([<"])([^>"]+)', path.read_text(), re.MULTILINE):
            if bracket == '"':
                assert (path.parent / name).resolve().is_relative_to(exported.resolve()), path
                assert (path.parent / name).is_file(), f"{path}: {name}"
            else:
                assert name in ("stddef.h", "stdint.h", "string.h"), f"{path}: {name}"
    text = "".join(path.read_text() for path in exported.rglob("*") if path.is_file() and path.suffix != ".o" and path.name != "example")
    assert str(exported) not in text


@pytest.mark.parametrize("form", [export_format(name) for name in EXPORT_FORMATS], ids=lambda form: form.name)
def test_the_same_models_give_the_same_bytes(form: ExportFormat, tmp_path: Path) -> None:
    one, two = (export(MODELS, tmp_path / name, form=ExportForm(form)) for name in ("one", "two"))
    names = {path.relative_to(one) for path in one.rglob("*") if path.is_file()}
    assert names == {path.relative_to(two) for path in two.rglob("*") if path.is_file()}
    assert all((one / name).read_bytes() == (two / name).read_bytes() for name in names)


ALTERNATE = """
#include <stdio.h>
#include <string.h>
{includes}
{functions}
int main(void) {{
    static const int order[] = {{0, 1, 2, 1, 0, 2, 2, 0, 1}};
    for (unsigned i = 0; i < sizeof order / sizeof *order; ++i) {{
        {calls}
    }}
    return 0;
}}
"""


def test_models_that_share_an_arena_run_in_turn(tmp_path: Path) -> None:
    """Every run of each, in any order, prints the same bytes as TFLM; under the address and undefined-behaviour sanitizers."""
    models = MODELS[:3]
    export(models, tmp_path, form=ExportForm(shared_arena=True))
    functions, calls = [], []
    for number, model in enumerate(models):
        p, body = model.name, ""
        for i, tensor in enumerate(model.inputs):
            values = "(float)(j % 251 - 125) / 125.0f" if tensor.dtype is DType.FLOAT32 else "(int8_t)(j % 251 - 125)"
            body += f"for (int j = 0; j < {p.upper()}_INPUT{i}_ELEMENTS; ++j) {p}_input{i}()[j] = {values};\n"
        body += f'{p}_invoke(); printf("{number}");\n'
        for i in range(len(model.outputs)):
            body += f'for (int j = 0; j < {p.upper()}_OUTPUT{i}_BYTES; ++j) printf(" %d", ((const uint8_t *){p}_output{i}())[j]);\n'
        functions.append(f'static void run{number}(void) {{\n{body}printf("\\n"); }}\n')
        calls.append(f"if (order[i] == {number}) run{number}();")
    includes = "\n".join(f'#include "{model.name}.h"' for model in models)
    (tmp_path / "alternate.c").write_text(ALTERNATE.format(includes=includes, functions="\n".join(functions), calls="\n".join(calls)))
    sources = ["alternate.c", "everything_models.c", "everything_models_arena.c"]
    subprocess.run(["gcc", "-std=c99", "-O1", "-fsanitize=address,undefined", *sources, "-o", "alternate"], cwd=tmp_path, check=True)
    lines = subprocess.run([tmp_path / "alternate"], capture_output=True, text=True, check=True).stdout.splitlines()
    expected = {str(number): [byte for array in golden(model) for byte in array.tobytes()] for number, model in enumerate(models)}
    assert len(lines) == 9
    for line in lines:
        number, *values = line.split()
        assert [int(value) for value in values] == expected[number]


def test_the_shared_arena_is_as_large_as_the_largest_needs(tmp_path: Path) -> None:
    folder = export(MODELS, tmp_path, form=ExportForm(shared_arena=True))
    alone = [int(re.findall(r"_ARENA_BYTES (\d+)", (folder / f"{model.name}.h").read_text())[0]) for model in MODELS]
    shared = re.search(r"#define EVERYTHING_MODELS_ARENA_BYTES (\d+)", (folder / "everything_models_arena.h").read_text())
    assert shared is not None
    assert int(shared[1]) == max(alone)


def test_the_helpers_round_as_the_toolkit_and_tflm_do(tmp_path: Path) -> None:
    model = MODELS[1]
    export([model], tmp_path)
    tensor = model.inputs[0]
    assert tensor.quantization is not None
    random = np.random.default_rng(1)
    halves = (np.arange(-300, 300) + 0.5) * tensor.quantization.scale
    values = np.concatenate([random.normal(0, 8, 2000), halves, [0, 1e30, -1e30, np.inf, -np.inf]]).astype(np.float32)
    (tmp_path / "values").write_bytes(values.tobytes())
    (tmp_path / "helper.c").write_text(
        '#include "addition.h"\n#include <stdio.h>\nint main(void) { float real;\n'
        "while (fread(&real, 4, 1, stdin)) putchar((uint8_t)addition_quantize_input0(real)); return 0; }\n"
    )
    subprocess.run(["gcc", "-std=c99", "-O2", "helper.c", "-o", "helper"], cwd=tmp_path, check=True)
    with (tmp_path / "values").open("rb") as stream:
        output = subprocess.run([tmp_path / "helper"], stdin=stream, capture_output=True, check=True).stdout
    assert np.frombuffer(output, np.int8).tolist() == quantize(values, tensor).tolist()


def test_the_memory_plan_is_in_the_code_and_no_two_rows_overlap_in_place_and_time(exported: Path) -> None:
    text = (exported / "everything_models.c").read_text().split("/* ==== ")[1]
    assert text.startswith("everything ")
    rows = re.findall(r"^ \* +([\d,]+) +([\d,]+)  (start|end|\d+)(?: - (end|\d+))? ", text, re.MULTILINE)
    times = {"start": -1, "end": 10**6}
    number = {**times, **{str(layer): layer for layer in range(100)}}
    blocks = [(int(o.replace(",", "")), int(size.replace(",", "")), number[a], number[b or a]) for o, size, a, b in rows]
    assert len(blocks) > 5
    for i, (offset, size, first, last) in enumerate(blocks):
        for other_offset, other_size, other_first, other_last in blocks[:i]:
            if first <= other_last and other_first <= last:
                assert offset + size <= other_offset or other_offset + other_size <= offset
    peak = int(re.findall(r"EVERYTHING_ARENA_BYTES (\d+)", (exported / "everything.h").read_text())[0])
    assert max(offset + size for offset, size, *_ in blocks) == peak


def test_the_interpreted_runtime_has_nothing_to_export(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="has no code to export"):
        export_folder(MODELS, load_board("netduinoplus2"), get_runtime("tflm"), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_folder_with_something_else_or_edited_files_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(InputError, match="not empty and not a generated export"):
        export(MODELS, tmp_path)
    folder = export(MODELS[:2], tmp_path / "out")
    (folder / "everything_models.c").write_text("/* mine */")
    with pytest.raises(InputError, match=r"edited and would be replaced: everything_models\.c"):
        export(MODELS[:2], folder)
    (folder / "everything_models.c").unlink()
    export([MODELS[2]], folder)
    assert {path.name for path in folder.glob("*.c")} == {"convolution.c", "convolution_arena.c"}


def test_constants_go_where_the_board_keeps_them_in_flash(tmp_path: Path) -> None:
    """A linker script that copies .rodata to RAM (Teensy 4.1) takes them in a section of its own."""
    export([MODELS[2]], tmp_path, "teensy41")
    compiled = process.run(["gcc", *PEDANTIC, "-O2", "-c", "convolution.c", "-o", "convolution.o"], cwd=tmp_path)
    assert compiled.exit_code == 0, compiled.output
    listed = process.run(["objdump", "-t", "convolution.o"], cwd=tmp_path).output.splitlines()
    sections = {line.split()[-3] for line in listed if "_k_" in line or "_layer_0" in line}
    assert sections == {".progmem"}


def machine_of(compiled: Path) -> str:
    with compiled.open("rb") as stream:
        return str(ELFFile(stream).header["e_machine"])


def make(folder: Path, *arguments: str) -> str:
    done = process.run(["make", *arguments], cwd=folder)
    assert done.exit_code == 0, done.output
    return done.output


def test_objects_of_another_compiler_or_core_are_made_again(tmp_path: Path) -> None:
    if shutil.which("arm-none-eabi-gcc") is None:
        pytest.skip("no arm-none-eabi-gcc")
    folder = export([MODELS[2]], tmp_path / "out")
    compiled = folder / "convolution.o"
    make(folder, "objects")
    here = machine_of(compiled)
    arm = ["objects", "CC=arm-none-eabi-gcc"]
    make(folder, *arm, "CPU=-mcpu=cortex-m4 -mthumb")
    assert machine_of(compiled) == "EM_ARM" != here
    with_dsp = compiled.read_bytes()
    make(folder, *arm, "CPU=-mcpu=cortex-m0 -mthumb")
    assert compiled.read_bytes() != with_dsp
    make(folder, "run")
    assert machine_of(compiled) == here
    made_at = compiled.stat().st_mtime_ns
    for target in ("objects", "all"):
        make(folder, target)
        assert compiled.stat().st_mtime_ns == made_at, "the same compiler and flags: nothing to be done"
    make(folder, "objects", "CFLAGS=-Os -DNAME='a b'")
    assert compiled.stat().st_mtime_ns != made_at
    make(folder, "clean")
    assert not [path.name for path in folder.iterdir() if path.suffix == ".o" or path.name.startswith(".c")]


def test_floating_point_stays_as_written_whatever_flags_a_user_gives(tmp_path: Path) -> None:
    folder = export([MODELS[2]], tmp_path / "out")
    assert "-ffp-contract=off" in make(folder, "objects", "CFLAGS=-O3")
    library = export([MODELS[2]], tmp_path / "lib", form=ExportForm(LIBRARY))
    assert "-ffp-contract=off" in json.loads((library / "library.json").read_text())["build"]["flags"]
    assert "`-ffp-contract=off`" in (folder / "README.md").read_text()


def test_compilers_make_no_vectors_of_their_own_where_kernels_are_for_helium(tmp_path: Path) -> None:
    """GCC 12 makes wrong ones, and Clang 14 fails on some."""
    flag, model = "-fno-tree-vectorize", parse_model(small_models.network(), "net")
    for board_id, wanted in (("mps3-an547", True), ("netduinoplus2", False)):
        folders = [export([model], tmp_path / f"{board_id}{kind}", board_id, ExportForm(LIBRARY if kind else MAKE)) for kind in range(2)]
        assert (flag in (folders[0] / "Makefile").read_text()) == wanted
        assert (flag in (folders[0] / "README.md").read_text()) == wanted
        assert (flag in json.loads((folders[1] / "library.json").read_text())["build"]["flags"]) == wanted


@pytest.mark.parametrize(
    ("target", "fused", "apart"),
    [
        (["--target=x86_64-linux-gnu", "-mfma"], "vfmadd", "vmulss"),
        (None, "vfma.f32", "vmul.f32"),  # for Cortex-M7 and M55; for M4 and M33 it finds two instructions faster
    ],
    ids=["x86-64", "cortex-m55"],
)
def test_clang_fuses_no_multiplication_with_an_addition(target: list[str] | None, fused: str, apart: str, tmp_path: Path) -> None:
    """In every -std it would, and GCC's flag may be missing where a user compiles: Clang is told by the code itself."""
    require_clang()
    number = next(number for number in itertools.count() if drawn_shape(number).what.startswith("FULLY_CONNECTED float32"))
    folder = export([parse_model(drawn_shape(number).content, "dense_layer")], tmp_path / "out")
    (tmp_path / "fused.c").write_text("float f(float a, float b, float c);\nfloat f(float a, float b, float c) { return a * b + c; }\n")
    command = ["clang", *target] if target else clang_command(load_board("mps3-an547"))
    command += ["-O2", "-std=c99", "-Wall", "-Wextra", "-Werror", "-S", "-o", "-"]
    assert fused in process.run([*command, tmp_path / "fused.c"]).output, "without being told, this Clang fuses"
    done = process.run([*command, "dense_layer.c"], cwd=folder)
    assert done.exit_code == 0, done.output
    assert apart in done.output
    assert fused not in done.output


@pytest.mark.parametrize("name", ["Makefile", "makefile", "GNUmakefile", "all", "clean", "objects", "run", "example", "always"])
def test_a_model_called_like_a_target_of_make_is_built_and_run(name: str, tmp_path: Path) -> None:
    folder = export([parse_model(CONTENTS["convolution"], name)], tmp_path / "out")
    before = (folder / "Makefile").read_bytes()
    assert f"m_{name} output 0 " in make(folder, "run")
    make(folder, "objects")
    make(folder, "clean")
    assert (folder / "Makefile").read_bytes() == before


@pytest.mark.parametrize("goal", ["all", "objects", "run", "clean"])
def test_make_does_not_remake_its_makefile_from_a_source_beside_it(goal: str, tmp_path: Path) -> None:
    folder = export([MODELS[2]], tmp_path / "out")
    before = (folder / "Makefile").read_bytes()
    for suffix in (".c", ".sh", ".o", ".cc"):
        (folder / f"Makefile{suffix}").write_text("int main(void) { return 0; }\n")
    make(folder, goal)
    assert (folder / "Makefile").read_bytes() == before
