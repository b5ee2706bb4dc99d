"""A library in the project's lib/ is found by the headers that sources include, and only then compiled."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from mcu_toolkit.boards import load_board
from mcu_toolkit.build import build_project, elf_path
from mcu_toolkit.export_formats import LIBRARY
from mcu_toolkit.firmware import Application, Extras, export_folder, generate_project
from mcu_toolkit.model import parse_model
from mcu_toolkit.runtimes import get_runtime
from mcu_toolkit.runtimes.base import ExportForm
from tests import small_models

AOT = get_runtime("aot")
MODEL = parse_model(small_models.fully_connected(), "m")
LIBRARIES = {
    # Plain, as PlatformIO's own docs have it; with src/ and an Arduino manifest; C++ behind a C header; a name of the firmware's own.
    "lib/smooth/smooth.h": "int smooth(int value);\n",
    "lib/smooth/smooth.c": '#include "smooth.h"\n\nint smooth(int value) { return value / 2; }\n',
    "lib/Boxed/library.properties": "name=Boxed\nversion=1.0.0\nauthor=a\nmaintainer=a\nsentence=s\nparagraph=p\narchitectures=avr\n",
    "lib/Boxed/src/Boxed.h": "int boxed(int value);\n",
    "lib/Boxed/src/Boxed.c": '#include "Boxed.h"\n#include "smooth.h"\n\nint boxed(int value) { return smooth(value) + 1; }\n',
    "lib/plus/plus.h": '#ifdef __cplusplus\nextern "C"\n#endif\nint plus(int value);\n',
    "lib/plus/platform.cpp": '#include "plus.h"\n\nint plus(int value) { return value + 1; }\n',
    "lib/broken/broken.h": "int broken(void);\n",
    "lib/broken/broken.c": "#error compiled though nobody includes it\n",
}
USE = '#include "Boxed.h"\n#include "plus.h"\n#include "app.h"\n\nint used(void);\nint used(void) {\n    return boxed(4) + plus(1);\n}\n'


@pytest.mark.slow
@pytest.mark.parametrize("board", ["host", "netduinoplus2"])
def test_libraries_of_the_users_own_are_linked(board: str, tmp_path: Path) -> None:
    extras = Extras(application=Application(samples=(bytes(6),)))
    project = generate_project([MODEL], load_board(board), AOT, tmp_path / "p", extras)
    for name, text in LIBRARIES.items():
        (project.folder / name).parent.mkdir(parents=True, exist_ok=True)
        (project.folder / name).write_text(text)
    app = project.folder / "src/app.c"
    called = app.read_text().replace('#include "app.h"\n', USE, 1)
    app.write_text(called.replace("app: ready", "app: mine"))
    (project.folder / "src/own.c").write_text(f"{USE.replace('used', 'also_used')}")
    build_project(project, load_board(board))
    made = {path.name for path in (elf_path(project).parent).rglob("*.o")}
    assert {"smooth.o", "Boxed.o"} <= {name.replace(".c.o", ".o") for name in made}
    assert not [name for name in made if "broken" in name]


@pytest.mark.slow
@pytest.mark.parametrize("board", ["host", "netduinoplus2"])
def test_a_library_in_a_folder_of_any_name_is_found_and_its_name_not_run(board: str, tmp_path: Path) -> None:
    project = generate_project([MODEL], load_board(board), AOT, tmp_path / "p;x")
    inner, outer = project.folder / "lib/it's_`pwd>pwned`;pwd>pwned;R&D(1)", tmp_path / "a b;pwd>pwned;/R&D(1)"
    for folder, name in ((inner, "inner"), (outer, "outer")):
        folder.mkdir(parents=True)
        (folder / f"{name}.h").write_text(f"int {name}(void);\n")
        (folder / f"{name}.c").write_text(f'#include "{name}.h"\n\nint {name}(void) {{ return 1; }}\n')
        (folder / "library.json").write_text(f'{{"name": "{name}", "version": "1.0.0"}}')
    use = "int use(void);\nint use(void) {\n    return inner() + outer();\n}\n"
    (project.folder / "src/use.c").write_text(f'#include "inner.h"\n#include "outer.h"\n{use}')
    with (project.folder / "platformio.ini").open("a") as ini:
        ini.write(f"lib_deps = symlink://{outer}\n")
    build_project(project, load_board(board))
    assert not list(tmp_path.rglob("pwned"))


@pytest.mark.slow
def test_our_own_exported_library_is_found_in_lib(tmp_path: Path) -> None:
    project = generate_project([MODEL], load_board("host"), AOT, tmp_path / "p")
    other = parse_model(small_models.addition(), "addition")
    export_folder([other], load_board("host"), AOT, project.folder / "lib/addition", ExportForm(LIBRARY))
    (project.folder / "src/use.c").write_text('#include "addition.h"\n\nvoid use(void);\nvoid use(void) {\n    addition_invoke();\n}\n')
    build_project(project, load_board("host"))
    names = subprocess.run(["nm", next(elf_path(project).parent.rglob("use.o"))], capture_output=True, text=True, check=True).stdout
    assert "U addition_invoke" in names


def test_no_library_is_looked_for_anywhere_else(tmp_path: Path) -> None:
    ini = (generate_project([MODEL], load_board("host"), AOT, tmp_path / "p").folder / "platformio.ini").read_text()
    assert "lib_deps" not in ini
