"""The proof proves something: planted faults make it say no, and the image holds no answers."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from mcu_toolkit.artifacts import FirmwareProject
from mcu_toolkit.boards import load_board
from mcu_toolkit.build import build_project, elf_path, flash_project
from mcu_toolkit.device import find_emulator
from mcu_toolkit.firmware import generate_project
from mcu_toolkit.model import read_model
from mcu_toolkit.runners import TflmRunner
from mcu_toolkit.runtimes import get_runtime
from mcu_toolkit.validate import inputs_for, random_vectors
from tests.planted import FlashedImage, constants_of, flips_without_effect
from tests.small_models import fully_connected, network

pytestmark = pytest.mark.slow
BOARD = "netduinoplus2"


@pytest.fixture(scope="module")
def model_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Weights that follow from a seed: what is planted in them has the same effect on every machine."""
    path = tmp_path_factory.mktemp("model") / "network.tflite"
    path.write_bytes(network())
    return path


@pytest.fixture(scope="module")
def project(model_file: Path, tmp_path_factory: pytest.TempPathFactory) -> FirmwareProject:
    folder = tmp_path_factory.mktemp("project")
    made = generate_project([read_model(model_file)], load_board(BOARD), get_runtime("aot"), folder)
    build_project(made, load_board(BOARD))
    return made


def mcu(*words: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "mcu_toolkit", *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)


def test_the_image_holds_no_test_inputs_and_no_expected_outputs(project: FirmwareProject, model_file: Path) -> None:
    model = read_model(model_file)
    inputs = inputs_for(model, random_vectors(model, 360, 0))
    outputs = TflmRunner(model).run(inputs).outputs[0]
    image = elf_path(project).read_bytes()
    assert all(sample.tobytes()[:16] not in image for sample in inputs[0])
    rows = [row.tobytes() for row in outputs if len(set(row.tobytes())) >= 6]
    assert len(rows) > 300, "outputs of few different values could stand in an image by chance"
    assert all(row not in image for row in rows)


def test_one_flipped_weight_byte_in_the_flashed_image_is_found(project: FirmwareProject, model_file: Path, boards: Path) -> None:
    model, mask, samples = read_model(model_file), 0x40, 60
    dense = model.main.ops[-1]
    inputs = inputs_for(model, random_vectors(model, samples, 0))[0]
    assert flips_without_effect(model, model.main.tensors[dense.inputs[1]], mask, inputs) == [], "whichever is hit is seen"

    flash_project(project, load_board(BOARD))
    good = mcu("verify", model_file, "--board", BOARD, "--random", samples)
    assert good.returncode == 0, good.stderr
    assert "byte-equal" in good.stdout

    emulator = find_emulator(BOARD)
    assert emulator is not None
    image = FlashedImage(emulator)
    constants = [place for place in constants_of(image.path, f"_{dense.index}") if "_k_" in place.symbol]
    weights = max(constants, key=lambda place: place.size_bytes)
    image.plant(weights.file_offset + weights.size_bytes // 2, mask)

    bad = mcu("verify", model_file, "--board", BOARD, "--random", samples)
    assert bad.returncode == 1, bad.stdout + bad.stderr
    assert "verdict: FAIL" in bad.stdout
    assert "device differs from tflm in" in bad.stdout
    assert "Traceback" not in bad.stderr


def test_killing_the_emulator_in_mid_run_is_a_device_failure(project: FirmwareProject, model_file: Path, boards: Path) -> None:
    flash_project(project, load_board(BOARD))
    emulator = find_emulator(BOARD)
    assert emulator is not None
    _, qemu = emulator.process_ids()
    busy = threading.Event()

    def kill_when_busy() -> None:
        start_s = cpu_time_s(qemu)
        while cpu_time_s(qemu) - start_s < 0.1:  # it is computing, not waiting
            time.sleep(0.01)
        busy.set()
        os.kill(qemu, signal.SIGKILL)

    killer = threading.Thread(target=kill_when_busy)
    killer.start()
    result = mcu("verify", model_file, "--board", BOARD, "--random", 5000)
    killer.join(timeout=60)
    assert busy.is_set()
    assert result.returncode == 3, result.stdout + result.stderr
    assert "error:" in result.stderr
    assert BOARD in result.stderr
    assert "Traceback" not in result.stderr


def cpu_time_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")  # utime, stime: proc(5)


def test_firmware_of_another_model_is_named(project: FirmwareProject, boards: Path, tmp_path: Path) -> None:
    flash_project(project, load_board(BOARD))
    other = tmp_path / "other.tflite"
    other.write_bytes(fully_connected())
    result = mcu("verify", other, "--board", BOARD)
    assert result.returncode == 3
    assert read_model(other).sha256[:12] in result.stderr
    assert project.model_sha256s[0][:12] in result.stderr
    assert "mcu flash" in result.stderr


def test_outputs_differ_between_samples(model_file: Path) -> None:
    """A runner that always answers the same would pass a comparison with itself; the golden one does not."""
    model = read_model(model_file)
    outputs = TflmRunner(model).run(inputs_for(model, random_vectors(model, 360, 0))).outputs[0]
    assert len(np.unique(outputs, axis=0)) > 300
