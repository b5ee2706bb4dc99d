"""The whole chain with the real library, on emulated boards: only where $MCU_TFLM_LIBRARY names a folder with it.

Building the library takes minutes the first time; its objects are kept for later runs.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from mcu_toolkit.boards import load_board
from mcu_toolkit.errors import UnsupportedModelError
from mcu_toolkit.model import Model, parse_model, read_model
from mcu_toolkit.pipeline.deploy import Job, deploy
from mcu_toolkit.pipeline.progress import Silent
from mcu_toolkit.report import Report
from mcu_toolkit.runtimes.tflm import TflmRuntime
from mcu_toolkit.runtimes.tflm.facts import PER_CHANNEL_DENSE
from mcu_toolkit.validate import random_vectors
from tests.emulated import own_boards
from tests.runtimes.tflm.test_rules import per_channel_dense
from tests.shared_models import shared_model
from tests.small_models import convolution
from tests.tflm_library import NEEDS_LIBRARY, library_folder

pytestmark = [*NEEDS_LIBRARY, pytest.mark.slow, pytest.mark.timeout(7200)]
BOARDS = ("host", "netduinoplus2", "mps2-an386")


@pytest.fixture(autouse=True)
def boards(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with own_boards(monkeypatch):
        yield


def deployed(model: Model, board: str, output: Path, samples: int = 5, *, runtime: TflmRuntime | None = None) -> Report:
    vectors = random_vectors(model, samples, 11)
    job = Job(model, load_board(board), runtime or TflmRuntime(str(library_folder())), vectors, output)
    return deploy(job, Silent())


@pytest.mark.parametrize("board", BOARDS)
@pytest.mark.parametrize("name", ["hello_world_int8", "kws_ref_model", "ad01_int8"])
def test_a_public_model_on_the_board_equals_the_interpreter_byte_for_byte(name: str, board: str, tmp_path: Path) -> None:
    report = deployed(read_model(shared_model(name)), board, tmp_path)
    assert report.verdict == "pass"
    assert report.comparisons[0].differing_bytes == 0
    assert report.comparisons[0].samples == 5


def test_the_arena_is_measured_once_and_then_no_larger_than_stated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = parse_model(convolution(), "small")
    report = deployed(model, "host", tmp_path / "first")
    assert report.verdict == "pass"
    manifest = json.loads((tmp_path / "first/firmware/mcu-project.json").read_text())
    assert manifest["facts"]["arena_is_measured"]
    used = int((tmp_path / "first/firmware/src/tflm_arena.h").read_text().split("host: ")[1].split()[0])
    assert used < manifest["arena_bytes"] <= used + 256 + 15
    monkeypatch.setattr("mcu_toolkit.pipeline.arena._try_generous", lambda *_: pytest.fail("measured again"))
    assert deployed(model, "host", tmp_path / "second").verdict == "pass"


def test_a_per_channel_dense_layer_runs_right_or_is_refused(tmp_path: Path) -> None:
    model = per_channel_dense()
    runtime = TflmRuntime(str(library_folder()))
    facts = runtime.library_for(load_board("host")).facts
    assert facts is not None
    if PER_CHANNEL_DENSE in facts.capabilities:
        assert deployed(model, "host", tmp_path).comparisons[0].differing_bytes == 0
    else:
        with pytest.raises(UnsupportedModelError, match=r"computes wrong|refuses at start-up"):
            deployed(model, "host", tmp_path)


def test_reference_kernels_give_the_same_bytes(tmp_path: Path) -> None:
    model = read_model(shared_model("kws_ref_model"))
    runtime = TflmRuntime(str(library_folder()), kernels="reference")
    facts = TflmRuntime(str(library_folder())).library_for(load_board("netduinoplus2")).facts
    assert facts is not None
    if not facts.has_reference_twins:
        pytest.skip(f"this library has {facts.kernels} kernels only")
    plain = deployed(model, "netduinoplus2", tmp_path / "plain", runtime=runtime)
    optimized = deployed(model, "netduinoplus2", tmp_path / "optimized")
    assert plain.comparisons[0].differing_bytes == optimized.comparisons[0].differing_bytes == 0
    assert plain.instructions is not None
    assert optimized.instructions is not None
    assert plain.instructions > 2 * optimized.instructions, "CMSIS-NN is several times faster"
