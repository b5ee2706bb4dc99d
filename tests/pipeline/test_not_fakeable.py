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
from elftools.elf.elffile import ELFFile

from mcu_toolkit.artifacts import FirmwareProject
from mcu_toolkit.boards import load_board
from mcu_toolkit.build import build_project, elf_path, flash_project
from mcu_toolkit.device import find_emulator
from mcu_toolkit.firmware import generate_project
from mcu_toolkit.model import read_model
from mcu_toolkit.runners import TflmRunner
from mcu_toolkit.runtimes import get_runtime
from mcu_toolkit.validate import inputs_for, load_vectors

pytestmark = pytest.mark.slow
BOARD = "netduinoplus2"


@pytest.fixture(scope="module")
def project(digits_int8: Path, tmp_path_factory: pytest.TempPathFactory) -> FirmwareProject:
    folder = tmp_path_factory.mktemp("digits")
    made = generate_project([read_model(digits_int8)], load_board(BOARD), get_runtime("aot"), folder)
    build_project(made, load_board(BOARD))
    return made


def mcu(*words: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "mcu_toolkit", *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)


def test_the_image_holds_no_test_inputs_and_no_expected_outputs(project: FirmwareProject, digits_int8: Path, digits_folder: Path) -> None:
    model = read_model(digits_int8)
    inputs = inputs_for(model, load_vectors(digits_folder / "data.npz", model))
    outputs = TflmRunner(model).run(inputs).outputs[0]
    image = elf_path(project).read_bytes()
    for sample in inputs[0]:
        # Images have black margins: look for the busiest 16 bytes, which no table holds by chance.
        flat = sample.tobytes()
        windows = [flat[i : i + 16] for i in range(len(flat) - 16)]
        assert max(windows, key=lambda w: len(set(w))) not in image
    busy = [row.tobytes() for row in outputs if len(set(row.tobytes())) >= 5]
    assert busy, "no output is distinctive enough to look for"
    for row in busy:
        assert row not in image


def weights_offset(elf: Path) -> int:
    """File offset of the middle of the largest weight array."""
    with elf.open("rb") as stream:
        image = ELFFile(stream)
        symbols = image.get_section_by_name(".symtab").iter_symbols()
        largest = max((s for s in symbols if "_k_" in s.name), key=lambda s: s["st_size"])
        for segment in image.iter_segments():
            start = segment["p_vaddr"]
            if segment["p_type"] == "PT_LOAD" and start <= largest["st_value"] < start + segment["p_filesz"]:
                return int(segment["p_offset"] + largest["st_value"] - start + largest["st_size"] // 2)
    raise AssertionError("no weights in the image")


def test_one_flipped_weight_byte_in_the_flashed_image_is_found(
    project: FirmwareProject, digits_int8: Path, digits_folder: Path, boards: Path
) -> None:
    flash_project(project, load_board(BOARD))
    good = mcu("verify", digits_int8, "--board", BOARD, "--data", digits_folder / "data.npz", "--random", 60)
    assert good.returncode == 0, good.stderr
    assert "byte-equal" in good.stdout

    emulator = find_emulator(BOARD)
    assert emulator is not None
    flashed = next(path for path in emulator.folder.iterdir() if path.suffix == ".elf")
    content = bytearray(flashed.read_bytes())
    content[weights_offset(flashed)] ^= 0x40
    flashed.write_bytes(content)
    emulator.reset()

    bad = mcu("verify", digits_int8, "--board", BOARD, "--data", digits_folder / "data.npz", "--random", 60)
    assert bad.returncode == 1, bad.stdout + bad.stderr
    assert "verdict: FAIL" in bad.stdout
    assert "device differs from tflm in" in bad.stdout
    assert "Traceback" not in bad.stderr


def test_killing_the_emulator_in_mid_run_is_a_device_failure(
    project: FirmwareProject, digits_int8: Path, digits_folder: Path, boards: Path
) -> None:
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
    result = mcu("verify", digits_int8, "--board", BOARD, "--random", 5000)
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
    from tests.small_models import fully_connected

    flash_project(project, load_board(BOARD))
    other = tmp_path / "other.tflite"
    other.write_bytes(fully_connected())
    result = mcu("verify", other, "--board", BOARD)
    assert result.returncode == 3
    assert read_model(other).sha256[:12] in result.stderr
    assert project.model_sha256s[0][:12] in result.stderr
    assert "mcu flash" in result.stderr


def test_outputs_differ_between_samples(digits_int8: Path, digits_folder: Path) -> None:
    """A runner that always answers the same would pass a comparison with itself; the golden one does not."""
    model = read_model(digits_int8)
    outputs = TflmRunner(model).run(inputs_for(model, load_vectors(digits_folder / "data.npz", model))).outputs[0]
    assert len(np.unique(outputs, axis=0)) > 50
