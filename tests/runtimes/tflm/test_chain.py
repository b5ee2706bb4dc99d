"""The whole chain with the real library, on emulated boards: only where $MCU_TFLM_LIBRARY names a folder with it.

Building the library takes minutes the first time; its objects are kept for later runs.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from mcu_toolkit.boards import load_board
from mcu_toolkit.errors import ToolError, UnsupportedModelError
from mcu_toolkit.model import parse_model, read_model, resetting
from mcu_toolkit.pipeline.profiling.bench import bench
from mcu_toolkit.pipeline.proof.job import Job
from mcu_toolkit.pipeline.workspace.progress import Silent
from mcu_toolkit.runners import TflmRunner
from mcu_toolkit.runtimes.tflm.facts import PER_CHANNEL_DENSE
from mcu_toolkit.validate import inputs_for, random_vectors
from tests.emulated import own_boards
from tests.ops.recurrent.models import lstm_model
from tests.runtimes.tflm.on_board import deployed, edit, generated, image_of, real_runtime
from tests.runtimes.tflm.test_rules import per_channel_dense
from tests.shared_models import NAMES, shared_model
from tests.small_models import convolution
from tests.tflm_library import NEEDS_LIBRARY

pytestmark = [*NEEDS_LIBRARY, pytest.mark.slow, pytest.mark.timeout(7200)]
BOARDS = ("netduinoplus2", "mps2-an386", "mps2-an500", "host")


@pytest.fixture(autouse=True)
def boards(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with own_boards(monkeypatch):
        yield


@pytest.mark.parametrize("board", BOARDS)
@pytest.mark.parametrize("name", NAMES)
def test_a_public_model_on_the_board_equals_the_interpreter_byte_for_byte(name: str, board: str, tmp_path: Path) -> None:
    report = deployed(read_model(shared_model(name)), board, tmp_path)
    device = report.comparisons[0]
    assert (report.verdict, device.b, device.differing_bytes, device.samples) == ("pass", "tflm", 0, 5)


def test_an_lstm_begins_each_inference_with_the_initial_state(tmp_path: Path) -> None:
    model = parse_model(resetting(lstm_model()), "lstm")
    report = deployed(model, "netduinoplus2", tmp_path)
    device = report.comparisons[0]
    assert (report.verdict, device.b, device.samples) == ("pass", "tflm", 5)
    assert device.differing_bytes == 0  # of a golden that is reset before each inference
    kept = TflmRunner(parse_model(lstm_model(), "lstm"))
    inputs = inputs_for(model, random_vectors(model, 5, 11))
    assert not np.array_equal(kept.run(inputs).outputs[0], TflmRunner(model).run(inputs).outputs[0])


def test_the_arena_is_measured_once_and_then_no_larger_than_stated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MCU_CACHE_DIR", str(tmp_path / "cache"))  # nothing was measured before
    model = parse_model(convolution(), "small")
    report = deployed(model, "netduinoplus2", tmp_path / "first")
    assert report.verdict == "pass"
    manifest = json.loads((tmp_path / "first/firmware/mcu-project.json").read_text())
    assert manifest["facts"]["arena_is_measured"]
    [record] = (json.loads(path.read_text()) for path in (tmp_path / "cache/arenas").iterdir())
    needed_bytes = record["used_bytes"] + record["planning_bytes"]
    assert f"netduinoplus2: {record['used_bytes']} bytes are used" in (tmp_path / "first/firmware/src/tflm_arena.h").read_text()
    assert needed_bytes + 256 <= manifest["arena_bytes"] < needed_bytes + 256 + 16
    monkeypatch.setattr("mcu_toolkit.pipeline.proof.arena._try_generous", lambda *_: pytest.fail("measured again"))
    assert deployed(model, "netduinoplus2", tmp_path / "second").verdict == "pass"


def test_a_per_channel_dense_layer_runs_right_or_is_refused(tmp_path: Path) -> None:
    model = per_channel_dense()
    facts = real_runtime().library_for(load_board("netduinoplus2")).facts
    assert facts is not None
    if PER_CHANNEL_DENSE in facts.capabilities:
        assert deployed(model, "netduinoplus2", tmp_path).comparisons[0].differing_bytes == 0
    else:
        with pytest.raises(UnsupportedModelError, match=r"computes wrong|refuses at start-up"):
            deployed(model, "netduinoplus2", tmp_path)


def test_reference_kernels_give_the_same_bytes(tmp_path: Path) -> None:
    model = read_model(shared_model("kws_ref_model"))
    facts = real_runtime().library_for(load_board("netduinoplus2")).facts
    assert facts is not None
    if not facts.has_reference_twins:
        pytest.skip(f"this library has {facts.kernels} kernels only")
    plain = deployed(model, "netduinoplus2", tmp_path / "plain", runtime=real_runtime(kernels="reference"))
    optimized = deployed(model, "netduinoplus2", tmp_path / "optimized")
    assert plain.comparisons[0].differing_bytes == optimized.comparisons[0].differing_bytes == 0
    assert plain.instructions is not None
    assert optimized.instructions is not None
    assert plain.instructions > 2 * optimized.instructions, "CMSIS-NN is several times faster"


def test_registering_the_int8_kernels_alone_saves_flash(tmp_path: Path) -> None:
    model = read_model(shared_model("kws_ref_model"))
    facts = real_runtime().library_for(load_board("netduinoplus2")).facts
    assert facts is not None
    if "Register_CONV_2D_INT8" not in facts.int8_registrations:
        pytest.skip("this library registers no int8 kernels of their own")
    small, large = generated(model, tmp_path / "small"), generated(model, tmp_path / "large")
    edit(large, "inference.cc", lambda text: re.sub(r"(to\.Add\w+)\(tflite::Register_\w+_INT8\(\)\)", r"\1()", text))
    saved_bytes = image_of(large).footprint.flash_bytes - image_of(small).footprint.flash_bytes
    assert saved_bytes > 10_000


def test_the_build_fails_where_the_model_is_not_constant(tmp_path: Path) -> None:
    project = generated(parse_model(convolution(), "small"), tmp_path / "p")
    edit(project, "model_data.h", lambda text: text.replace("extern const unsigned char", "extern unsigned char"))
    edit(project, "model_data.cc", lambda text: text.replace("alignas(16) const unsigned char", "alignas(16) unsigned char"))
    with pytest.raises(ToolError, match=r"g_small_model_data of [\d,]+ bytes is in RAM: section \.data"):
        image_of(project)


def test_the_build_fails_where_the_model_is_not_aligned(tmp_path: Path) -> None:
    project = generated(parse_model(convolution(), "small"), tmp_path / "p")
    name = "g_small_model_data"
    # A name for the fifth byte of an aligned array: an odd address whatever the linker does.
    alias = f'__asm__(".global {name}\\n.type {name}, %object\\n.set {name}, moved + 4\\n.size {name}, 64\\n");\n'
    array = f"alignas(16) const unsigned char {name}[] = {{"
    moved = 'extern "C" const unsigned char moved[];\n__attribute__((used)) alignas(16) const unsigned char moved[] = {0, 0, 0, 0,'
    edit(project, "model_data.cc", lambda text: text.replace(array, alias + moved))
    with pytest.raises(ToolError, match=rf"{name} is at address 0x[0-9a-f]*4(.|\n)*a multiple of 16"):
        image_of(project)


def test_bench_counts_tflm_by_function_and_with_the_observer_by_layer(tmp_path: Path) -> None:
    model, board = parse_model(convolution(), "small"), load_board("netduinoplus2")
    job = Job(model, board, real_runtime(), random_vectors(model, 2, 1), tmp_path)
    plain = bench(job, Silent())
    counted = sum(function.instructions for function in plain.functions)
    assert plain.instructions is not None
    assert abs(plain.instructions - counted) < 150  # the median of the samples, and the first one
    assert (plain.layers, plain.glue) == ((), None)
    layered = bench(job, Silent(), per_layer=True)
    assert [layer.operator for layer in layered.layers] == [op.name for op in model.main.ops]
    assert 0 < sum(layer.instructions or 0 for layer in layered.layers) < plain.instructions
    assert sum(layer.macs or 0 for layer in layered.layers) == plain.macs
