"""Every template and all generated code compiles with Debian's Clang, for each kind of core, without a warning in strict C99."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from mcu_toolkit.artifacts.contract import InputContract, with_contract
from mcu_toolkit.artifacts.preprocessing import Preprocessing
from mcu_toolkit.boards import Board, load_board
from mcu_toolkit.firmware import EXAMPLES, Application, Extras, export_sources, generate_project, preprocess_headers
from mcu_toolkit.firmware.benchmark import Benchmark, mlperf_tiny
from mcu_toolkit.firmware.frontend_project import frontend_project
from mcu_toolkit.frontend import MICRO_FRONTEND, MLPERF_KWS
from mcu_toolkit.model import Model, parse_model
from mcu_toolkit.runtimes import get_runtime
from mcu_toolkit.runtimes.tflm import TflmRuntime
from mcu_toolkit.system.resources import templates_dir
from tests.compilers import clang_command, require_clang
from tests.frontend.in_c import NAME, write_sources
from tests.frontend.motion.in_c import write_sources as write_motion_sources
from tests.frontend.motion.settings import ALL as MOTION_FRONTEND
from tests.listening_models import tone_detector
from tests.model_builder import ModelBuilder
from tests.ops.fixed_sample import fixed_sample
from tests.ops.recurrent.models import gru, lstm_model, simple_rnn
from tests.platforms.example_models import model_for
from tests.platforms.test_arduino import ARDUINO_BOARDS, STUB, architecture
from tests.runtimes.aot.drawn_shapes import drawn_shape
from tests.runtimes.tflm.stub_library import write_library
from tests.small_models import fully_connected, network, svdf, wide_window

BOARDS = ("microbit", "pico-bare", "mps2-an385", "netduinoplus2", "mps2-an505", "mps3-an547", "qemu-riscv32")
"""Cortex-M0, M0+ with a chip of its own, M3, M4F, M33, M55 and RV32."""
WARNINGS = ("-Wall", "-Wextra", "-Wconversion", "-Wshadow", "-Wstrict-prototypes", "-Wpedantic", "-Werror")
FLAGS = ("-std=c99", "-O2", "-ffp-contract=off", "-ffunction-sections", "-fdata-sections", "-DINFERENCE_TRACK_LAYER=1")
SHAPES = (*range(24), 127, 169)
"""Of tests/runtimes/aot/drawn_shapes.py: layers of the kinds for which there are most kernels."""
USER = """#include "preprocess.h"

void fill(const uint8_t *raw, int8_t *input);
void fill(const uint8_t *raw, int8_t *input) { dense_preprocess(raw, input); }
"""
TEMPLATES = templates_dir()
CPP_STUBS = Path(__file__).parents[1] / "runtimes/tflm/stubs"


@cache
def models() -> list[Model]:
    """A model for each operator and element type, drawn shapes, a network, recurrent layers, one whose channels have no room as planes."""
    operators = [one.model for one in fixed_sample(1)]
    shapes = [parse_model(drawn_shape(number).content, f"shape_{number}") for number in SHAPES]
    recurrent = {"lstm": lstm_model(inputs=16, units=16), "gru": gru(), "rnn": simple_rnn(), "svdf": svdf()}
    others = {"net": network(), "wide": wide_depthwise(), "window": wide_window(), **recurrent}
    return [*operators, *shapes, *(parse_model(content, name) for name, content in others.items())]


def wide_depthwise() -> bytes:
    """DEPTHWISE_CONV_2D 3x3 of [1, 40, 40, 2] with stride 2, int8."""
    random, builder = np.random.default_rng(0), ModelBuilder()
    x = builder.tensor([1, 40, 40, 2], "int8", 0.1, 5)
    weights = builder.tensor([1, 3, 3, 2], "int8", scales=[0.01] * 2, axis=3, data=random.integers(-127, 128, (1, 3, 3, 2)))
    bias = builder.tensor([2], "int32", 0.001, data=[300, -500])
    y = builder.tensor([1, 20, 20, 2], "int8", 0.2, -3)
    sizes = {"stride_h": 2, "stride_w": 2, "dilation_h_factor": 1, "dilation_w_factor": 1, "depth_multiplier": 1}
    builder.op("DEPTHWISE_CONV_2D", [x, weights, bias], [y], version=3, padding="SAME", **sizes)
    return builder.build([x], [y])


def export(board: Board, folder: Path) -> Path:
    """All of `models()` for the board's core."""
    export_sources(models(), board, get_runtime("aot"), folder)
    return folder


def projects(board: Board, folder: Path) -> Iterator[Path]:
    """Firmware for a board: as it ships, with the observer and an application, with a sensor, with a benchmark's protocols."""
    pattern = Application("pattern", samples=(bytes(6),))
    benchmark = Benchmark("kws01", "stored", 6)
    extras = [Extras(), Extras(observer=True, application=pattern), Extras(benchmark=benchmark)]
    extras += [Extras(sensor="microphone")] if board.sensor_driver("microphone") else []
    for number, extra in enumerate(extras):
        model = parse_model(with_contract(fully_connected(), InputContract(Preprocessing("uint8", scale=(0.02,)))), "dense")
        sources = generate_project([model], board, get_runtime("aot"), folder / f"{number}", extra).folder / "src"
        (sources / "preprocess.h").write_text(preprocess_headers([model], ["dense"])["dense_preprocess.h"])
        (sources / "user.c").write_text(USER)
        yield sources
    words = tone_detector()
    yield generate_project([words], board, get_runtime("aot"), folder / "words", Extras(benchmark=mlperf_tiny(words))).folder / "src"


def compile_all(command: list[str], folder: Path, sources: list[Path]) -> None:
    """Compile to machine code, so that assembly is read, too."""
    done = subprocess.run([*command, "-c", *map(str, sources)], cwd=folder, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("board_id", BOARDS)
def test_all_operators_compile_for(board_id: str, tmp_path: Path) -> None:
    """In one translation unit, as several models are generated: their names do not clash."""
    board = load_board(board_id)
    folder = export(board, tmp_path)
    [source] = folder.glob("*_models.c")
    assert source.read_text().count("_layers(uint8_t *arena") >= len(models())
    compile_all([*clang_command(board), *FLAGS, *WARNINGS], folder, sorted(folder.glob("*.c")))


@pytest.mark.parametrize("board_id", [*BOARDS, "host"])
def test_every_file_of_a_firmware_compiles_for(board_id: str, tmp_path: Path) -> None:
    board = load_board(board_id)
    for sources in projects(board, tmp_path):
        compile_all([*clang_command(board), *FLAGS, *WARNINGS, "-I."], sources, sorted(sources.glob("*.c")))


@pytest.mark.parametrize("level", ["-O0", "-O1 -fno-omit-frame-pointer", "-O3 -g", "-Os", "-O2 -flto"])
def test_models_compile_at_every_level(level: str, tmp_path: Path) -> None:
    for board_id in ("netduinoplus2", "mps3-an547"):
        board, folder = load_board(board_id), tmp_path / board_id
        export_sources([parse_model(network(), "net"), parse_model(fully_connected(), "dense")], board, get_runtime("aot"), folder)
        compile_all([*clang_command(board), *FLAGS, *WARNINGS, *level.split()], folder, sorted(folder.glob("*.c")))


def arduino(board: Board, folder: Path) -> Iterator[tuple[list[str], Path, list[Path]]]:
    """Commands, folders and sources for the Arduino port: Clang on this machine, against stand-ins for the Arduino core."""
    source_folder = generate_project([parse_model(fully_connected(), "m")], board, get_runtime("aot"), folder / "plain").folder / "src"
    cpp = ["clang++", "-std=gnu++17", "-fno-exceptions", "-fno-rtti", "-Wall", "-Wextra", "-Wno-int-to-pointer-cast", "-Werror"]
    cpp += [f"-D{architecture(board)}", f"-I{STUB}", "-I.", "-O1"]
    yield cpp, source_folder, sorted(source_folder.glob("*.cpp"))
    if board.core_facts.compiler is not None:
        yield [*clang_command(board), *FLAGS, *WARNINGS, f"-D{architecture(board)}", "-I."], source_folder, [source_folder / "fault.c"]


@pytest.mark.parametrize("board", ARDUINO_BOARDS, ids=lambda board: board.id)
def test_the_arduino_port_compiles_for(board: Board, tmp_path: Path) -> None:
    require_clang()
    for command, folder, sources in arduino(board, tmp_path):
        compile_all(command, folder, sources)


def sensors(folder: Path) -> Iterator[Path]:
    """Sources of applications with each example, and of firmware with a sensor, for boards with different sensors."""
    for board_id in ("nano33ble", "xiao_ble_sense"):
        for example in EXAMPLES:
            extras = Extras(application=Application(example, samples=(bytes(6),)))
            place = folder / f"{board_id}-{example}"
            yield generate_project([model_for(example)], load_board(board_id), get_runtime("aot"), place, extras).folder / "src"
    for board_id, kind in (("esp32dev", "microphone"), ("pico", "microphone"), ("pico", "analog")):
        place, model = folder / f"{board_id}-{kind}", parse_model(fully_connected(), "m")
        yield generate_project([model], load_board(board_id), get_runtime("aot"), place, Extras(sensor=kind)).folder / "src"


def test_examples_of_applications_compile(tmp_path: Path) -> None:
    for sources in sensors(tmp_path):
        applications = sorted(sources.glob("app*.c"))
        if applications:
            compile_all([*clang_command(load_board("netduinoplus2")), *FLAGS, *WARNINGS, "-I."], sources, applications)
        drivers = sorted(sources.glob("app_sensor.cpp"))
        cpp = ["clang++", "-std=gnu++11", "-Wall", "-Wextra", "-Wconversion", "-Werror", "-O1", f"-I{STUB}", "-I."]
        if drivers:
            compile_all(cpp, sources, drivers)


def interpreter(folder: Path) -> Path:
    """A project of the tflm runtime, which is C++, against a stand-in for its library."""
    library = str(write_library(folder / "library"))
    return generate_project([parse_model(fully_connected(), "m")], load_board("host"), TflmRuntime(library), folder / "project").folder


def test_the_interpreters_firmware_compiles(tmp_path: Path) -> None:
    require_clang()
    project = interpreter(tmp_path)
    cpp = ["clang++", "-std=gnu++17", "-fno-exceptions", "-fno-rtti", "-O1", "-Wall", "-Wextra", "-Werror"]
    includes = [f"-I{path}" for path in (project / "src", project / "shim", CPP_STUBS)]
    compile_all([*cpp, *includes], project / "src", sorted((project / "src").glob("*.cc")))


def front_ends(board: Board, folder: Path) -> Iterator[Path]:
    """Sources of front ends for sound and motion, and of the firmware that measures one on an emulated board."""
    yield write_sources(MICRO_FRONTEND, folder / "features")
    yield write_sources(MLPERF_KWS, folder / "coefficients")
    yield write_motion_sources(MOTION_FRONTEND, folder / "motion")
    yield frontend_project(MICRO_FRONTEND, board, np.zeros(16_000, np.int16), folder / "cost").folder / "src"


@pytest.mark.parametrize("board_id", BOARDS)
def test_front_ends_compile_for(board_id: str, tmp_path: Path) -> None:
    for sources in front_ends(load_board(board_id), tmp_path):
        compile_all([*clang_command(load_board(board_id)), *FLAGS, *WARNINGS, "-I."], sources, sorted(sources.glob("*.c")))


def test_every_template_of_c_is_compiled_here(tmp_path: Path) -> None:
    """All that the tests above hand to Clang, with the headers beside it, has each template in it: as it is, or rendered by its name."""
    folders = [export(load_board(board_id), tmp_path / board_id) for board_id in ("microbit", "netduinoplus2", "mps3-an547")]
    for board_id in (*BOARDS, "host"):
        folders += projects(load_board(board_id), tmp_path / f"firmware-{board_id}")
    for board in ARDUINO_BOARDS:
        folders += [folder for _, folder, _ in arduino(board, tmp_path / f"arduino-{board.id}")]
    folders += [*sensors(tmp_path / "sensors"), interpreter(tmp_path / "tflm")]
    folders += front_ends(load_board("netduinoplus2"), tmp_path / "frontend")
    found = {path for folder in folders for path in folder.rglob("*.[ch]*")}
    names, contents = {path.name for path in found}, {path.read_bytes() for path in found if path.is_file()}
    templates = [path for path in TEMPLATES.rglob("*") if path.name.removesuffix(".j2").endswith((".c", ".h", ".cpp"))]
    assert len(templates) > 150
    rendered = {"models.c.j2": "dense.c", "model.h.j2": "dense.h", "arena.c.j2": "aot_arena.c", "arena.h.j2": "aot_arena.h"}
    rendered |= {f"frontend.{suffix}.j2": f"{NAME}_frontend.{suffix}" for suffix in "ch"}
    rendered |= {"frontend_cost.c.j2": "main.c"}
    missing = [path for path in templates if rendered.get(path.name, path.name.removesuffix(".j2")) not in names]
    missing = [path for path in missing if path.read_bytes() not in contents]
    texts = "".join(path.read_text() for path in TEMPLATES.rglob("*.c.j2"))
    missing = [path for path in missing if f'"{path.relative_to(TEMPLATES).as_posix()}"' not in texts]  # a part of another template
    changed = [path for path in templates if path.suffix != ".j2" and path.read_bytes() not in contents]
    assert (missing, changed) == ([], []), "an equal name is not enough where the content should be the same"
