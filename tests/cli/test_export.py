"""`mcu generate --as NAME`, and its older forms `--export-only` and `--as-library`."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from mcu_toolkit.cli import completion
from mcu_toolkit.export_formats import EXPORT_FORMATS
from tests import small_models
from tests.cli.in_process import mcu_here, succeed_here
from tests.cli.running import assert_refused
from tests.model_builder import ModelBuilder


def test_an_export_runs_with_make_alone_and_says_what_it_takes(tiny: Path, here: Path) -> None:
    (here / "conv.tflite").write_bytes(small_models.convolution())
    outcome = succeed_here("generate", tiny, "conv.tflite", "--export-only", "-o", "out", "--json", "r.json")
    result = json.loads((here / "r.json").read_text())
    assert result["kernels"] == "portable"
    assert [model["prefix"] for model in result["models"]] == ["tiny", "conv"]
    assert result["shared_arena"] is False
    assert result["arena_bytes"] == sum(max(16, model["arena_bytes"]) for model in result["models"])
    assert f"arenas: {result['arena_bytes']} B in all (" in outcome.stdout
    assert all(model["arena_lower_bound_bytes"] <= model["arena_bytes"] and model["arena"] for model in result["models"])
    assert "tiny.h: arena " in outcome.stdout
    assert "lower bound" in outcome.stdout
    assert sorted(result["files"]) == sorted(
        str(path.relative_to("out")) for path in Path("out").rglob("*") if path.is_file() and path.name != "mcu-export.json"
    )
    printed = subprocess.run(["make", "-s", "-C", "out", "run"], capture_output=True, text=True, check=True)
    assert printed.stdout.startswith("tiny output 0 [0] ")
    assert printed.stderr == ""


def test_a_library_has_sources_example_and_both_manifests(tiny: Path) -> None:
    succeed_here("generate", tiny, "--as-library", "--board", "netduinoplus2", "-o", "tiny")
    for name in (
        "library.json",
        "library.properties",
        "src/tiny.h",
        "src/tiny.c",
        "src/kernels/aot.h",
        "examples/tiny_example/tiny_example.ino",
    ):
        assert (Path("tiny") / name).is_file(), name
    assert not list(Path("tiny").rglob("Makefile"))


def test_a_folder_that_the_arduino_ide_would_not_take_is_told(tiny: Path) -> None:
    assert "Arduino IDE takes only folders" in succeed_here("generate", tiny, "--as-library", "-o", "my library").stdout
    assert "note:" not in succeed_here("generate", tiny, "--as-library", "-o", "my_library").stdout


def test_help_and_completion_list_every_format(here: Path) -> None:
    text = " ".join(succeed_here("generate", "--help").stdout.replace("│", " ").split())
    assert f"plain C unless --board: {', '.join(EXPORT_FORMATS)}." in text
    assert completion.any_of(*EXPORT_FORMATS)("") == list(EXPORT_FORMATS)


def test_an_unknown_format_is_refused_before_a_model_is_read(here: Path) -> None:
    outcome = mcu_here("generate", "missing.tflite", "--as", "zephir", "-o", "out")
    assert_refused(outcome, 2, "error: unknown export format 'zephir'\n  expected: one of zephyr")
    assert not (here / "out").exists()


def test_two_formats_at_once_are_refused(tiny: Path, here: Path) -> None:
    outcome = mcu_here("generate", tiny, "--as-library", "--as", "zephyr", "-o", "out")
    assert_refused(outcome, 2, "error: --as-library is --as library, and --as zephyr was given too\n  expected: one of them")
    assert not (here / "out").exists()


@pytest.mark.parametrize(("older", "name"), [("--export-only", "make"), ("--as-library", "library")])
def test_older_options_write_the_same_files(older: str, name: str, tiny: Path, here: Path) -> None:
    succeed_here("generate", tiny, older, "-o", "old")
    outcome = succeed_here("generate", tiny, "--as", name, "-o", "new", "--json", "r.json")
    assert json.loads((here / "r.json").read_text())["format"] == name
    old, new = ({path.relative_to(top): path.read_bytes() for path in Path(top).rglob("*") if path.is_file()} for top in ("old", "new"))
    assert old == new
    assert ("make -C new run" in outcome.stdout) == (name == "make")


def test_the_interpreted_runtime_cannot_be_exported(tiny: Path) -> None:
    message = (
        "error: the tflm runtime has no code to export\n  expected: --runtime aot\n"
        "  try: mcu header writes the model as a C array for your own interpreter"
    )
    assert_refused(mcu_here("generate", tiny, "--export-only", "--runtime", "tflm", "-o", "out"), 2, message)
    assert not Path("out").exists()


def test_a_refused_model_leaves_nothing_behind(here: Path) -> None:
    builder = ModelBuilder()
    x, y = (builder.tensor([1, 2], "int8", 0.1, 0, name=n) for n in "xy")
    (here / "m.tflite").write_bytes(builder.op("SIN", [x], [y]).build([x], [y]))
    outcome = mcu_here("generate", "m.tflite", "--export-only", "-o", "out")
    assert outcome.exit_code == 2
    assert "op 0 SIN 'y': the operator SIN; expected one of the " in outcome.error
    assert not (here / "out").exists()


def test_generate_says_what_the_arena_takes_and_how_it_is_planned(tiny: Path, here: Path) -> None:
    outcome = succeed_here("generate", tiny, "--runtime", "aot", "-o", "out", "--json", "r.json")
    [memory] = json.loads((here / "r.json").read_text())["memory"]
    assert memory["arena_bytes"] >= memory["arena_lower_bound_bytes"] > 0
    assert {"offset_bytes", "size_bytes", "first_step", "last_step", "tensors"} <= memory["arena"][0].keys()
    assert f"tiny: arena {memory['arena_bytes']} B (lower bound" in outcome.stdout


def test_flags_of_a_compiler_that_it_does_not_call_are_refused(tiny: Path, here: Path) -> None:
    outcome = mcu_here("generate", tiny, "--export-only", "--optimize", "size", "-o", "out")
    message = "error: --optimize size sets the compiler's flags, and an export is compiled by your own build\n"
    assert_refused(outcome, 2, f"{message}  expected: --optimize ram, or none\n  try: give -Os, -O2 or -O3 there")
    assert not (here / "out").exists()
    succeed_here("generate", tiny, "--export-only", "--optimize", "ram", "-o", "out")
