"""The Arduino port serves both runtimes on every real board: what is generated is complete, and compiles for each kind of core."""

from __future__ import annotations

import dataclasses
import itertools
import random
import shutil
import subprocess
from pathlib import Path

import pytest

from mcu_toolkit.boards import Board, all_boards, load_board
from mcu_toolkit.firmware import EXAMPLES, Application, Extras, generate_project
from mcu_toolkit.model import parse_model
from mcu_toolkit.runtimes import get_runtime
from mcu_toolkit.runtimes.tflm import TflmRuntime
from tests.platforms.example_models import model_for
from tests.runtimes.tflm.stub_library import write_library
from tests.small_models import fully_connected

STUB = Path(__file__).parent / "arduino_stub"
ARDUINO_BOARDS = [board for board in all_boards() if board.firmware_platform == "arduino"]
ARCHITECTURES = {"esp": "ARDUINO_ARCH_ESP32", "nordicnrf52": "ARDUINO_ARCH_MBED", "ststm32": "ARDUINO_ARCH_STM32"}


def architecture(board: Board) -> str:
    return next((macro for prefix, macro in ARCHITECTURES.items() if board.platformio.platform.startswith(prefix)), "ARDUINO_ARCH_OTHER")


def test_every_board_that_was_asked_for_is_there() -> None:
    assert {board.id for board in ARDUINO_BOARDS} >= {
        "nano33ble", "esp32dev", "esp32s3", "esp32c3", "pico", "pico2", "nucleo_f446re", "nucleo_l4r5zi", "disco_f746ng", "teensy41",
        "xiao_ble_sense", "portenta_h7",
    }  # fmt: skip


@pytest.mark.parametrize(
    "board",
    [*ARDUINO_BOARDS, dataclasses.replace(load_board("nano33ble"), trigger_pin=2)],
    ids=lambda board: f"{board.id}{board.trigger_pin}",
)
def test_the_port_compiles_without_a_warning(board: Board, tmp_path: Path) -> None:
    compiler = shutil.which("g++")
    assert compiler is not None
    project = generate_project([parse_model(fully_connected(), "m")], board, get_runtime("aot"), tmp_path / "p").folder
    sources = sorted((project / "src").glob("*.cpp"))
    assert {path.name for path in sources} == {"main.cpp", "platform.cpp", "stack.cpp", f"ticks_{board.ticks.driver}.cpp"}
    command = [compiler, "-std=gnu++17", "-fno-exceptions", "-fno-rtti", "-Wall", "-Wextra", "-Wno-int-to-pointer-cast", "-Werror",
               "-fsyntax-only", f"-D{architecture(board)}", f"-I{STUB}", f"-I{project / 'src'}"]  # fmt: skip
    done = subprocess.run([*command, *map(str, sources)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("board", "example"),
    [
        *itertools.product(("nano33ble", "xiao_ble_sense"), EXAMPLES),
        *((board, "sound") for board in ("esp32dev", "esp32s3", "pico", "pico2")),
    ],
)
def test_examples_of_applications_compile_without_a_warning(board: str, example: str, tmp_path: Path) -> None:
    application = Application(example, samples=(bytes(6),))
    model = model_for(example)
    project = generate_project([model], load_board(board), get_runtime("aot"), tmp_path / "p", Extras(application=application)).folder
    warnings = ["-Wall", "-Wextra", "-Wconversion", "-Werror", "-fsyntax-only", f"-I{project / 'src'}"]
    c_sources = [str(path) for path in sorted((project / "src").glob("*.c"))]
    compilers = [["arm-none-eabi-gcc", "-mcpu=cortex-m4", "-mthumb", "-std=c99", *warnings, *c_sources]]
    sensor = project / "src/app_sensor.cpp"
    assert sensor.exists() == (example != "pattern")
    if sensor.exists():
        compilers.append(["g++", "-std=gnu++11", "-fno-exceptions", "-fno-rtti", *warnings, f"-I{STUB}", str(sensor)])
    for command in compilers:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (0, "")


def test_an_analog_input_compiles_on_every_board_that_has_one(tmp_path: Path) -> None:
    boards = [board for board in ARDUINO_BOARDS if board.sensors.analog]
    assert boards
    for board in boards:
        source = generate_project(
            [parse_model(fully_connected(), "m")], board, get_runtime("aot"), tmp_path / board.id, Extras(sensor="analog")
        )
        driver = source.folder / "src/app_sensor.cpp"
        command = ["g++", "-std=gnu++11", "-Wall", "-Wextra", "-Wconversion", "-Werror", "-fsyntax-only", f"-I{STUB}", str(driver)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (0, "")
        assert "#define FIRMWARE_SENSOR 3" in (source.folder / "src/firmware_config.h").read_text()


@pytest.mark.parametrize("board", ARDUINO_BOARDS, ids=lambda board: board.id)
def test_a_project_of_either_runtime_has_one_main_and_names_its_platform(board: Board, tmp_path: Path) -> None:
    library = TflmRuntime(str(write_library(tmp_path / "library")))
    for runtime in (get_runtime("aot"), library):
        project = generate_project([parse_model(fully_connected(), "m")], board, runtime, tmp_path / runtime.name).folder
        assert not (project / "src/main.c").exists()
        assert not (project / "linker.ld").exists(), "the core has its own"
        ini = (project / "platformio.ini").read_text()
        assert f"platform = {board.platformio.platform}\nboard = {board.platformio.board}\nframework = arduino\n" in ini
        assert ("lib_deps" in ini) == (runtime.name == "tflm")


def test_no_address_of_ours_has_a_name_that_a_core_uses_too(tmp_path: Path) -> None:
    """The Pico's SDK defines TICKS_BASE: found by compiling against it."""
    project = generate_project([parse_model(fully_connected(), "m")], load_board("pico2"), get_runtime("aot"), tmp_path / "p").folder
    config = (project / "src/firmware_config.h").read_text()
    assert not [name for name in ("TICKS_BASE", "UART_BASE", "FLASH_ORIGIN", "RAM_ORIGIN") if f"#define {name}" in config]
    assert "#define UART_BAUD" in config


def test_real_boards_say_what_they_know_and_from_where() -> None:
    for board in ARDUINO_BOARDS:
        assert board.emulator is None
        assert board.clock_hz > 0
        assert len(board.sources) >= 2, board.id
        assert "@" in board.platformio.platform or "://" in board.platformio.platform, "a version, or a fork"


def test_a_model_is_kept_out_of_ram_where_the_boards_linker_script_would_copy_constants(tmp_path: Path) -> None:
    library = str(write_library(tmp_path / "library"))
    model = parse_model(fully_connected(), "m")
    teensy, nano = (
        generate_project([model], load_board(name), TflmRuntime(library), tmp_path / name).folder for name in ("teensy41", "nano33ble")
    )
    assert '__attribute__((section(".progmem")))' in (teensy / "src/model_data.cc").read_text()
    assert "section" not in (nano / "src/model_data.cc").read_text()


def test_options_of_the_board_and_of_the_runtime_are_both_there(tmp_path: Path) -> None:
    library = str(write_library(tmp_path / "library"))
    project = generate_project(
        [parse_model(fully_connected(), "m")], load_board("nucleo_f446re"), TflmRuntime(library), tmp_path / "p"
    ).folder
    ini = (project / "platformio.ini").read_text()
    assert "-DSERIAL_RX_BUFFER_SIZE=1024" in ini, "the protocol's window must fit"
    assert "-DTF_LITE_STATIC_MEMORY" in ini


@pytest.mark.parametrize("name", ["teensy41", "xiao_ble_sense", "pico"])
def test_ticks_are_right_over_many_turns_of_the_counter(name: str, tmp_path: Path) -> None:
    """Also where the clock is 1 % off what the board's file says, and where the core's milliseconds lag behind."""
    board = load_board(name)
    project = generate_project([parse_model(fully_connected(), "m")], board, get_runtime("aot"), tmp_path / "p").folder
    program = tmp_path / "ticks"
    sources = (Path(__file__).parent / "arduino_ticks.cpp", project / "src/platform.cpp", project / "src/fault.c")
    command = ["g++", "-std=gnu++17", "-Wall", "-Wextra", "-Wno-int-to-pointer-cast", "-Werror", "-fsanitize=address,undefined",
               "-fno-sanitize-recover", f"-I{STUB}", f"-I{project / 'src'}", *map(str, sources), "-o", str(program)]  # fmt: skip
    subprocess.run(command, check=True)
    per_ms = 1000 if board.ticks.unit == "us" else board.clock_hz // 1000
    pick = random.Random(8)
    steps = [pick.choice((0, 1, 17, 900, 60_000, 90_000)) * per_ms + pick.randrange(per_ms) for _ in range(200)]
    for clock in (1.0, 0.99, 1.01):
        text = "".join(f"{step} {int(step / clock / per_ms * 1000)}\n" for step in steps)  # what passes on the counter, and in microseconds
        done = subprocess.run([program], input=text, capture_output=True, text=True, check=True)
        assert [int(line) for line in done.stdout.split()] == list(itertools.accumulate(steps))
