"""Floats to integers in C: every piece of the firmware converts as the toolkit does in Python and TFLM in QUANTIZE."""

from __future__ import annotations

import ctypes
import math
import re
from pathlib import Path

import numpy as np
import pytest

from mcu_toolkit.artifacts.contract import InputContract, with_contract
from mcu_toolkit.artifacts.preprocessing import Preprocessing
from mcu_toolkit.firmware import preprocess_headers, render_text
from mcu_toolkit.model import DType, parse_model
from mcu_toolkit.system import process
from mcu_toolkit.system.resources import templates_dir
from mcu_toolkit.validate import quantize
from tests.model_builder import ModelBuilder
from tests.ops.harness import STRICT_FLAGS, golden_outputs

HALF = float(np.nextafter(np.float32(0.5), np.float32(0)))
"""0.49999997: with 0.5f added it is 1."""
EDGES = np.array(
    [
        *(0.0, -0.0, HALF, -HALF, 0.5, -0.5, 1.5, -1.5, 2.5, -2.5, 126.5, -128.5, 127.49999, 30000.0, 3e38, -3e38),
        *(1e-45, -1e-45, 1.17549435e-38, 8388607.5, 8388609.0, -8388609.0, 16777216.0, 2147483520.0, -2147483648.0, 2147483648.0),
        *(math.inf, -math.inf, math.nan),
    ],
    np.float32,
)
QUANTIZATIONS = [("int8", 1.0, 0), ("int8", 0.5, -3), ("int8", 0.1, 127), ("uint8", 1.0, 128), ("int16", 1.0, 0), ("int16", 0.007, 0)]

APP_STUB = """
#include <stddef.h>
#include "app.h"
static inference_tensor about;
static uint8_t memory[8];
void describe(int dtype, uint32_t size_bytes, float scale, int32_t zero_point) {
    about.dtype = (uint8_t)dtype;
    about.size_bytes = size_bytes;
    about.scale = scale;
    about.zero_point = zero_point;
}
int64_t convert(float value) {
    int64_t wide = 0;
    for (unsigned i = 0; i < sizeof memory; i++) { memory[i] = 0; }
    app_set_input(0, 0, 0, value);
    for (unsigned i = sizeof memory; i-- > 0;) { wide = (int64_t)((uint64_t)wide << 8 | memory[i]); }
    return wide;
}
const inference_tensor *inference_describe_input(uint32_t model, uint32_t index) { (void)model, (void)index; return &about; }
const inference_tensor *inference_describe_output(uint32_t model, uint32_t index) { (void)model, (void)index; return &about; }
const inference_model *inference_describe(uint32_t model) { (void)model; return 0; }
void *inference_input(uint32_t model, uint32_t index) { (void)model, (void)index; return memory; }
const void *inference_output(uint32_t model, uint32_t index) { (void)model, (void)index; return memory; }
void platform_write(const uint8_t *bytes, size_t count) { (void)bytes, (void)count; }
"""


def compiled(folder: Path, *sources: Path) -> ctypes.CDLL:
    templates = templates_dir()
    includes = [f"-I{templates / path}" for path in ("common/src", "application/src", "runtimes/aot/kernels")]
    library = folder / f"{sources[0].stem}.so"
    flags = [*STRICT_FLAGS, "-O1", "-fsanitize=undefined,float-cast-overflow", "-fsanitize-undefined-trap-on-error"]
    done = process.run(["gcc", *flags, *includes, "-shared", "-fPIC", "-o", library, *sources])
    assert done.exit_code == 0, done.output
    return ctypes.CDLL(str(library))


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> ctypes.CDLL:
    folder = tmp_path_factory.mktemp("app")
    (folder / "app_support.c").write_text(render_text("application/src/app_support.c.j2", {"banner": ["made for a test"], "labels": []}))
    (folder / "stub.c").write_text(APP_STUB)
    library = compiled(folder, folder / "app_support.c", folder / "stub.c")
    library.describe.argtypes = [ctypes.c_int, ctypes.c_uint32, ctypes.c_float, ctypes.c_int32]
    library.convert.argtypes, library.convert.restype = [ctypes.c_float], ctypes.c_int64
    return library


def in_app(app: ctypes.CDLL, dtype: str, scale: float, zero_point: int) -> list[int]:
    """What `app_set_input` stores for EDGES."""
    width = np.dtype(dtype).itemsize
    app.describe(int(DType[dtype.upper()]), width, scale, zero_point)
    stored = b"".join(int(app.convert(value)).to_bytes(8, "little", signed=True)[:width] for value in EDGES)
    return [int(value) for value in np.frombuffer(stored, dtype)]


def in_kernel(folder: Path, dtype: str, scale: float, zero_point: int) -> list[int]:
    """What the function behind QUANTIZE and the headers of models gives."""
    limits = np.iinfo(dtype)
    (folder / "real.c").write_text(
        '#include "real.h"\nint32_t convert(float real, float scale, int32_t zero_point, int32_t low, int32_t high);\n'
        "int32_t convert(float real, float scale, int32_t zero_point, int32_t low, int32_t high) {\n"
        "    return aot_quantize_real(real, scale, zero_point, low, high);\n}\n"
    )
    convert = compiled(folder, folder / "real.c").convert
    convert.argtypes = [ctypes.c_float, ctypes.c_float, *[ctypes.c_int32] * 3]
    return [convert(value, scale, zero_point, int(limits.min), int(limits.max)) for value in EDGES]


def in_preprocessing(folder: Path, dtype: str, scale: float, zero_point: int) -> list[int]:
    """What the header that prepares raw samples gives."""
    builder = ModelBuilder()
    x, y = (builder.tensor([1, len(EDGES)], dtype, scale, zero_point, name=name) for name in "xy")
    builder.op("RELU", [x], [y])
    content = with_contract(builder.build([x], [y]), InputContract(Preprocessing("float32")))
    (text,) = preprocess_headers([parse_model(content, "m")], ["m"]).values()
    (folder / "m_preprocess.h").write_text(text)
    c_type = f"{dtype}_t"
    (folder / "prepare.c").write_text(
        f'#include "m_preprocess.h"\nvoid prepare(const float *raw, {c_type} *input);\n'
        f"void prepare(const float *raw, {c_type} *input) {{\n    m_preprocess(raw, input);\n}}\n"
    )
    output = np.zeros(len(EDGES), dtype)
    compiled(folder, folder / "prepare.c").prepare(EDGES.ctypes.data_as(ctypes.c_void_p), output.ctypes.data_as(ctypes.c_void_p))
    return [int(value) for value in output]


def model_of(dtype: str, scale: float, zero_point: int, elements: int) -> bytes:
    builder = ModelBuilder()
    x, y = builder.tensor([1, elements], "float32"), builder.tensor([1, elements], dtype, scale, zero_point)
    builder.op("QUANTIZE", [x], [y])
    return builder.build([x], [y])


@pytest.mark.parametrize(("dtype", "scale", "zero_point"), QUANTIZATIONS)
def test_there_is_one_conversion(app: ctypes.CDLL, tmp_path: Path, dtype: str, scale: float, zero_point: int) -> None:
    tensor = parse_model(model_of(dtype, scale, zero_point, 4), "m").outputs[0]
    expected = [zero_point if np.isnan(value) else int(quantize(np.array([value]), tensor)[0]) for value in EDGES]
    assert in_kernel(tmp_path, dtype, scale, zero_point) == expected
    assert in_app(app, dtype, scale, zero_point) == expected
    assert in_preprocessing(tmp_path, dtype, scale, zero_point) == expected


@pytest.mark.parametrize(("dtype", "scale", "zero_point"), [one for one in QUANTIZATIONS if one[0] != "uint8"])
def test_it_is_tflms_where_that_is_defined(tmp_path: Path, dtype: str, scale: float, zero_point: int) -> None:
    pytest.importorskip("tflite_micro", reason="the tflite-micro wheel exists for Linux on x86-64 only")
    with np.errstate(all="ignore"):
        defined = np.abs(EDGES / np.float32(scale)) < 2.0**30
    values = EDGES[defined]
    ((output,),) = golden_outputs(model_of(dtype, scale, zero_point, len(values)), [[values[None]]])
    ours = np.array(in_kernel(tmp_path, dtype, scale, zero_point))[defined]
    assert ours.tolist() == output.ravel().tolist()


@pytest.mark.parametrize("dtype", ["int32", "int64"])
def test_plain_integers_are_the_nearest_ones(app: ctypes.CDLL, dtype: str) -> None:
    limits = np.iinfo(dtype)
    exact = [0.0 if np.isnan(value) else float(value) for value in EDGES]
    nearest = [limits.max if value > 2.0**63 else limits.min if value < -(2.0**63) else int(value) for value in exact]
    nearest = [
        whole + (math.copysign(1, value) if abs(value) < 2.0**31 and abs(value - whole) >= 0.5 else 0)
        for whole, value in zip(nearest, exact, strict=True)
    ]
    expected = [min(max(int(value), int(limits.min)), int(limits.max)) for value in nearest]
    assert in_app(app, dtype, 0.0, 0) == expected


def test_no_other_text_rounds_by_adding_a_half() -> None:
    """The sum would be rounded itself.  In ELU's exponential any number near the quotient does."""
    adds_a_half = re.compile(r"\(u?int\d+_t\)\s*\([^;]*[+-] 0\.5f?\)")
    texts = {path.name: path.read_text() for path in templates_dir().rglob("*") if path.suffix in {".c", ".h", ".j2", ".cc", ".cpp"}}
    assert {name for name, text in texts.items() if adds_a_half.search(text)} == {"elu.h"}
