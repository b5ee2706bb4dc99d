"""A model with a front end has it beside it in C, with the conversion of features to its input: the bytes of the host."""

from __future__ import annotations

import ctypes
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mcu_toolkit.artifacts.contract import InputContract, with_contract
from mcu_toolkit.artifacts.preprocessing import Preprocessing
from mcu_toolkit.artifacts.real_values import quantize
from mcu_toolkit.boards import load_board
from mcu_toolkit.errors import InputError
from mcu_toolkit.firmware import export_folder, generate_project, preprocess_headers
from mcu_toolkit.firmware.feature_scale import fixed_point
from mcu_toolkit.firmware.model_frontends import model_frontend_sources
from mcu_toolkit.frontend import MICRO_FRONTEND, AudioFrontend, features_of
from mcu_toolkit.model import Model, parse_model
from mcu_toolkit.runtimes import get_runtime
from tests.frontend.sounds import generated
from tests.model_builder import ModelBuilder

AOT = get_runtime("aot")
BANDS = MICRO_FRONTEND.bands
LISTENER = Preprocessing("uint16", scale=(0.0390625,))
WARNINGS = ["-std=c99", "-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Werror"]
PER_BAND = Preprocessing("uint16", tuple(np.linspace(0, 300, BANDS).tolist()), tuple(np.linspace(0.01, 0.3, BANDS).tolist()))


def listener(
    name: str = "m",
    *,
    frames: int = 3,
    dtype: str = "int8",
    scale: float = 0.101961,
    preprocessing: Preprocessing = LISTENER,
    frontend: AudioFrontend = MICRO_FRONTEND,
    bands: int = BANDS,
) -> Model:
    """A model that hands back its features."""
    builder = ModelBuilder()
    quantization = {} if dtype == "float32" else {"scale": scale, "zero_point": {"int8": -128, "uint8": 3, "int16": 0}[dtype]}
    x, y = (builder.tensor([1, frames, bands], dtype, name=end, **quantization) for end in "xy")
    builder.op("RELU", [x], [y])
    return parse_model(with_contract(builder.build([x], [y]), InputContract(preprocessing, frontend=frontend)), name)


def in_c(model: Model, folder: Path) -> Any:
    """A library with m_features() and m_preprocess()."""
    folder.mkdir(exist_ok=True)
    for name, text in {**preprocess_headers([model], ["m"]), **model_frontend_sources([model], ["m"])}.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text)
    kind = {"int8": "int8_t", "uint8": "uint8_t", "int16": "int16_t", "float32": "float"}[model.inputs[0].dtype.numpy.name]
    (folder / "run.c").write_text(
        f'#include "m_preprocess.h"\nvoid one(const uint16_t *f, {kind} *i);\nvoid all(const uint16_t *f, {kind} *i);\n'
        f"void one(const uint16_t *f, {kind} *i) {{ m_features(f, i); }}\n"
        f"void all(const uint16_t *f, {kind} *i) {{ m_preprocess(f, i); }}\n"
    )
    subprocess.run(["gcc", *WARNINGS, "-shared", "-fPIC", "-O1", folder / "run.c", "-o", folder / "run.so"], check=True)
    return ctypes.CDLL(str(folder / "run.so"))


def converted(function: Any, raw: np.ndarray, dtype: Any) -> np.ndarray:
    outputs = np.zeros(raw.shape, dtype)
    for features, output in zip(raw, outputs, strict=True):
        row = np.ascontiguousarray(features)
        function(row.ctypes.data_as(ctypes.c_void_p), output.ctypes.data_as(ctypes.c_void_p))
    return outputs


CASES: dict[str, tuple[str, float, Preprocessing]] = {
    "as pymicro-wakeword": ("int8", 0.101961, LISTENER),
    "as ESPHome": ("int8", 0.101961, Preprocessing("uint16", scale=(0.101961 * 256 / 666,))),
    "unsigned": ("uint8", 0.1, LISTENER),
    "16 bits": ("int16", 0.001, LISTENER),
    "with a mean": ("int8", 0.05, Preprocessing("uint16", (317.25,), (0.0123,))),
    "steep": ("int8", 0.01, Preprocessing("uint16", (7.0,), (3.0,))),
    "downwards": ("int8", 0.05, Preprocessing("uint16", (300.0,), (-0.02,))),
    "a mean and a scale for each band": ("int8", 0.05, PER_BAND),
    "real values": ("float32", 0.0, LISTENER),
}


@pytest.mark.parametrize("case", CASES)
def test_every_feature_becomes_what_the_host_makes_of_it(case: str, tmp_path: Path) -> None:
    dtype, scale, preprocessing = CASES[case]
    model = listener(dtype=dtype, scale=scale, preprocessing=preprocessing)
    raw = np.resize(np.arange(1 << 16, dtype=np.uint16), BANDS * ((1 << 16) // BANDS + 1)).reshape(-1, BANDS)
    real = preprocessing.apply(raw)
    expected = real if dtype == "float32" else quantize(real, model.inputs[0])
    assert converted(in_c(model, tmp_path).one, raw, model.inputs[0].dtype.numpy).tobytes() == expected.tobytes()


def test_frames_one_after_the_other_are_the_whole_input(tmp_path: Path) -> None:
    model = listener()
    library = in_c(model, tmp_path)
    raw = features_of(generated(6), MICRO_FRONTEND)[:3]
    frame_by_frame = converted(library.one, raw, np.int8)
    assert converted(library.all, raw.reshape(1, -1), np.int8).tobytes() == frame_by_frame.tobytes()
    assert len(np.unique(frame_by_frame)) > 10


def test_the_usual_features_need_no_floating_point() -> None:
    for name in ("as pymicro-wakeword", "as ESPHome", "unsigned"):
        dtype, scale, preprocessing = CASES[name]
        assert fixed_point(preprocessing, listener(dtype=dtype, scale=scale).inputs[0]) is not None, name
    assert fixed_point(CASES["downwards"][2], listener().inputs[0]) is None


def test_the_scale_for_esphome_is_its_integer_formula() -> None:
    """clamp((feature * 256 + 333) / 666 - 128): esphome/components/micro_wake_word, read 2026-11-30."""
    features = np.arange(1 << 16)
    expected = np.clip((features * 256 + 333) // 666 - 128, -128, 127)
    preprocessing = CASES["as ESPHome"][2]
    assert np.array_equal(quantize(preprocessing.apply(features.astype(np.uint16)[:, None]), listener().inputs[0])[:, 0], expected)


@pytest.mark.parametrize("board", ["netduinoplus2", "nano33ble"])
def test_a_project_has_the_front_end_beside_its_model(board: str, tmp_path: Path) -> None:
    project = generate_project([listener()], load_board(board), AOT, tmp_path / "p").folder
    names = {"m_frontend.c", "m_frontend.h", "m_preprocess.h", "frontend/fft.h", "frontend/pcan.h"}
    assert names <= {str(path.relative_to(project / "src")) for path in (project / "src").rglob("*")}


def test_models_of_one_front_end_share_it(tmp_path: Path) -> None:
    other = replace(MICRO_FRONTEND, hop_ms=20)
    models = [listener("one"), listener("two", frames=5), listener("three", frontend=other)]
    source = generate_project(models, load_board("host"), AOT, tmp_path / "p").folder / "src"
    assert {path.name for path in source.glob("*_frontend.c")} == {"one_frontend.c", "three_frontend.c"}
    assert '#include "one_frontend.h"' in (source / "two_preprocess.h").read_text()
    (source / "all.c").write_text("".join(f'#include "{name}_preprocess.h"\n' for name in ("one", "two", "three")))
    for file in (source / "all.c", source / "one_frontend.c", source / "three_frontend.c"):
        subprocess.run(["gcc", *WARNINGS, "-c", file, "-o", tmp_path / "o.o"], check=True)


def test_an_export_compiles_with_its_front_end(tmp_path: Path) -> None:
    folder = export_folder([listener()], load_board("host"), AOT, tmp_path / "e").folder
    assert (folder / "m_preprocess.h").is_file()
    subprocess.run(["make", "-s", "-C", folder, "objects"], check=True)
    assert (folder / "m_frontend.o").is_file()
    assert "m_features()" in (folder / "README.md").read_text()


def test_a_model_that_cannot_take_its_features_is_refused_and_nothing_is_written(tmp_path: Path) -> None:
    for model in (listener(bands=BANDS + 1), listener(preprocessing=Preprocessing("int16"))):
        with pytest.raises(InputError, match="cannot take what its front end computes"):
            generate_project([model], load_board("host"), AOT, tmp_path / "p")
    assert not (tmp_path / "p").exists()
