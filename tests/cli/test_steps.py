"""Each step by itself: what it prints and the fields of its JSON that others rely on."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mcu_toolkit.boards import all_boards, load_board
from tests import small_models
from tests.cli.hidden import hide
from tests.cli.in_process import mcu_here, succeed_here
from tests.cli.running import Outcome, succeed


def result(*words: object) -> tuple[Outcome, dict[str, Any]]:
    outcome = succeed_here(*words, "--json", "result.json")
    facts: dict[str, Any] = json.loads(Path("result.json").read_text())
    assert facts["schema_version"] == 2
    return outcome, facts


def test_inspect(tiny: Path) -> None:
    outcome, facts = result("inspect", tiny, "--board", "host")
    assert facts["kind"] == "int8"
    [x] = facts["inputs"]
    assert (x["name"], x["keras_name"], x["tensor"]) == ("x", None, "x")
    assert (x["shape"], x["dtype"], x["scale"], x["zero_point"]) == ([1, 6], "int8", pytest.approx(0.05), 3)
    [operator] = facts["operators"]
    assert (operator["index"], operator["name"], operator["custom_name"], operator["macs"]) == (0, "FULLY_CONNECTED", None, 24)
    assert [(one["dtype"], one["shape"], one["constant"]) for one in operator["inputs"]] == [
        ("int8", [1, 6], False), ("int8", [4, 6], True), ("int32", [4], True),
    ]  # fmt: skip
    assert facts["macs"] == 24
    assert facts["weights_bytes"] == 24 + 4 * 4
    assert next(runtime for runtime in facts["runtimes"] if runtime["name"] == "aot")["supported"] is True
    assert "full int8" in outcome.stdout
    assert "scale 0.0500000007, zero point 3" in outcome.stdout


def test_inspect_says_why_a_runtime_refuses(here: Path) -> None:
    from tests.cli.test_refused_models import dense, with_operator

    (here / "flex.tflite").write_bytes(with_operator("FlexErf"))
    outcome, facts = result("inspect", "flex.tflite")
    refusal = next(runtime for runtime in facts["runtimes"] if runtime["name"] == "aot")
    assert refusal["supported"] is False
    assert refusal["findings"][0]["found"].startswith("the custom operator FlexErf: an operator of TensorFlow itself")
    assert "advice: FlexErf: an operator of TensorFlow itself" in outcome.stdout
    (here / "dynamic.tflite").write_bytes(dense(int8_weights=True))
    outcome, facts = result("inspect", "dynamic.tflite")
    assert (facts["kind"], facts["runs_on_boards"]) == ("dynamic", False)
    assert "dynamic-range: weights are int8, but activations are floats" in outcome.stdout


def test_validate(tiny: Path) -> None:
    _, facts = result("validate", tiny, "--random", "25", "--seed", "3")
    assert facts["verdict"] == "pass"
    assert facts["golden"] == "tflm"
    rows = {row["a"]: row for row in facts["comparisons"]}
    assert set(rows) == {"litert", "aot-host"}
    assert (rows["aot-host"]["samples"], rows["aot-host"]["differing_bytes"], rows["aot-host"]["level"]) == (25, 0, "byte-equal")


def test_without_tflm_our_compiled_code_is_the_golden_runner(tiny: Path, here: Path) -> None:
    outcome = succeed("deploy", tiny, "--board", "host", "-o", "out", env=hide(here / "hide", {"tflite_micro"}))
    facts = json.loads((here / "out/report.json").read_text())
    assert (facts["golden"], facts["compared_with_tflm"]) == ("aot-host", False)
    assert {(row["a"], row["b"]) for row in facts["comparisons"]} == {("device", "aot-host"), ("litert", "aot-host")}
    why = "golden: aot-host, not compared with TFLM: TensorFlow Lite Micro's interpreter is not installed; pip install mcu-toolkit"
    assert why in facts["notes"]
    assert {"runner": "tflm", "why": why} in facts["not_run"]
    assert "\nparity    device and aot-host are byte-equal in 10 samples, not compared with TFLM\n" in outcome.stdout
    assert outcome.stdout.startswith("verdict: pass - host computes exactly what aot-host does (not compared with TFLM)\n")


def test_the_steps_of_a_chain_hand_each_other_what_they_made(tiny: Path) -> None:
    outcome, facts = result("generate", tiny, "--board", "host", "-o", "p")
    assert (facts["step"], facts["board"], facts["runtime"]) == ("generate", "host", "aot")
    assert "next: mcu build p" in outcome.stdout
    outcome, facts = result("build", "p")
    assert facts["flash_bytes"] > facts["code_bytes"] > 0
    assert "next: mcu flash p" in outcome.stdout
    outcome, facts = result("flash", "p")
    assert facts["port"].endswith("/host/tty")
    assert "next: mcu verify p" in outcome.stdout
    _, facts = result("verify", "p", "--random", "20")
    device = facts["comparisons"][0]
    assert (facts["verdict"], facts["board"], facts["runtime"]) == ("pass", "host", "aot")
    assert (device["a"], device["b"], device["samples"], device["level"]) == ("device", "tflm", 20, "byte-equal")
    _, facts = result("inspect", "p")
    assert facts["board"] == "host"
    _, facts = result("deploy", "p", "-o", "again")
    assert facts["verdict"] == "pass"
    _, facts = result("verify", "again")
    assert facts["verdict"] == "pass"


def test_several_models_in_one_firmware_are_all_verified(tiny: Path, here: Path) -> None:
    (here / "conv.tflite").write_bytes(small_models.convolution())
    succeed_here("generate", tiny, "conv.tflite", "--board", "host", "--runtime", "aot", "-o", "p")
    succeed_here("flash", "p")
    _, facts = result("verify", "p")
    assert facts["verdict"] == "pass"
    assert [report["model"]["name"] for report in facts["reports"]] == ["tiny", "conv"]
    _, facts = result("verify", "conv.tflite", "--board", "host")  # the second of them, found by its hash
    assert facts["model"]["name"] == "conv"


def test_verify_starts_with_fresh_state_whatever_ran_before(here: Path) -> None:
    (here / "memory.tflite").write_bytes(small_models.svdf())
    succeed_here("deploy", "memory.tflite", "--board", "host", "-o", "out")
    for _ in range(2):
        _, facts = result("verify", "out")
        assert (facts["comparisons"][0]["a"], facts["comparisons"][0]["level"]) == ("device", "byte-equal")


def test_verify_with_labels_tells_the_accuracy(tiny: Path, here: Path) -> None:
    np.savez(here / "d.npz", x=np.random.default_rng(0).normal(size=(40, 6)).astype(np.float32), y=np.arange(40) % 4)
    _, facts = result("deploy", tiny, "--board", "host", "--data", "d.npz", "-o", "out")
    assert set(facts["accuracy"]) == {"tflm", "litert", "aot-host", "device"}
    assert facts["accuracy"]["device"] == facts["accuracy"]["tflm"]


def test_boards() -> None:
    outcome, facts = result("boards")
    assert [board["id"] for board in facts["boards"]] == [board.id for board in all_boards()]
    assert max(map(len, outcome.stdout.splitlines())) <= 80
    _, facts = result("boards", "search", "stm32f405")
    assert [board["id"] for board in facts["boards"]] == ["netduinoplus2"]
    outcome, facts = result("boards", "show", "netduinoplus2")
    assert facts["board"]["mcu"] == "STM32F405RG"
    assert "0x08000000" in outcome.stdout
    assert all(source in outcome.stdout for source in load_board("netduinoplus2").sources)
    outcome = mcu_here("boards", "search", "xyzzy")
    assert outcome.error == ("error: no board has 'xyzzy' in its id, name, vendor, part or core\n  try: mcu boards lists all of them")
    assert outcome.exit_code == 2


def test_runtimes() -> None:
    outcome, facts = result("runtimes")
    assert "aot" in [runtime["name"] for runtime in facts["runtimes"]]
    assert "ahead of time" in outcome.stdout


def test_a_closed_pipe_is_no_error(here: Path) -> None:
    import subprocess
    import sys

    command = f"{sys.executable} -m mcu_toolkit boards | head -1; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=True)
    assert "Traceback" not in done.stderr
    assert "BrokenPipe" not in done.stderr


@pytest.mark.slow
def test_boards_stop_ends_what_runs_and_flash_starts_it_again(tiny: Path) -> None:
    succeed_here("generate", tiny, "--board", "host", "-o", "p")
    succeed_here("build", "p")
    succeed_here("flash", "p")
    assert result("boards", "stop", "host")[1]["stopped"] == ["host"]
    assert result("boards", "stop")[1]["stopped"] == []
    assert mcu_here("verify", "p").exit_code == 3
    succeed_here("flash", "p")
    succeed_here("verify", "p")
