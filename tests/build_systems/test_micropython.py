"""The export for MicroPython as a module that runs: byte-equal to TFLM, with a fake of its API, and with the real one where it is."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from mcu_toolkit.artifacts.real_values import quantize
from mcu_toolkit.frontend import MICRO_FRONTEND, features_of
from mcu_toolkit.frontend.motion.compute import motion_features
from mcu_toolkit.model import Model, parse_model
from tests.build_systems.exported import CONVOLUTION, SVDF, assert_prints_what_tflm_computes, exported
from tests.firmware.test_model_frontends import converted, in_c, listener
from tests.frontend.sounds import generated
from tests.pipeline.stream.moves import MOTION, motion_model, shaken

FAKE = Path(__file__).parent / "fake_micropython"
MODELS = [CONVOLUTION, SVDF]
PREFIXES = ["conv_x", "heard"]
SOURCES_VARIABLE = "MCU_MICROPYTHON"
"""Names a folder with MicroPython's sources in which mpy-cross and the port for unix were built."""


def built_with_the_fake(models: Sequence[Model], folder: Path) -> Path:
    """The export's folder, with an extension of CPython in it."""
    include = sysconfig.get_path("include")
    if not (Path(include) / "Python.h").is_file():
        pytest.skip("no Python.h")
    exported(models, "micropython", folder)
    done = subprocess.run(
        ["make", "-C", folder, f"MPY_DIR={FAKE}", f"PYTHON_INCLUDE={include}"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def python(folder: Path, *words: str) -> str:
    environment = {**os.environ, "PYTHONPATH": str(folder)}
    return subprocess.run([sys.executable, *words], cwd=folder, capture_output=True, text=True, check=True, env=environment).stdout


@pytest.mark.slow
def test_the_module_built_with_a_fake_computes_what_tflm_does(tmp_path: Path) -> None:
    folder = built_with_the_fake(MODELS, tmp_path / "module")
    assert_prints_what_tflm_computes(python(folder, "example.py"), MODELS, PREFIXES)


@pytest.mark.slow
def test_samples_become_the_elements_that_the_model_takes(tmp_path: Path) -> None:
    model = listener("m")
    folder = built_with_the_fake([model], tmp_path / "module")
    samples = generated(6)
    (folder / "sound").write_bytes(samples.astype("<i2").tobytes())
    program = """
from array import array
import mcu_m as module
samples = array("h", open("sound", "rb").read())
whole = module.m_features(samples)
module.m_features_reset()
pieces = b"".join(module.m_features(samples[start:start + 777]) for start in range(0, len(samples), 777))
assert whole == pieces
try:
    module.m_features(b"odd")
except ValueError as error:
    assert "array of int16" in str(error)
else:
    raise AssertionError("an odd number of bytes was taken")
print(*array("b", whole))
"""
    found = np.array([int(word) for word in python(folder, "-c", program).split()], np.int8)
    expected = converted(in_c(model, tmp_path / "c").one, features_of(samples, MICRO_FRONTEND), np.int8)
    assert len(expected) > 10
    assert found.tobytes() == expected.tobytes()


@pytest.mark.slow
def test_readings_become_the_elements_that_the_model_takes(tmp_path: Path) -> None:
    model = parse_model(motion_model(), "m")
    folder = built_with_the_fake([model], tmp_path / "module")
    readings = (shaken([(1.0, 2.0)], 3.0) // 2).astype(np.int16)
    (folder / "motion").write_bytes(readings.astype("<i2").tobytes())
    program = """
from array import array
import mcu_m as module
numbers = array("h", open("motion", "rb").read())
whole = module.m_features(numbers)
module.m_features_reset()
assert whole == b"".join(module.m_features(numbers[start:start + 21]) for start in range(0, len(numbers), 21))
try:
    module.m_features(numbers[:4])
except ValueError as error:
    assert "a number for each axis" in str(error)
else:
    raise AssertionError("half a reading was taken")
print(*array("b", whole))
"""
    found = np.array([int(word) for word in python(folder, "-c", program).split()], np.int8)
    expected = quantize(motion_features(readings, MOTION).astype(np.float32), model.inputs[0])
    assert len(expected) > 5
    assert found.tobytes() == expected.tobytes()


@pytest.mark.nightly
@pytest.mark.parametrize("architecture", ["armv6m", "armv7m", "armv7emsp", "rv32imc", "x64"])
def test_the_real_tools_link_it_and_the_port_for_unix_runs_it(architecture: str, tmp_path: Path) -> None:
    sources = os.environ.get(SOURCES_VARIABLE)
    if not sources:
        pytest.skip(f"{SOURCES_VARIABLE} does not name the sources of MicroPython")
    board = {"armv6m": "microbit", "armv7m": "mps2-an385", "armv7emsp": "netduinoplus2", "rv32imc": "qemu-riscv32", "x64": "host"}
    folder = exported(MODELS, "micropython", tmp_path / "module", board[architecture])
    subprocess.run(["make", "-C", folder, f"MPY_DIR={sources}", f"ARCH={architecture}"], check=True)
    assert (folder / "mcu_conv_x_heard.mpy").read_bytes()[:1] == b"M"
    if architecture == "x64":
        program = shutil.which("micropython", path=str(Path(sources) / "ports/unix/build-standard"))
        assert program is not None, "the port for unix was not built"
        printed = subprocess.run([program, "example.py"], cwd=folder, capture_output=True, text=True, check=True).stdout
        assert_prints_what_tflm_computes(printed, MODELS, PREFIXES)
