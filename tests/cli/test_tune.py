"""`mcu tune` through the command line: what it measures, what it writes, and who uses that."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from mcu_toolkit.firmware import load_project_info
from tests.cli.in_process import mcu_here, succeed_here
from tests.runtimes.aot.test_fusing import Block, residual

FILE = Path("block.cortex-m4f.tune.toml")


@pytest.fixture
def block(here: Path) -> Path:
    """`block.tflite`: convolutions and a sum, in the working directory."""
    made = Block()
    outputs = residual(made)
    (here / "block.tflite").write_bytes(made.builder.build([made.x], outputs))
    return Path("block.tflite")


def choose(model: Path, layers: dict[int, str], sha256: str | None = None, core: str = "cortex-m4f") -> None:
    """A file as people might edit it."""
    from mcu_toolkit.system.files import sha256_hex

    lines = ["schema_version = 2", f'[model]\nsha256 = "{sha256 or sha256_hex(model.read_bytes())}"']
    lines += [f'[target]\ncore = "{core}"\ninstruction_set = "dsp"']
    lines += [f'[[layer]]\nindex = {index}\nvariant = "{variant}"' for index, variant in layers.items()]
    FILE.write_text("\n".join(lines) + "\n")


def variants(folder: str) -> dict[int, str]:
    [info] = load_project_info(Path(folder)).compiled_models
    return {layer.index: layer.variant for layer in info.layers}


@pytest.mark.slow
def test_every_variant_is_measured_and_two_runs_write_the_same_file(block: Path) -> None:
    outcome = succeed_here("tune", block, "--board", "netduinoplus2", "--json", "tune.json")
    first = FILE.read_bytes()
    facts = json.loads(Path("tune.json").read_text())
    assert (facts["step"], facts["unit"], facts["file"]) == ("tune", "estimated_cycles", str(FILE))
    tried = {layer["index"]: {one["variant"] for one in layer["candidates"]} for layer in facts["layers"]}
    assert tried == {0: {"dsp", "portable"}, 1: {"dsp", "portable"}, 3: {"dsp", "portable", "dsp into add"}, 4: {"dsp", "portable"}}
    for layer in facts["layers"]:
        cycles = [one["estimated_cycles"] for one in layer["candidates"]]
        assert cycles == sorted(cycles)
        assert all(cycles)
    assert facts["totals"]["chosen"]["estimated_cycles"] <= facts["totals"]["default"]["estimated_cycles"]
    assert re.search(r"3 +ADD +dsp into add .*chosen", outcome.stdout)
    assert "(with 3)" in outcome.stdout
    succeed_here("tune", block, "--board", "netduinoplus2", "-q")
    assert FILE.read_bytes() == first


def test_generate_uses_the_choice_and_sees_it_change(block: Path) -> None:
    plain = succeed_here("generate", block, "-o", "project").stdout
    assert variants("project") == {0: "dsp", 1: "dsp", 3: "dsp into add", 4: "dsp"}
    assert "mcu tune" not in plain
    choose(block, {1: "portable", 3: "dsp"})
    tuned = succeed_here("generate", block, "-o", "project").stdout
    assert variants("project") == {0: "dsp", 1: "portable", 2: "dsp", 3: "dsp", 4: "dsp"}
    assert "block: uses the kernel variants that mcu tune chose (--no-tune for the default ones)" in tuned
    assert "up to date" in succeed_here("generate", block, "-o", "project").stdout
    choose(block, {1: "portable"})
    succeed_here("generate", block, "-o", "project")
    assert variants("project") == {0: "dsp", 1: "portable", 3: "dsp into add", 4: "dsp"}
    succeed_here("generate", block, "-o", "project", "--no-tune")
    assert variants("project") == {0: "dsp", 1: "dsp", 3: "dsp into add", 4: "dsp"}


def test_a_project_is_rebuilt_with_the_choice_it_was_generated_with(block: Path) -> None:
    from mcu_toolkit.pipeline.workspace.inputs import open_subject
    from mcu_toolkit.runtimes.base import RuntimeOptions

    choose(block, {1: "portable"})
    succeed_here("generate", block, "-o", "project")
    FILE.unlink()
    subject = open_subject(Path("project"))
    board = subject.board(None)
    [info] = subject.runtime(None, board).contribute(subject.models, board).info.compiled_models
    assert {layer.index: layer.variant for layer in info.layers} == variants("project")
    [without] = subject.runtime(None, board, RuntimeOptions(tune=False)).contribute(subject.models, board).info.compiled_models
    assert without.tuned == {}


def test_an_export_uses_the_choice_for_its_core(block: Path) -> None:
    choose(block, {1: "portable"})
    for folder, words in (("tuned", ()), ("plain", ("--no-tune",))):
        succeed_here("generate", block, "--export-only", "--board", "netduinoplus2", "-o", folder, *words)
    tuned, plain = (next(Path(folder).glob("block.c")).read_text() for folder in ("tuned", "plain"))
    assert "1: CONV_2D, conv_2d" in tuned
    assert "1: CONV_2D, dsp conv_2d" in plain


@pytest.mark.parametrize("command", [("generate", "-o", "p"), ("deploy",), ("bench",)])
def test_a_choice_for_another_model_is_refused(command: tuple[str, ...], block: Path) -> None:
    choose(block, {0: "dsp"}, sha256="12" * 32)
    outcome = mcu_here(command[0], block, *command[1:])
    assert outcome.exit_code == 2
    assert f"{FILE}: was made for another model, sha256 1212121212121212..." in outcome.error
    assert "try: mcu tune block.tflite --board netduinoplus2; or --no-tune" in outcome.error


def test_a_choice_for_another_core_is_refused(block: Path) -> None:
    choose(block, {0: "dsp"}, core="cortex-m7")
    outcome = mcu_here("generate", block, "-o", "project")
    assert (outcome.exit_code, Path("project").exists()) == (2, False)
    assert "was made for cortex-m7 (dsp)" in outcome.error
    assert "expected: cortex-m4f (dsp), which netduinoplus2 has" in outcome.error


def test_a_kernel_variant_that_this_version_does_not_have_is_refused(block: Path) -> None:
    choose(block, {1: "dsp winograd"})
    outcome = mcu_here("generate", block, "-o", "project")
    assert (outcome.exit_code, Path("project").exists()) == (2, False)
    assert "layer 1 has no kernel variant 'dsp winograd'" in outcome.error


def test_a_real_board_is_measured_on_an_emulated_one_with_its_core() -> None:
    from mcu_toolkit.pipeline.profiling.tune import measuring_board

    assert measuring_board("netduinoplus2").id == "netduinoplus2"
    assert (measuring_board("nucleo_f446re").id, measuring_board("nucleo_f446re").core) == ("mps2-an386", "cortex-m4f")


def test_tune_names_what_it_cannot_tune(block: Path, here: Path) -> None:
    outcome = mcu_here("tune", block, "--board", "esp32dev")
    assert outcome.exit_code == 2
    assert "no emulated board has its core, xtensa-lx6" in outcome.error
    outcome = mcu_here("tune", "missing.tflite")
    assert outcome.exit_code == 2
    assert "missing.tflite" in outcome.error
    succeed_here("generate", block, "-o", "project")
    outcome = mcu_here("tune", "project")
    assert outcome.exit_code == 2
    assert "is a folder" in outcome.error
