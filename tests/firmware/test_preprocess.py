"""The preprocessing in C gives the same bytes as the one in Python."""

from __future__ import annotations

import ctypes
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mcu_toolkit.artifacts.contract import InputContract, with_contract
from mcu_toolkit.artifacts.preprocessing import Preprocessing
from mcu_toolkit.firmware import preprocess_headers, write_model_array
from mcu_toolkit.model import Model, parse_model
from mcu_toolkit.validate import quantize
from tests.model_builder import ModelBuilder
from tests.small_models import fully_connected

WRAPPER = """#include "m_preprocess.h"
void run(const {raw} *raw, {out} *input);
void run(const {raw} *raw, {out} *input) {{ m_preprocess(raw, input); }}
"""
C_TYPES = {"int8": "int8_t", "int16": "int16_t", "uint8": "uint8_t", "uint16": "uint16_t", "float32": "float"}


def model_for(shape: tuple[int, ...], dtype: str, preprocessing: Preprocessing, scale: float = 0.0173, zero_point: int = -5) -> Model:
    builder = ModelBuilder()
    quantization = {} if dtype == "float32" else {"scale": scale, "zero_point": zero_point if dtype == "int8" else 0}
    x = builder.tensor([1, *shape], dtype, name="x", **quantization)
    y = builder.tensor([1, *shape], dtype, name="y", **quantization)
    builder.op("RELU", [x], [y])
    return parse_model(with_contract(builder.build([x], [y]), InputContract(preprocessing)), "m")


def run_c(model: Model, raw: np.ndarray, folder: Path) -> np.ndarray:
    (text,) = preprocess_headers([model], ["m"]).values()
    (folder / "m_preprocess.h").write_text(text)
    dtype = model.inputs[0].dtype.numpy
    (folder / "run.c").write_text(WRAPPER.format(raw=C_TYPES[raw.dtype.name], out=C_TYPES[dtype.name]))
    flags = ["-std=c99", "-O2", "-Wall", "-Wextra", "-Werror", "-Wconversion", "-shared", "-fPIC"]
    subprocess.run(["gcc", *flags, folder / "run.c", "-o", folder / "run.so"], check=True)
    library: Any = ctypes.CDLL(str(folder / "run.so"))
    outputs = np.zeros((len(raw), *model.inputs[0].shape[1:]), dtype)
    for sample, output in zip(raw, outputs, strict=True):
        contiguous = np.ascontiguousarray(sample)
        library.run(contiguous.ctypes.data_as(ctypes.c_void_p), output.ctypes.data_as(ctypes.c_void_p))
    return outputs


RGB = Preprocessing("uint8", (123.675, 116.28, 103.53), (0.01712475, 0.017507, 0.01742919), "hwc", "", "rgb", "bgr")
CASES = {
    "grey": ((16, 16, 1), "int8", Preprocessing("uint8", scale=(1 / 255,), layout="hwc", labels=("a", 'b"\\', "ü"))),
    "rgb": ((16, 16, 3), "int8", RGB),
    "transposed": ((3, 16, 16), "int8", Preprocessing("uint8", (127.5,), (1 / 127.5,), "chw", "hwc", "rgb")),
    "motion": ((64, 3), "int16", Preprocessing("int16", scale=(1 / 16384,), channel_order="xyz", raw_channel_order="zyx")),
    "floats": ((256,), "int8", Preprocessing("float32", (0.25,), (3.0,))),
    "float-input": ((16, 16, 3), "float32", RGB),
}


@pytest.mark.parametrize("case", CASES)
def test_c_and_python_give_the_same_bytes(case: str, tmp_path: Path) -> None:
    shape, dtype, preprocessing = CASES[case]
    model = model_for(shape, dtype, preprocessing)
    random = np.random.default_rng(1)
    raw_shape = (20, *preprocessing.raw_shape(shape))
    if preprocessing.raw_dtype == "float32":
        raw = random.normal(0, 2, raw_shape).astype(np.float32)
        raw.flat[:6] = [np.inf, -np.inf, 1e30, -1e30, 0.0, -0.0]
    else:
        limits = np.iinfo(preprocessing.raw_dtype)
        raw = random.integers(limits.min, limits.max, raw_shape, preprocessing.raw_dtype, endpoint=True)
    real = preprocessing.apply(raw)
    expected = real if dtype == "float32" else quantize(real, model.inputs[0])
    assert run_c(model, raw, tmp_path).tobytes() == expected.tobytes()


def test_halves_are_rounded_away_from_zero_as_in_python(tmp_path: Path) -> None:
    preprocessing = Preprocessing("int8")
    model = model_for((256,), "int8", preprocessing, scale=2.0, zero_point=0)
    raw = np.arange(-128, 128, dtype=np.int8)[np.newaxis]
    assert run_c(model, raw, tmp_path).tobytes() == quantize(preprocessing.apply(raw), model.inputs[0]).tobytes()


def test_it_is_written_beside_the_model_and_only_where_it_is_known(tmp_path: Path) -> None:
    model = model_for((4, 4, 3), "int8", RGB)
    assert write_model_array((model,), tmp_path).preprocess == (tmp_path / "m_preprocess.h",)
    assert (tmp_path / "m_preprocess.h").is_file()
    assert preprocess_headers([parse_model(fully_connected(), "m")], ["m"]) == {}
