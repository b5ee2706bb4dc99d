"""Why a dense layer with a scale a channel is refused: with the refusal taken out, an old library computes other numbers on the board.

The most important test of the runtime.  It needs the real library; `test_rules.py` checks the refusal itself without it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from mcu_toolkit.boards import load_board
from mcu_toolkit.errors import UnsupportedModelError
from mcu_toolkit.model import Model, read_model
from mcu_toolkit.runtimes.tflm import facts, runtime
from tests.cli.running import mcu
from tests.emulated import own_boards
from tests.runtimes.tflm.on_board import BOARD, deployed, real_runtime
from tests.runtimes.tflm.test_rules import per_channel_dense
from tests.tflm_library import NEEDS_LIBRARY, library_folder

pytestmark = [*NEEDS_LIBRARY, pytest.mark.slow, pytest.mark.timeout(3600)]


@pytest.fixture(autouse=True)
def boards(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with own_boards(monkeypatch):
        yield


@pytest.fixture
def silent_library() -> facts.LibraryFacts:
    """Facts of the real library; skips where it is new enough to run such layers, or to refuse them itself."""
    found = real_runtime().library_for(load_board(BOARD)).facts
    assert found is not None
    if {facts.PER_CHANNEL_DENSE, facts.PER_CHANNEL_DENSE_REFUSED} & found.capabilities:
        pytest.skip(f"this library ({found.age}) knows of per-channel dense layers")
    return found


def differing_without_the_refusal(model: Model, folder: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[int, int]:
    """(bytes that differ from the golden interpreter, bytes compared) of 20 inputs, on the board, with the refusal taken out."""
    with monkeypatch.context() as patch:
        patch.setattr(runtime, "check_library", lambda *_: [])
        report = deployed(model, BOARD, folder, 20)
    assert report.comparisons[0].samples == 20
    assert (report.verdict == "pass") == (report.comparisons[0].differing_bytes == 0)
    return report.comparisons[0].differing_bytes, 20 * sum(tensor.size_bytes for tensor in model.outputs)


@pytest.mark.usefixtures("silent_library")
def test_with_the_refusal_taken_out_a_dense_layer_is_wrong_on_the_board_without_a_word(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    differing, compared = differing_without_the_refusal(per_channel_dense(), tmp_path, monkeypatch)
    assert differing > compared / 4, "the layer's first channel is right, the others have its scale"


@pytest.mark.usefixtures("silent_library")
def test_with_it_nothing_is_generated_or_built(tmp_path: Path) -> None:
    with pytest.raises(UnsupportedModelError, match="computes wrong without saying so"):
        deployed(per_channel_dense(), BOARD, tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("silent_library")
def test_a_model_converted_as_tensorflow_does_by_default_is_refused_and_would_be_wrong(
    digits_int8: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused = mcu("deploy", digits_int8, "-b", BOARD, "-r", "tflm", "--tflm-library", library_folder(), "-o", tmp_path / "refused")
    assert refused.exit_code == 2
    assert "one weight scale a channel" in refused.error
    assert not (tmp_path / "refused/firmware").exists()
    differing, compared = differing_without_the_refusal(read_model(digits_int8), tmp_path / "forced", monkeypatch)
    assert differing > compared / 20, "its softmax saturates, which hides most of it"


def test_deploying_the_keras_model_chooses_what_the_library_runs_says_so_and_is_byte_equal(digits_folder: Path, tmp_path: Path) -> None:
    chosen = ("-b", BOARD, "-r", "tflm", "--tflm-library", library_folder(), "-o", tmp_path, "--json", tmp_path / "r.json")
    deployed_it = mcu("deploy", digits_folder / "model.keras", "--data", digits_folder / "data.npz", *chosen)
    assert deployed_it.exit_code == 0, deployed_it.stderr
    found = real_runtime().library_for(load_board(BOARD)).facts
    assert found is not None
    is_old = facts.PER_CHANNEL_DENSE not in found.capabilities
    assert ("dense layers get one weight scale each" in deployed_it.stderr) == is_old
    device = json.loads((tmp_path / "r.json").read_text())["comparisons"][0]
    assert (device["level"], device["differing_bytes"], device["samples"]) == ("byte-equal", 0, 360)
