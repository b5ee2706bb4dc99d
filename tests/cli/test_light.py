"""The commands of mcu-toolkit-core: what that does not install is hidden here (tests/test_light_install.py installs it for real)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests import small_models
from tests.cli.hidden import hide, not_in_core
from tests.cli.running import mcu

NEEDS = {
    ("train", "digits"): "mcu train needs packages that are not installed: tensorflow, keras",
    ("demo",): "mcu train needs packages that are not installed: tensorflow, keras",
    ("quantize", "m.keras", "-o", "m.tflite"): "mcu quantize needs packages that are not installed: tensorflow, keras",
    ("deploy", "m.keras", "--data", "d.npz"): "mcu quantize needs packages that are not installed: tensorflow, keras",
    ("explain", "m.keras", "--data", "d.npz"): "mcu explain needs packages that are not installed: tensorflow, keras",
    ("validate", "tiny.tflite"): "mcu validate needs a package that is not installed: ai_edge_litert",
    ("predict", "tiny.tflite", "1,2,3,4,5,6", "--on", "litert"): "running a model in LiteRT needs a package that is not installed",
    (
        "predict",
        "tiny.tflite",
        "1,2,3,4,5,6",
        "--on",
        "tflm",
    ): "running a model in TFLM's interpreter needs a package that is not installed",
    ("predict", "m.keras", "1"): "a model of TensorFlow or Keras needs packages that are not installed: tensorflow, keras",
}


@pytest.fixture
def light(here: Path) -> dict[str, str]:
    """The environment of an installation without what trains, quantizes and validates, with `tiny.tflite` in the working directory."""
    hidden = not_in_core()
    assert {"tensorflow", "keras", "scipy", "sklearn", "ai_edge_litert", "tflite_micro", "flatbuffers", "h5py"} <= hidden
    assert not {"numpy", "PIL", "jinja2", "typer", "serial", "platformio", "SCons", "mcu_toolkit"} & hidden
    (here / "tiny.tflite").write_bytes(small_models.fully_connected())
    return hide(here / "hide", hidden)


@pytest.mark.parametrize(
    "words",
    [
        ("inspect", "tiny.tflite"),
        ("header", "tiny.tflite", "-o", "h"),
        ("generate", "tiny.tflite", "-o", "p"),
        ("generate", "tiny.tflite", "--export-only", "-o", "e"),
        ("predict", "tiny.tflite", "1,2,3,4,5,6"),
        ("boards",),
        ("runtimes",),
        ("new", "app"),
    ],
    ids=" ".join,
)
def test_a_light_command_works_without_tensorflow(words: tuple[str, ...], light: dict[str, str]) -> None:
    outcome = mcu(*words, env=light)
    assert outcome.exit_code == 0, outcome.stderr
    if words[0] == "predict":
        assert "golden: aot-host, not compared with TFLM: " in outcome.stdout


@pytest.mark.parametrize("words", NEEDS, ids=" ".join)
def test_a_command_that_lacks_packages_names_them_and_the_line_that_installs_them(words: tuple[str, ...], light: dict[str, str]) -> None:
    Path("m.keras").write_bytes(b"PK")
    Path("d.npz").write_bytes(b"PK")
    outcome = mcu(*words, env=light)
    assert outcome.exit_code == 3, outcome.stdout + outcome.stderr
    assert NEEDS[words] in outcome.error
    assert outcome.error.endswith("\n  expected: the complete toolkit, mcu-toolkit\n  try: pip install mcu-toolkit")


def test_doctor_says_what_is_not_installed_and_that_boards_work_without_it(light: dict[str, str]) -> None:
    outcome = mcu("doctor", "--json", "d.json", env=light)
    assert outcome.exit_code == 0, outcome.stdout
    found = {check["name"]: check for check in json.loads(Path("d.json").read_text())["checks"]}
    for name in ("tensorflow", "keras", "scikit-learn", "ai-edge-litert"):
        assert (found[name]["ok"], found[name]["required"], found[name]["hint"]) == (False, False, "pip install mcu-toolkit")
    assert found["numpy"]["ok"]
    assert found["pillow"]["ok"]
    assert outcome.stdout.endswith(
        "a .tflite can run on an emulated board: mcu deploy MODEL.tflite --board netduinoplus2\n"
        "training, quantizing and validating are not installed: pip install mcu-toolkit\n"
    )


@pytest.mark.slow
def test_a_board_is_proved_against_our_compiled_code(light: dict[str, str]) -> None:
    outcome = mcu("deploy", "tiny.tflite", "--board", "host", "-o", "out", env=light)
    assert outcome.exit_code == 0, outcome.stderr
    for words in ((), ("--per-layer",)):
        outcome = mcu("verify", "out", *words, "--json", "v.json", env=light)
        assert outcome.exit_code == 0, outcome.stderr
        report = json.loads(Path("v.json").read_text())
        assert (report["verdict"], report["golden"], report["compared_with_tflm"]) == ("pass", "aot-host", False)
        assert [(one["a"], one["b"], one["differing_bytes"]) for one in report["comparisons"]] == [("device", "aot-host", 0)]
        assert {one["runner"] for one in report["not_run"]} == {"tflm", "litert"}
        notes = [note for note in report["notes"] if note.startswith("golden: aot-host, not compared with TFLM: ")]
        assert len(notes) == 1
        assert f"note: {notes[0]}" in " ".join(outcome.stdout.split())
