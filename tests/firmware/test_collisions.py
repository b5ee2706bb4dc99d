"""Two models, one project: no file and no symbol is shared, and nothing is written where one would be."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from mcu_toolkit.artifacts.contract import InputContract, with_contract
from mcu_toolkit.artifacts.preprocessing import Preprocessing
from mcu_toolkit.boards import load_board
from mcu_toolkit.errors import InputError
from mcu_toolkit.firmware import MANIFEST, Application, Extras, export_folder, generate_project, write_model_array
from mcu_toolkit.firmware.collisions import files_by_name, refuse_equal_names, refuse_shared_symbols
from mcu_toolkit.firmware.project import names_in_code
from mcu_toolkit.model import Model, parse_model
from mcu_toolkit.runtimes import get_runtime
from tests.model_builder import ModelBuilder

AOT = get_runtime("aot")
HOST = load_board("host")
HOSTILE = ["app", "app_run", "app_support", "Arduino", "class", "main", "inference", "uart", "platform", "int", "register", "NULL", "EOF"]
HOSTILE += ["I", "unix", "linux", "7up", "", "模型", "x" * 200, "x" * 201, "Sine", "sine", "sine_quantize", "sine_preprocess", "run_sine"]
HOSTILE += ["sine_invoke", "protocol_ids", "string", "con", "model_data", "aot_arena", "firmware_config", "private", "friend"]


def model_called(name: str, mean: float = 0.0) -> Model:
    """A model of one RELU that says how its input is made."""
    builder = ModelBuilder()
    x, y = (builder.tensor([1, 4], "int8", 0.5, 0, name=n) for n in "xy")
    builder.op("RELU", [x], [y])
    return parse_model(with_contract(builder.build([x], [y]), InputContract(Preprocessing(mean=(mean,), labels=("a", "b")))), name)


HOSTILE_MODELS = [model_called(name, float(number)) for number, name in enumerate(HOSTILE)]


def files_of(folder: Path) -> list[str]:
    return [path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()]


@pytest.mark.parametrize("runtime", ["aot", "tflm"])
def test_two_models_of_one_name_have_a_header_each(runtime: str, tmp_path: Path) -> None:
    models = [model_called("sine", 1.5), model_called("sine", 7.25)]
    folder = generate_project(models, load_board("netduinoplus2"), get_runtime(runtime), tmp_path / "p").folder
    assert "{ 1.5f }" in (folder / "src/sine_preprocess.h").read_text()
    assert "{ 7.25f }" in (folder / "src/sine_2_preprocess.h").read_text()


def test_the_arrays_alone_have_a_header_each_too(tmp_path: Path) -> None:
    array = write_model_array((model_called("sine", 1.5), model_called("Sine", 7.25)), tmp_path)
    assert array.symbols == ("g_sine_model_data", "g_Sine_2_model_data")
    assert [path.name for path in array.preprocess] == ["sine_preprocess.h", "Sine_2_preprocess.h"]
    assert ["{ 1.5f }" in path.read_text() for path in array.preprocess] == [True, False]


def test_a_models_preprocessing_is_named_as_its_code_is(tmp_path: Path) -> None:
    folder = generate_project([model_called("uart")], HOST, AOT, tmp_path / "p").folder
    assert (folder / "src/m_uart.h").is_file()
    assert (folder / "src/m_uart_preprocess.h").is_file()
    assert not (folder / "src/uart_preprocess.h").exists()


def test_every_hostile_name_at_once_compiles_as_c_and_as_cpp_with_an_application(tmp_path: Path) -> None:
    extras = Extras(application=Application(samples=(bytes(4),)))
    folder = generate_project(HOSTILE_MODELS, HOST, AOT, tmp_path / "p", extras).folder
    names = [name.lower() for name in files_of(folder)]
    assert len(names) == len(set(names))
    in_code = names_in_code(HOSTILE_MODELS)
    headers = [f"{name}{end}" for name in in_code for end in (".h", "_preprocess.h")]
    assert len({name.lower() for name in headers}) == 2 * len(HOSTILE)
    includes = ("<math.h>", "<string.h>", *(f'"{name}"' for name in (*headers, "app.h", "inference.h")))
    unit = tmp_path / "all.cpp"
    unit.write_text("".join(f"#include {name}\n" for name in includes))
    warnings = ("-Wall", "-Wextra", "-Werror", "-Wno-unused-variable")
    sources = sorted((folder / "src").glob("*.c"))
    for command in (
        ["g++", "-std=c++20", *warnings, "-fsyntax-only", "-Isrc", unit],
        ["gcc", "-std=c99", *warnings, "-pthread", "-Wl,--wrap=main", "-Isrc", *sources, "-lm", "-o", tmp_path / "firmware"],
    ):
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr


def test_every_hostile_name_at_once_is_interpreted_too(tmp_path: Path) -> None:
    extras = Extras(application=Application(samples=(bytes(4),)))
    folder = generate_project(HOSTILE_MODELS, load_board("netduinoplus2"), get_runtime("tflm"), tmp_path / "p", extras).folder
    declared = re.findall(r"^extern const unsigned char (\w+)\[\]", (folder / "src/model_data.h").read_text(), re.MULTILINE)
    assert len({name.lower() for name in declared}) == len(HOSTILE)
    assert not [name for name in declared if "__" in name]


def test_every_hostile_name_at_once_makes_an_export_that_runs(tmp_path: Path) -> None:
    folder = export_folder(HOSTILE_MODELS, HOST, AOT, tmp_path / "out").folder
    printed = subprocess.run(["make", "-s", "-C", folder, "run"], capture_output=True, text=True, check=True)
    assert len({line.split(" output ")[0] for line in printed.stdout.splitlines()}) == len(HOSTILE)
    assert printed.stderr == ""


@pytest.mark.parametrize(
    "names", [("src/a.c", "src/A.c"), ("src/a.c", "src/a.cpp"), ("src/a.c", "SRC/a.c"), ("a", "a/b.c"), ("app.c", "App.cc")]
)
def test_files_that_would_be_one_are_refused(names: tuple[str, str]) -> None:
    with pytest.raises(InputError, match="would be"):
        refuse_equal_names(names)


def test_two_contents_of_one_name_are_refused() -> None:
    assert files_by_name([("a", b"x"), ("a", b"x")]) == {"a": b"x"}
    with pytest.raises(InputError, match="two files would be one: a"):
        files_by_name([("a", b"x"), ("a", b"y")])


@pytest.mark.parametrize(
    ("files", "models"),
    [
        ({"src/a.h": b"int a_quantize_x(void);", "src/a_quantize.h": b"int a_quantize_x(void);"}, ("a", "a_quantize")),
        ({"src/a.h": b"int a_x(void);", "src/a.c": b"", "src/other.c": b"static int a_x;"}, ("a",)),
        ({"src/a.h": b"#define A_X 1", "src/A_b.h": b"#define A_X 2"}, ("a", "A")),
    ],
)
def test_symbols_that_two_files_define_are_refused(files: dict[str, bytes], models: tuple[str, ...]) -> None:
    if models == ("a", "A"):
        files = {"src/a.h": b"#define A_X 1", "src/A.h": b"#define A_X 2"}
    with pytest.raises(InputError, match=r"would both have the symbol (a_quantize_x|a_x|A_X)"):
        refuse_shared_symbols(files, models)


@pytest.mark.parametrize("mine", ["src/sine.c", "src/sine.cpp", "src/Sine.h", "src/sine_preprocess.h"])
def test_a_file_of_the_users_is_not_taken_for_the_models(mine: str, tmp_path: Path) -> None:
    folder = generate_project([model_called("other")], HOST, AOT, tmp_path / "p").folder
    (folder / mine).write_text("mine")
    before = {name: (folder / name).read_bytes() for name in files_of(folder)}
    with pytest.raises(InputError, match=rf"{mine} is not a generated file, and src/sine\S+ would take its name"):
        generate_project([model_called("sine")], HOST, AOT, folder)
    assert {name: (folder / name).read_bytes() for name in files_of(folder)} == before


def test_a_repository_that_holds_nothing_yet_is_a_new_folder(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / ".gitignore").write_text("mine\n")
    generate_project([model_called("sine")], HOST, AOT, tmp_path)
    assert (tmp_path / MANIFEST).is_file()
    assert (tmp_path / ".gitignore").read_text() == "mine\n"
