"""The generated C as a product: it compiles cleanly as C and C++, is deterministic, and takes no text from the model."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import numpy as np
import pytest

from mcu_toolkit.artifacts.code_names import code_names
from mcu_toolkit.artifacts.contract import InputContract, with_contract
from mcu_toolkit.boards import load_board
from mcu_toolkit.firmware import export_sources
from mcu_toolkit.model import Model, parse_model
from mcu_toolkit.runners import AotHostRunner
from mcu_toolkit.runtimes import get_runtime
from mcu_toolkit.system import process
from tests import small_models
from tests.model_builder import ModelBuilder
from tests.ops.harness import STRICT_FLAGS, check_model, compile_library

ARM_FLAGS = ("-mcpu=cortex-m4", "-mthumb", "-mfpu=fpv4-sp-d16", "-mfloat-abi=hard", "-O2")


def every_operator() -> bytes:
    """A model with all operators, fused activations and a constant input."""
    random = np.random.default_rng(2)
    builder = ModelBuilder()
    real = builder.tensor([1, 8, 8, 2], "float32", name="image")
    x = builder.tensor([1, 8, 8, 2], "int8", 0.1, 5)
    a = builder.tensor([1, 8, 8, 4], "int8", 0.2, -7)
    w = builder.tensor([4, 3, 3, 2], "int8", scales=[0.01, 0.02, 0.03, 0.04], data=random.integers(-127, 128, (4, 3, 3, 2)))
    b = builder.tensor([1, 8, 8, 4], "int8", 0.2, -7)
    d = builder.tensor([1, 3, 3, 4], "int8", 0.02, data=random.integers(-127, 128, (1, 3, 3, 4)))
    bias = builder.tensor([4], "int32", 0.004, data=[100, -200, 300, 0])
    c = builder.tensor([1, 8, 8, 4], "int8", 0.3, 9)
    shift = builder.tensor([4], "int8", 0.05, 3, data=[1, 2, 3, 4])
    m = builder.tensor([1, 4, 4, 4], "int8", 0.3, 9)
    p = builder.tensor([1, 1, 1, 4], "int8", 0.3, 9)
    flat = builder.tensor([1, 4], "int8", 0.3, 9)
    dense_w = builder.tensor([3, 4], "int8", scales=[0.02, 0.01, 0.03], data=random.integers(-127, 128, (3, 4)))
    logits = builder.tensor([1, 3], "int8", 0.1, 0)
    probabilities = builder.tensor([1, 3], "int8", 1 / 256, -128)
    out = builder.tensor([1, 3], "float32", name="probabilities")
    builder.op("QUANTIZE", [real], [x])
    builder.op("CONV_2D", [x, w], [a], padding="SAME", stride_h=1, stride_w=1, fused_activation_function="RELU")
    builder.op("DEPTHWISE_CONV_2D", [a, d, bias], [b], padding="SAME", stride_h=1, stride_w=1, depth_multiplier=1)
    builder.op("ADD", [b, shift], [c], fused_activation_function="RELU6")
    builder.op("MAX_POOL_2D", [c], [m], padding="VALID", stride_h=2, stride_w=2, filter_height=2, filter_width=2)
    builder.op("AVERAGE_POOL_2D", [m], [p], padding="VALID", stride_h=4, stride_w=4, filter_height=4, filter_width=4)
    builder.op("RESHAPE", [p, builder.tensor([2], "int32", data=[1, 4])], [flat])
    builder.op("FULLY_CONNECTED", [flat, dense_w, -1], [logits])
    builder.op("SOFTMAX", [logits], [probabilities], beta=1.0)
    builder.op("DEQUANTIZE", [probabilities], [out])
    return builder.build([real], [out])


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("export")
    models = [parse_model(every_operator(), "everything"), parse_model(small_models.addition(), "addition")]
    export_sources(models, load_board("host"), get_runtime("aot"), folder)
    return folder


@pytest.mark.parametrize("options", [("-Os",), ("-O3",), ("-O2", "-DINFERENCE_OBSERVER=1")], ids=" ".join)
def test_compiles_without_a_warning_as_c99(exported: Path, options: tuple[str, ...]) -> None:
    for source in sorted(exported.glob("*.c")):
        completed = process.run(["gcc", *STRICT_FLAGS, "-pedantic", *options, "-c", source, "-o", "/dev/null"])
        assert completed.exit_code == 0, completed.output


def test_compiles_without_a_warning_as_cpp(exported: Path) -> None:
    if shutil.which("g++") is None:
        pytest.skip("no g++")
    for source in sorted(exported.glob("*.c")):
        command = ["g++", "-x", "c++", "-std=c++11", "-Wall", "-Wextra", "-Wconversion", "-Werror", "-O2", "-c", source, "-o", "/dev/null"]
        completed = process.run(command)
        assert completed.exit_code == 0, completed.output


def test_compiles_without_a_warning_for_a_microcontroller(exported: Path) -> None:
    if shutil.which("arm-none-eabi-gcc") is None:
        pytest.skip("no arm-none-eabi-gcc")
    for source in sorted(exported.glob("*.c")):
        completed = process.run(["arm-none-eabi-gcc", *STRICT_FLAGS, *ARM_FLAGS, "-c", source, "-o", "/dev/null"])
        assert completed.exit_code == 0, completed.output


def test_needs_nothing_of_libc_but_memcpy_and_memset(exported: Path, tmp_path: Path) -> None:
    library = tmp_path / "library.o"
    completed = process.run(["gcc", "-O2", "-r", "-nostdlib", "-o", library, *sorted(exported.glob("*.c"))])
    assert completed.exit_code == 0, completed.output
    undefined = set(re.findall(r"U (\w+)", process.run(["nm", "-u", library]).output))
    assert undefined <= {"memcpy", "memset", "_GLOBAL_OFFSET_TABLE_"}


def test_all_operators_in_one_model_are_byte_equal(tmp_path: Path) -> None:
    model = parse_model(every_operator(), "everything")
    check_model(AotHostRunner(compile_library([model], tmp_path), model), model, "every operator", count=20)


def test_models_share_an_arena_and_run_in_any_order(tmp_path: Path) -> None:
    contents = [every_operator(), small_models.addition(), small_models.fully_connected(softmax=True), small_models.convolution()]
    models = [parse_model(content, f"model {number}") for number, content in enumerate(contents)]
    library = compile_library(models, tmp_path)
    for number in (2, 0, 3, 1, 0):
        check_model(AotHostRunner(library, models[number], number), models[number], models[number].name)
    text = (tmp_path / "aot_arena.h").read_text()
    alone = [int(re.findall(r"_ARENA_BYTES (\d+)", (tmp_path / f"m_model_{n}.h").read_text())[0]) for n in range(4)]
    assert int(re.findall(r"AOT_ARENA_BYTES (\d+)", text)[0]) == max(alone)


def test_the_same_model_gives_the_same_files(exported: Path, tmp_path: Path) -> None:
    models = [parse_model(every_operator(), "everything"), parse_model(small_models.addition(), "addition")]
    export_sources(models, load_board("host"), get_runtime("aot"), tmp_path)
    for path in sorted(exported.rglob("*.[ch]")):
        assert path.read_bytes() == (tmp_path / path.relative_to(exported)).read_bytes()


HOSTILE = '*/ int x; /* "; \\ %s \n #error ??/ ${in0} {{ 7 }} é'


def hostile_model(name: str) -> Model:
    builder = ModelBuilder(HOSTILE)
    x = builder.tensor([1, 4], "int8", 0.1, name=HOSTILE)
    constant = builder.tensor([4], "int8", 0.1, data=[1, 2, 3, 4], name=HOSTILE)
    y = builder.tensor([1, 4], "int8", 0.2, name=HOSTILE)
    builder.op("ADD", [x, constant], [y])
    return parse_model(builder.build([x], [y], description=HOSTILE), name)


def test_names_in_a_model_cannot_reach_the_c_code(tmp_path: Path) -> None:
    model = hostile_model(HOSTILE)
    check_model(AotHostRunner(compile_library([model], tmp_path), model), model, "hostile")
    for path in tmp_path.glob("*.[ch]"):
        text = path.read_text(encoding="ascii")
        assert "#error ?" not in text
        assert "x; /*" not in text


@pytest.mark.parametrize("name", ["string", "inference", "aot_arena", "main", "STDINT", "kernels", "int", "7up", "", "*/", "a" * 300])
def test_any_model_name_makes_a_file_that_compiles(name: str, tmp_path: Path) -> None:
    model = hostile_model(name)
    check_model(AotHostRunner(compile_library([model], tmp_path), model), model, name)


def test_names_that_are_equal_in_c_get_numbers() -> None:
    models = [hostile_model(name) for name in ("a-b", "a b", "A_B", "a_b_2", "inference")]
    prefixes = code_names([model.name for model in models])
    assert len({prefix.lower() for prefix in prefixes}) == len(models)
    assert prefixes[0] == "a_b"
    assert prefixes[4] == "m_inference"


def test_weights_are_in_constants_that_the_footprint_can_find(exported: Path, tmp_path: Path) -> None:
    target = tmp_path / "everything.o"
    process.run(["gcc", "-O0", "-c", exported / "everything_models.c", "-o", target])
    lines = process.run(["nm", "-S", target]).output.splitlines()
    sizes = [int(line.split()[1], 16) for line in lines if "everything_k_" in line]
    [info] = get_runtime("aot").contribute([parse_model(every_operator(), "everything")], load_board("host")).info.models
    assert sum(sizes) == info.weights_bytes


def test_a_library_of_another_model_is_refused(tmp_path: Path) -> None:
    library = compile_library([hostile_model("one")], tmp_path)
    with pytest.raises(Exception, match="was made from a model with SHA-256"):
        AotHostRunner(library, parse_model(small_models.addition(), "other"))


def test_the_header_tells_inputs_and_outputs_by_name(tmp_path: Path) -> None:
    contract = InputContract(inputs=("left eye", "b"), outputs=("sum",))
    model = parse_model(with_contract(small_models.addition(), contract), "add")
    export_sources([model], load_board("host"), get_runtime("aot"), tmp_path)
    header = next(tmp_path.glob("*add.h"))
    text = header.read_text()
    assert "/* Input 0, a (in Keras left eye): int8[1,3,2] */" in text
    assert "/* Input 1, b: int8[1,3,2] */" in text
    assert "/* Output 0, total (in Keras sum): int8[1,3,2] */" in text
    assert re.search(r"#define \w*_INPUT_INDEX_a 0\n#define \w*_INPUT_INDEX_b 1\n", text)
    assert "_OUTPUT_INDEX_" not in text  # there is only one
    assert process.run(["gcc", "-std=c99", *STRICT_FLAGS, "-fsyntax-only", header], cwd=tmp_path).exit_code == 0
