"""`mcu compare-kernels` with the real library, where that has both kinds."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from mcu_toolkit.boards import load_board
from mcu_toolkit.model import read_model
from tests.cli.running import mcu
from tests.emulated import own_boards
from tests.runtimes.tflm.on_board import BOARD, real_runtime
from tests.shared_models import shared_model
from tests.tflm_library import NEEDS_LIBRARY

pytestmark = [*NEEDS_LIBRARY, pytest.mark.slow, pytest.mark.timeout(3600)]


@pytest.fixture(autouse=True)
def boards(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with own_boards(monkeypatch):
        yield


def test_both_kinds_compute_the_same_bytes_and_the_optimized_ones_are_faster(tmp_path: Path) -> None:
    facts = real_runtime().library_for(load_board(BOARD)).facts
    assert facts is not None
    path, output = shared_model("kws_ref_model"), tmp_path / "result.json"
    outcome = mcu("compare-kernels", path, "-b", BOARD, "--random", "2", "-o", tmp_path / "out", "--json", output, timeout_s=3000)
    if not facts.has_reference_twins:
        assert outcome.exit_code == 2
        assert f"TFLM library has {facts.kernels} kernels only" in outcome.error
        return
    assert outcome.exit_code == 0, outcome.error
    result = json.loads(output.read_text())
    assert [one["operator"] for one in result["layers"]] == [op.name for op in read_model(path).main.ops]
    assert all(one["differing_bytes"] == 0 for one in result["layers"])
    [first] = [one for one in result["layers"] if one["layer"] == 0]
    assert first["ratio"] > 2, "CMSIS-NN is several times faster"
