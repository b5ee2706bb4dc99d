"""The generated project, compared with copies that were looked at: `MCU_UPDATE_GOLDEN=1` writes them again."""

from __future__ import annotations

import difflib
import os
import re
from pathlib import Path

from mcu_toolkit.boards import load_board
from mcu_toolkit.firmware import generate_project
from mcu_toolkit.model import parse_model
from mcu_toolkit.runtimes.tflm import TflmRuntime
from mcu_toolkit.version import __version__
from tests.runtimes.tflm.stub_library import Age, write_library
from tests.small_models import counter, fully_connected

GOLDEN = Path(__file__).parent / "golden"
FILES = ("platformio.ini", "src/inference.cc", "src/tflm_arena.h", "src/model_data.h")
CASES: dict[str, tuple[str, Age, bytes]] = {
    "dense-netduinoplus2": ("netduinoplus2", "2026", fully_connected(softmax=True)),
    "counter-nano33ble": ("nano33ble", "2023", counter()),
}
"""The first one is kept whole, of the other what differs from it: state, an older library and a vendor's framework."""


def generated(folder: Path, case: str) -> dict[str, str]:
    """The files of interest, without what differs from machine to machine and from version to version."""
    board, age, content = CASES[case]
    library = write_library(folder / "library", age, optimized=age == "2026")
    project = generate_project([parse_model(content, case)], load_board(board), TflmRuntime(str(library)), folder / "p").folder
    texts = {name: (project / name).read_text() for name in FILES}
    return {name: text.replace(str(library), "LIBRARY").replace(__version__, "VERSION") for name, text in texts.items()}


def check_golden(path: Path, text: str) -> None:
    if os.environ.get("MCU_UPDATE_GOLDEN"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    assert text == path.read_text(), f"{path}: if the change is wanted, run with MCU_UPDATE_GOLDEN=1 and look at the difference"


def test_a_project_is_as_it_was_last_looked_at(tmp_path: Path) -> None:
    first, other = CASES
    whole, second = generated(tmp_path / "first", first), generated(tmp_path / "second", other)
    for name, text in whole.items():
        check_golden(GOLDEN / first / Path(name).name, text)
    differences = [
        line
        for name in FILES
        for line in difflib.unified_diff(
            *(texts[name].splitlines(keepends=True) for texts in (whole, second)), f"{first}/{name}", f"{other}/{name}", n=0
        )
    ]
    check_golden(GOLDEN / f"{other}.diff", "".join(differences))


def test_boards_with_a_framework_get_none_of_the_bare_metal_files(tmp_path: Path) -> None:
    library = write_library(tmp_path / "library")
    model = parse_model(fully_connected(), "m")
    bare, arduino = (
        generate_project([model], load_board(board), TflmRuntime(str(library)), tmp_path / board).folder
        for board in ("netduinoplus2", "nano33ble")
    )
    for name in ("shim/Arduino.h", "src/tflm_shim.cc", "src/main.c"):
        assert (bare / name).is_file(), name
        assert not (arduino / name).exists(), name
    assert (arduino / "src/main.cpp").is_file()
    assert "-Werror" not in (arduino / "platformio.ini").read_text(), "a vendor's headers are not ours to correct"


def test_no_option_is_written_twice(tmp_path: Path) -> None:
    for board in ("netduinoplus2", "nano33ble", "nucleo_f446re", "host"):
        library = write_library(tmp_path / f"library-{board}")
        model = parse_model(fully_connected(), "m")
        project = generate_project([model], load_board(board), TflmRuntime(str(library)), tmp_path / board).folder
        names = re.findall(r"^(\w+) =", (project / "platformio.ini").read_text(), re.MULTILINE)
        assert len(set(names)) == len(names), board


def test_only_the_library_is_named_by_an_absolute_path(tmp_path: Path) -> None:
    library = write_library(tmp_path / "library")
    project = generate_project([parse_model(fully_connected(), "m")], load_board("host"), TflmRuntime(str(library)), tmp_path / "p").folder
    for path in project.rglob("*"):
        if path.is_file() and path.suffix in {".cc", ".h", ".c", ".cpp", ".ini", ".ld"}:
            assert str(tmp_path) not in path.read_text().replace(str(library), ""), path
