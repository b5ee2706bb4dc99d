"""Does it fit?  One decision for all commands, conservative, with what would help."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from benchmarks.mobilenets import mobilenet_v1, perceptron, stack
from mcu_toolkit.boards import MemoryRegion, all_boards, load_board
from mcu_toolkit.model import parse_model
from mcu_toolkit.pipeline.inspection.next_step import next_step
from mcu_toolkit.pipeline.inspection.room import decide, shortfalls
from mcu_toolkit.pipeline.inspection.scheme_table import takers
from mcu_toolkit.report.cycles import band_text
from mcu_toolkit.runtimes import get_runtime
from mcu_toolkit.runtimes.aot.compiler import compile_model
from mcu_toolkit.runtimes.aot.ir.target import target_of
from mcu_toolkit.runtimes.aot.work import estimated_cycles
from mcu_toolkit.runtimes.base import Prediction, RuntimeOptions
from tests import small_models
from tests.cli.in_process import mcu_here as run
from tests.cli.in_process import succeed_here as succeed
from tests.model_builder import ModelBuilder

KEYS = {"board", "runtime", "verdict", "flash_bytes", "ram_bytes", "arena_bytes", "stack_bytes", "cycles", "why", "would_fit"}
AOT = get_runtime("aot")


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def written(content: bytes, name: str = "m.tflite") -> str:
    Path(name).write_bytes(content)
    return name


def rows(*words: str, exit_code: int = 0) -> list[dict[str, Any]]:
    outcome = run("fit", *words, "--json", "r.json")
    assert outcome.exit_code == exit_code, outcome.stdout + outcome.stderr
    found: list[dict[str, Any]] = json.loads(Path("r.json").read_text("utf-8"))["rows"]
    return found


def person_detector() -> bytes:
    """46 KB of arena, as MLPerf Tiny's."""
    return mobilenet_v1(96, 0.25, 2)


def test_models_of_one_name_are_told_apart_by_their_folders() -> None:
    for folder in ("a/x", "b/x"):
        Path(folder).mkdir(parents=True)
    names = [written(small_models.network(), f"{folder}/m.tflite") for folder in ("a/x", "b/x")]
    found = rows(*names, written(small_models.network(), "other.tflite"), "--board", "netduinoplus2", "--runtime", "aot")
    assert [row["model"] for row in found] == ["a/x/m", "b/x/m", "other"]


def test_a_scheme_for_an_integer_model_is_said_to_be_of_no_use() -> None:
    model = written(small_models.network())
    assert "m.tflite is looked at as it is: --scheme is for float models" in succeed("fit", model, "-b", "host", "-s", "int8").stderr
    assert "looked at as it is" not in succeed("fit", model, "-b", "host").stderr


def test_rows_have_the_keys_of_the_interface_and_what_is_predicted() -> None:
    found = rows(written(small_models.network()), "--board", "netduinoplus2", "--board", "microbit")
    assert [set(row) for row in found] == [KEYS] * 4
    assert [(row["board"], row["runtime"]) for row in found[::2]] == [("netduinoplus2", "aot"), ("microbit", "aot")]
    for row in found[::2]:
        assert row["verdict"] == "fits"
        assert row["flash_bytes"] > 5000
        assert row["ram_bytes"] > row["arena_bytes"] > 0
        assert 0 < row["cycles"][0] < row["cycles"][1]


def test_a_named_board_that_does_not_fit_is_a_no_and_a_list_of_all_is_not() -> None:
    model = written(person_detector())
    assert rows(model, "--board", "microbit", "--runtime", "aot", exit_code=1)[0]["verdict"] == "does not fit"
    verdicts = {row["verdict"] for row in rows(model, "--all-boards")}
    assert {"fits", "does not fit"} <= verdicts


def test_no_command_says_that_45_kb_of_arena_go_into_16_kb_of_ram() -> None:
    name = written(person_detector())
    text = succeed("inspect", name, "--board", "microbit").stdout
    assert "does not fit microbit" in text
    assert "takes it" not in text
    listed = succeed("boards", "--fits", name).stdout
    assert "netduinoplus2" in listed
    for line in listed.splitlines()[1:-2]:  # a real board is never said to simply fit
        assert line.endswith("real + core" if load_board(line.split()[0]).platformio.framework else "emulated"), line
    assert listed.splitlines()[-1].startswith("+ core: ")
    assert "microbit" not in listed
    model = parse_model(person_detector(), "m")
    assert "microbit" not in takers(model)[1]
    assert "microbit" not in next_step(model, Path("m.tflite")).command


@pytest.mark.parametrize("board", [board.id for board in all_boards() if not board.core_facts.is_host])
def test_the_arena_is_the_one_that_will_be_built(board: str) -> None:
    model, where = parse_model(small_models.network(), "m"), load_board(board)
    decision = decide(model, AOT, where)
    assert decision.prediction is not None
    assert decision.prediction.arena_bytes == AOT.memory(model, where).arena_bytes  # type: ignore[attr-defined]


def test_a_board_with_a_vendors_core_never_simply_fits() -> None:
    found = rows(written(small_models.network()), "--family", "stm32,esp32", "--runtime", "aot")
    foreign = [row for row in found if load_board(row["board"]).platformio.framework]
    assert len(foreign) >= 5
    for row in foreign:
        known = load_board(row["board"]).core_share is not None
        assert any(line.startswith("+ core, about: 253,696" if known else "+ core, unknown") for line in row["why"]), row
    text = succeed("fit", "m.tflite", "--board", "esp32dev", "--runtime", "aot").stdout
    assert "fits + core" in text


def test_the_limit_of_an_esp32_is_its_programs_partition_less_what_the_core_takes() -> None:
    board = load_board("esp32dev")
    model = parse_model(perceptron((64, 1024, 950, 4)), "m")  # 1.04 MB of weights, 4 MB of flash
    decision = decide(model, AOT, board)
    assert decision.verdict == "does not fit"
    assert "of 1,310,720 bytes on esp32dev" in decision.why[0]
    assert decide(model, AOT, replace(board, core_share=None)).fits
    assert decide(model, AOT, replace(board, program_bytes=0)).fits


def test_options_that_make_it_fit_are_named_and_do_make_it_fit() -> None:
    model = parse_model(stack(64, 8, 20), "m")
    board = replace(load_board("netduinoplus2"), ram=MemoryRegion(0x20000000, 60_000))
    assert decide(model, AOT, board).verdict == "does not fit"
    row = rows(written(stack(64, 8, 20)), "--board", "stm32vldiscovery", exit_code=1)[0]
    assert not any(line.startswith("--optimize ram") for line in row["would_fit"])  # 8 KB are not enough even so
    smallest = decide(model, AOT.configured(RuntimeOptions(optimize="ram")), board)
    assert smallest.fits


def test_what_has_to_shrink_is_said_with_numbers_and_the_layer_at_fault() -> None:
    wide = rows(written(perceptron((64, 1200, 1200, 4)), "wide.tflite"), "--board", "stm32vldiscovery", "--runtime", "aot", exit_code=1)[0]
    assert any("layer 1 FULLY_CONNECTED" in line for line in wide["would_fit"])
    assert any("% of the width" in line for line in wide["would_fit"])
    large = rows(written(person_detector()), "--board", "microbit", "--runtime", "aot", exit_code=1)[0]
    assert any("instead of 96x96" in line for line in large["would_fit"])


def test_what_is_within_the_error_of_the_prediction_does_not_count_as_fitting() -> None:
    board = load_board("netduinoplus2")
    room = Prediction(board.flash.length_bytes - 100, 1536, 5000, 64, 1000, 400, 128, 1000, None)
    assert "only a build can tell" in shortfalls(board, room)[0]
    assert shortfalls(board, replace(room, flash_bytes=board.flash.length_bytes - 1536)) == ()
    deep = replace(room, flash_bytes=0, stack_bytes=board.stack_bytes - 1)
    assert shortfalls(board, deep)[0].startswith("the stack")


def test_a_model_that_no_runtime_takes_is_unsupported_with_the_reason() -> None:
    from tests.cli.test_refused_models import dense

    model = parse_model(dense(int8_weights=True), "m")
    decision = decide(model, AOT, load_board("microbit"))
    assert (decision.verdict, decision.prediction) == ("unsupported", None)
    assert "dynamic" in decision.why[0]


def test_bad_names_are_bad_input() -> None:
    model = written(small_models.network())
    for words in (("--board", "nowhere"), ("--family", "zx81"), ("--runtime", "none"), ("--max-arena", "0")):
        assert run("fit", model, *words).exit_code == 2, words


def test_options_of_the_compiler_ask_about_the_compiler_alone() -> None:
    model = written(small_models.network())
    found = rows(model, "--board", "netduinoplus2", "--max-arena", "16", exit_code=1)
    assert [(row["runtime"], row["verdict"]) for row in found] == [("aot", "does not fit")]
    assert "--max-arena" not in "".join(found[0]["would_fit"])


def test_several_models_are_told_apart() -> None:
    first, second = written(small_models.network(), "a.tflite"), written(small_models.addition(), "b.tflite")
    found = rows(first, second, "--board", "netduinoplus2", "--runtime", "aot")
    assert [row["model"] for row in found] == ["a", "b"]


def test_several_models_of_one_firmware_share_arena_and_kernels() -> None:
    names = [written(small_models.network(), "a.tflite"), written(mobilenet_v1(32, 0.25), "b.tflite")]
    words = ("--board", "netduinoplus2", "--runtime", "aot")
    alone, (both,) = rows(*names, *words), rows(*names, "--together", *words)
    assert (both["model"], both["together"]) == ("a + b", ["a", "b"])
    assert both["arena_bytes"] == max(row["arena_bytes"] for row in alone)
    assert both["stack_bytes"] == max(row["stack_bytes"] for row in alone)
    assert max(row["flash_bytes"] for row in alone) < both["flash_bytes"] < sum(row["flash_bytes"] for row in alone) - 5000
    assert both["cycles"] == [pytest.approx(sum(row["cycles"][end] for row in alone), abs=2) for end in (0, 1)]
    text = succeed("fit", *names, "--together", *words).stdout
    assert text.startswith("a + b, ")
    assert "in 2 files, one firmware: predicted" in text
    assert "an inference of each" in text


def test_several_models_that_fit_alone_may_not_fit_together_and_the_one_to_leave_out_is_named() -> None:
    names = [written(perceptron((64, 700, 16)), "a.tflite"), written(perceptron((64, 780, 16)), "b.tflite")]
    assert [row["verdict"] for row in rows(*names, "--board", "stm32vldiscovery", "--runtime", "aot")] == ["fits", "fits"]
    (both,) = rows(*names, "--together", "--board", "stm32vldiscovery", "--runtime", "aot", exit_code=1)
    assert both["verdict"] == "does not fit"
    assert {"the firmware without a fits", "the firmware without b fits"} <= set(both["would_fit"])
    assert any("layer 0 FULLY_CONNECTED of b" in line for line in both["would_fit"])


def test_one_that_is_refused_refuses_the_firmware_and_is_named() -> None:
    from tests.cli.test_refused_models import dense

    names = [written(small_models.network(), "a.tflite"), written(dense(int8_weights=True), "b.tflite")]
    (both,) = rows(*names, "--together", "--board", "netduinoplus2", "--runtime", "aot", "--limit", "flash=1M", exit_code=1)
    assert both["verdict"] == "unsupported"
    assert both["why"][0].startswith("b: ")


def test_a_scheme_that_no_board_runs_is_refused_for_any_model() -> None:
    for scheme in ("nonsense", "float32"):
        outcome = run("fit", written(small_models.fully_connected()), "-b", "microbit", "--scheme", scheme)
        assert outcome.exit_code == 2
        assert f"unknown scheme '{scheme}'" in outcome.stderr


@pytest.mark.parametrize("cycles", [12, 1_500, 700_000, 950_000, 99_999_999, 950_000_000, 9_999_000_000])
def test_cycles_fit_their_column(cycles: int) -> None:
    assert len(band_text((cycles, 2 * cycles))) <= 11


def test_cycles_of_a_core_that_no_board_was_compared_with_are_a_wider_band_and_said() -> None:
    model = written(small_models.network())
    boards = ("netduinoplus2", "portenta_h7", "nucleo_l4r5zi", "mps2-an505", "mps3-an547", "qemu-riscv32", "esp32dev")
    found = {row["board"]: row for row in rows(model, *(word for board in boards for word in ("-b", board)), "-r", "aot")}
    ratio = {board: row["cycles"][1] / row["cycles"][0] for board, row in found.items() if row["cycles"] is not None}
    assert found["esp32dev"]["cycles"] is None, "nothing is known of Xtensa"
    assert set(ratio) == set(boards) - {"esp32dev"}
    calibrated = {"netduinoplus2", "nucleo_l4r5zi", "mps2-an505"}
    assert min(ratio[board] for board in set(ratio) - calibrated) > max(ratio[board] for board in calibrated)
    said = {board for board, row in found.items() if any("not calibrated" in line for line in row["why"])}
    assert said == set(ratio) - calibrated


def test_a_model_without_operators_has_no_estimate_of_cycles() -> None:
    board, builder = load_board("netduinoplus2"), ModelBuilder()
    x = builder.tensor([1, 4], "int8", 0.5, 0)
    compiled = compile_model(parse_model(builder.build([x], [x]), "wires"), target_of(board))
    assert estimated_cycles(compiled, board) is None


def test_the_library_of_the_tflm_runtime_is_the_one_that_would_be_used() -> None:
    model = written(stack(16, 8, 2))
    other = "someone/Arduino_TensorFlowLite@2.4.0-ALPHA"
    found = rows(model, "--board", "netduinoplus2", "--tflm-library", other)
    assert [(row["runtime"], row["verdict"]) for row in found] == [("aot", "fits"), ("tflm", "fits")], "the option concerns one of them"
    assert any("Arduino_TensorFlowLite 2.4.0-ALPHA as measured on" in line for line in found[1]["why"])
    Path("mcu.toml").write_text(f"[tflm]\nlibrary = '{other}'\n")
    assert rows(model, "--board", "netduinoplus2", "--runtime", "tflm") == found[1:]
    Path("mcu.toml").unlink()
    assert any("Chirale_TensorFLowLite 2.0.0 as measured on" in line for line in rows(model, "-b", "netduinoplus2", "-r", "tflm")[0]["why"])
    text = succeed("fit", model, "--all-boards", "-r", "tflm").stdout
    assert text.count("code of Chirale_TensorFLowLite 2.0.0 as measured on 2026-11-22, within 10 % or 4 KB") == 1
    assert text.splitlines()[-1].startswith("interpreter: ")


def test_columns_stay_apart_where_sizes_are_large() -> None:
    lines = succeed("fit", written(perceptron((64, 1200, 1200, 4))), "--all-boards").stdout.splitlines()
    boards = {board.id for board in all_boards() if not board.core_facts.is_host}
    table = [line for line in lines if line.partition(" ")[0] in boards]
    assert len(table) == 2 * len(boards)
    assert not [line for line in table if len(line.split()) < 7 and line.split()[2] != "-"]


def test_only_boards_that_were_named_have_to_fit() -> None:
    model = written(person_detector())
    assert {row["verdict"] for row in rows(model, "--board", "netduinoplus2", "--all-boards", "-r", "aot")} == {"fits", "does not fit"}
    rows(model, "--board", "microbit", "--all-boards", "-r", "aot", exit_code=1)


def test_a_limit_of_the_arena_that_nothing_reaches_is_answered_with_the_smallest_arena_there_is() -> None:
    (row,) = rows(written(stack(16, 8, 2)), "--board", "netduinoplus2", "--max-arena", "512", exit_code=1)
    assert "do not fit into an arena of 512 bytes" in row["why"][0]
    assert [line.partition(":")[0] for line in row["would_fit"]] == ["--optimize ram"], "no runtime whose arena is larger than the limit"


def test_a_library_that_is_not_there_is_bad_input_and_no_property_of_the_board() -> None:
    outcome = run("fit", written(small_models.network()), "-b", "netduinoplus2", "--tflm-library", "/nowhere/at/all")
    assert outcome.exit_code == 2
    assert "/nowhere/at/all: TFLM library: no such folder" in outcome.stderr
