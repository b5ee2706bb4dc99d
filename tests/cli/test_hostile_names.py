"""Names are data from a stranger: whatever a model, its parts or its file are called, nothing of it reaches C, a shell or a path."""

from __future__ import annotations

import json
import shlex
import subprocess
from pathlib import Path

import flatbuffers
import pytest
from ai_edge_litert import schema_py_generated as schema

from mcu_toolkit.export_formats import EXPORT_FORMATS
from tests import small_models
from tests.cli.in_process import mcu_here, succeed_here
from tests.model_builder import ModelBuilder

HOSTILE = (
    '*/ #include "/etc/passwd" /*',
    "??/\n#error trigraph",
    "line\r\n#error newline\0zero",
    "$(touch pwned)`touch pwned`;touch pwned|touch pwned&",
    "../../../pwned",
    '"); system("touch pwned"); //\\',
    "%s%n${in0} {{ 7 * 7 }} {% raw %}",
    "模型 é \u202e \U0001f4a3 --> </script>",
)
FILE_NAME = "$(touch pwned);`touch pwned` '\"*é {{ 7 }} --help.tflite"
HARMLESS_IN_A_COMMENT = "../../../pwned"
FRAGMENTS = (
    *(name for name in HOSTILE if name != HARMLESS_IN_A_COMMENT),
    *("*/ #inc", "??/", "#error trigraph", "#error newline", "$(touch", "`touch pwned", '"); sys', "%s%n", "{{ 7", "\u202e"),
)
"""Pieces of the names that would do something in C, a shell, a path, a template or a terminal."""


def hostile_model() -> bytes:
    """An ADD of many tensors, each called something else; hostile description, graph, signature, metadata and operator names too."""
    builder = ModelBuilder(HOSTILE[0])
    total = first = builder.tensor([1, 4], "int8", 0.1, name=HOSTILE[0])
    for name in HOSTILE:
        constant = builder.tensor([4], "int8", 0.1, data=[1, 2, 3, 4], name=name)
        result = builder.tensor([1, 4], "int8", 0.1, name=name)
        builder.op("ADD", [total, constant], [result])
        total = result
    model = schema.ModelT.InitFromPackedBuf(builder.build([first], [total], description=" ".join(HOSTILE)), 0)
    signature = schema.SignatureDefT()
    signature.signatureKey = HOSTILE[3]
    signature.inputs, signature.outputs = [], []
    for target, tensor in ((signature.inputs, first), (signature.outputs, total)):
        entry = schema.TensorMapT()
        entry.name, entry.tensorIndex = HOSTILE[1], tensor
        target.append(entry)
    model.signatureDefs = [signature]
    model.metadata = []
    for name in HOSTILE:
        entry = schema.MetadataT()
        entry.name, entry.buffer = name, 0
        model.metadata.append(entry)
    model.operatorCodes[0].customCode = HOSTILE[2]
    packer = flatbuffers.Builder(1024)
    packer.Finish(model.Pack(packer), file_identifier=b"TFL3")
    return bytes(packer.Output())


@pytest.fixture
def hostile(here: Path) -> str:
    (here / FILE_NAME).write_bytes(hostile_model())
    return FILE_NAME


def assert_nothing_got_through(folder: Path) -> None:
    for path in (path for path in folder.rglob("*") if path.is_file() and ".pio" not in path.parts):
        relative = path.relative_to(folder).as_posix()
        assert relative.isascii(), relative
        assert not set(relative) & set("$`;\"'*{} "), relative
        # The copies of the model itself are kept as they are, and manifests are JSON, which quotes.
        if path.suffix not in (".tflite", ".json", ".py") or path.name == "library.json":
            text = path.read_text(encoding="ascii")
            assert not [fragment for fragment in FRAGMENTS if fragment in text], relative


def assert_nothing_ran(here: Path) -> None:
    assert not [path for path in [*here.rglob("*"), *here.parent.glob("*")] if path.name == "pwned"]


@pytest.mark.parametrize("form", EXPORT_FORMATS)
def test_an_export_of_a_hostile_model_compiles_and_runs(form: str, hostile: str, here: Path) -> None:
    succeed_here("generate", "--as", form, "-o", "out", "--", hostile)
    assert_nothing_got_through(here / "out")
    if form == "make":
        built = subprocess.run(["make", "-C", "out", "run", "CFLAGS=-std=c99 -trigraphs -Wall -Werror -Wno-error=trigraphs"], check=True,
                               capture_output=True, text=True)  # fmt: skip
        assert built.stdout.count("output 0 [") == 4
    assert_nothing_ran(here)


@pytest.mark.slow
def test_a_project_of_a_hostile_model_builds(hostile: str, here: Path) -> None:
    succeed_here("generate", "--board", "host", "--runtime", "aot", "-o", "out", "--", hostile)
    assert_nothing_got_through(here / "out")
    succeed_here("build", "out")
    assert_nothing_ran(here)


def test_the_array_and_the_interpreted_runtime_take_no_name_either(hostile: str, here: Path) -> None:
    succeed_here("header", "-o", "array", "--", hostile)
    assert_nothing_got_through(here / "array")
    succeed_here("generate", "--board", "netduinoplus2", "--runtime", "tflm", "-o", "out", "--", hostile)
    assert_nothing_got_through(here / "out")
    assert_nothing_ran(here)


def test_inspect_shows_names_without_what_a_terminal_would_obey(here: Path) -> None:
    builder = ModelBuilder()
    x = builder.tensor([1, 2], "int8", 0.1, name="\x1b[2J\x1b]0;title\x07\u202e")
    y = builder.tensor([1, 2], "int8", 0.1, name="y")
    builder.op("ABS", [x], [y])
    (here / "m.tflite").write_bytes(builder.build([x], [y]))
    outcome = succeed_here("inspect", "m.tflite")
    assert outcome.stdout.replace("\n", "").isprintable()


def test_a_custom_operator_with_a_hostile_name_is_refused_in_one_clean_line(here: Path) -> None:
    builder = ModelBuilder()
    x, y = (builder.tensor([1, 2], "int8", 0.1, name=n) for n in "xy")
    content = builder.op("$(touch pwned)\x1b[31m\n*/", [x], [y], custom_options=b"").build([x], [y])
    (here / "m.tflite").write_bytes(content)
    outcome = mcu_here("generate", "m.tflite", "--export-only", "-o", "out")
    assert outcome.exit_code == 2
    assert outcome.stderr.replace("\n", "").isprintable()
    assert not (here / "out").exists()
    assert_nothing_ran(here)


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", ["report.json", "model_data.h", "host", "host/inference.c", "firmware", "firmware/.mcu", "firmware/src/main.c"]
)
def test_a_link_in_a_strangers_output_folder_is_not_followed(name: str, tiny: Path, here: Path) -> None:
    (here / "victim").mkdir()
    (here / "victim/file").write_text("mine")
    link = here / "strange" / name
    link.parent.mkdir(parents=True)
    link.symlink_to(here / "victim" / ("file" if "." in link.name[1:] else ""))
    if name.startswith("firmware/"):
        stranger = {"models": [], "board": "host", "runtime": "aot", "complete": False, "files": {}}
        (here / "strange/firmware/mcu-project.json").write_text(json.dumps(stranger))
    outcome = mcu_here("deploy", tiny, "--board", "host", "--random", "1", "-o", "strange")
    assert "is a link, which would be followed" in outcome.stderr
    assert outcome.exit_code == (0 if name == "host/inference.c" else 2)  # one runner less, and said so
    assert [path.name for path in (here / "victim").rglob("*")] == ["file"]
    assert (here / "victim/file").read_text() == "mine"


@pytest.mark.slow
def test_a_chain_with_hostile_names_prints_commands_that_a_shell_reads_back(here: Path) -> None:
    (here / "it's (1)").mkdir()
    (here / "it's (1)/-m $x.tflite").write_bytes(small_models.fully_connected())
    outcome = succeed_here("generate", "--board", "host", "-o", "-p R&D;x", "--", "it's (1)/-m $x.tflite")
    [build] = [line.removeprefix("next: ") for line in outcome.stdout.splitlines() if line.startswith("next: ")]
    assert shlex.split(build) == ["mcu", "build", "./-p R&D;x"]
    outcome = succeed_here(*shlex.split(build)[1:])
    [flash] = [line.removeprefix("next: ") for line in outcome.stdout.splitlines() if line.startswith("next: ")]
    assert shlex.split(flash) == ["mcu", "flash", "./-p R&D;x"]
    assert_nothing_ran(here)


@pytest.mark.slow
def test_models_called_like_the_firmwares_own_files_build_with_an_application(here: Path) -> None:
    names = ("app", "app_run", "app_support", "Arduino", "class", "a/sine", "b/sine", "main", "uart")
    for name in names:
        (here / f"{name}.tflite").parent.mkdir(exist_ok=True)
        (here / f"{name}.tflite").write_bytes(small_models.fully_connected())
    succeed_here("generate", *(f"{name}.tflite" for name in names), "--app", "--board", "host", "-o", "p")
    succeed_here("build", "p")
    headers = {path.name for path in (here / "p/src").glob("*.h")}
    assert {
        "m_app.h",
        "m_app_run.h",
        "m_app_support.h",
        "m_Arduino.h",
        "m_class.h",
        "sine.h",
        "sine_2.h",
        "m_main.h",
        "m_uart.h",
    } <= headers
