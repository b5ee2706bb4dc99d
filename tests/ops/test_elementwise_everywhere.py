"""The kernels of element-wise operators as C++, strict C99 and for cores without floating point; and what they must not do."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from mcu_toolkit.boards import load_board
from mcu_toolkit.firmware import export_sources
from mcu_toolkit.model import parse_model
from mcu_toolkit.runtimes import get_runtime
from mcu_toolkit.system import process
from tests.model_builder import ModelBuilder
from tests.ops.harness import STRICT_FLAGS

BINARY = ["ADD", "SUB", "MUL", "DIV", "MAXIMUM", "MINIMUM", "SQUARED_DIFFERENCE", "PRELU"]
COMPARISONS = ["EQUAL", "NOT_EQUAL", "GREATER", "GREATER_EQUAL", "LESS", "LESS_EQUAL"]
UNARY = ["RELU", "RELU6", "LEAKY_RELU", "ABS", "RSQRT", "SQRT", "NEG", "SQUARE", "FLOOR", "CEIL", "ROUND", "HARD_SWISH"]
UNARY += ["LOGISTIC", "TANH", "ELU", "EXP", "LOG", "GELU", "RELU_N1_TO_1", "SOFTMAX", "LOG_SOFTMAX", "QUANTIZE", "DEQUANTIZE", "CAST"]
FIXED = {("LOGISTIC", "int8"): (1 / 256, -128), ("LOG_SOFTMAX", "int8"): (16 / 256, 127), ("SOFTMAX", "int8"): (1 / 256, -128)}
"""Output scales and zero points that operators ask for."""
FIXED |= {(operator, "int16"): (1 / 32768, 0) for operator in ("LOGISTIC", "TANH", "SOFTMAX")}


def model(operator: str, dtype: str, second: list[int] | None, result: str) -> bytes:
    builder = ModelBuilder()
    quantized = ("int8", "int16")
    scale, point = FIXED.get((operator, dtype), (0.03, 0))
    x = builder.tensor([2, 3, 4], dtype, 0.03 if dtype in quantized else None)
    inputs = [x]
    if second is not None:
        alpha = "int8" if operator == "PRELU" and dtype in quantized else dtype
        inputs.append(builder.tensor(second, alpha, 0.02 if alpha in quantized else None))
    y = builder.tensor([2, 3, 4], result, scale if result in quantized else None, point)
    types = {"in_data_type": dtype.upper(), "out_data_type": result.upper()} if operator == "CAST" else {}
    builder.op(operator, inputs, [y], **({"beta": 1.0} if operator == "SOFTMAX" else types))
    return builder.build(inputs, [y])


def candidates() -> list[bytes]:
    models = []
    for dtype in ("int8", "int16", "int32", "int64", "float32", "bool"):
        models += [model(name, dtype, second, dtype) for name in BINARY for second in ([2, 3, 4], [4])]
        models += [model(name, dtype, [4], "bool") for name in (*COMPARISONS, "LOGICAL_AND", "LOGICAL_OR")]
        models += [model(name, dtype, None, dtype) for name in (*UNARY, "LOGICAL_NOT")]
        models += [
            model(name, dtype, None, result) for name in ("QUANTIZE", "DEQUANTIZE", "CAST") for result in ("int8", "int32", "float32")
        ]
    return models


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All of them that we accept, in one file for each compiler to read once."""
    folder = tmp_path_factory.mktemp("elementwise")
    models = [parse_model(content, f"m{number}") for number, content in enumerate(candidates())]
    accepted = [each for each in models if not get_runtime("aot").check(each, load_board("host"))]
    names = {each.main.ops[0].name for each in accepted}
    assert names >= {*BINARY, *COMPARISONS, *UNARY, "LOGICAL_AND", "LOGICAL_OR", "LOGICAL_NOT"}
    export_sources(accepted, load_board("host"), get_runtime("aot"), folder)
    (folder / "all.c").write_text("".join(f'#include "{path.name}"\n' for path in sorted(folder.glob("m*.c"))))
    return folder


ARM = ["arm-none-eabi-gcc", *STRICT_FLAGS, "-mthumb", "-O2"]
COMPILERS = {
    "c99": ["gcc", *STRICT_FLAGS, "-pedantic", "-O3"],
    "c++": ["g++", "-x", "c++", "-std=c++11", "-Wall", "-Wextra", "-Wconversion", "-Werror", "-O2"],
    "cortex-m0": [*ARM, "-mcpu=cortex-m0"],
    "cortex-m4": [*ARM, "-mcpu=cortex-m4", "-mfpu=fpv4-sp-d16", "-mfloat-abi=hard"],
}


@pytest.mark.parametrize("name", COMPILERS)
def test_compiles_without_a_warning_and_needs_no_c_library(name: str, exported: Path, tmp_path: Path) -> None:
    command = COMPILERS[name]
    if shutil.which(command[0]) is None:
        pytest.skip(f"no {command[0]}")
    target = tmp_path / "all.o"
    completed = process.run([*command, "-c", exported / "all.c", "-o", target])
    assert completed.exit_code == 0, completed.output
    undefined = set(re.findall(r"U (\w+)", process.run(["nm", "-u", target]).output))
    # Arithmetic that a core does not have comes from the compiler's own library: __aeabi_fadd, __aeabi_lmul, __clzsi2, ...
    allowed = {"memcpy", "memset", "aot_arena", "_GLOBAL_OFFSET_TABLE_"}
    assert {symbol for symbol in undefined if not symbol.startswith("__")} <= allowed
