"""The benchmark's four models with the real library, over the benchmark's protocol, in both modes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from mcu_toolkit.boards import load_board
from mcu_toolkit.build import flash_project
from mcu_toolkit.firmware import Extras, generate_project
from mcu_toolkit.firmware.benchmark import mlperf_tiny
from mcu_toolkit.model import Model, read_model
from mcu_toolkit.pipeline.profiling.mlperf import MlperfRequest, run_mlperf
from mcu_toolkit.pipeline.workspace.inputs import Subject
from mcu_toolkit.pipeline.workspace.progress import Silent
from mcu_toolkit.runners import TflmRunner
from mcu_toolkit.validate import random_vectors
from tests.emulated import own_boards
from tests.runtimes.tflm.on_board import BOARD, real_runtime
from tests.shared_models import shared_model
from tests.tflm_library import NEEDS_LIBRARY

pytestmark = [*NEEDS_LIBRARY, pytest.mark.slow, pytest.mark.timeout(3600)]
SAMPLES = 4
# Arena and input buffer of vww01 together are more than the 128 KiB of the first board.
MODELS = {
    "kws01": ("kws_ref_model", BOARD),
    "ad01": ("ad01_int8", BOARD),
    "ic01": ("pretrainedResnet_quant", BOARD),
    "vww01": ("vww_96_int8", "mps2-an386"),
}


@pytest.fixture(autouse=True)
def boards(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with own_boards(monkeypatch):
        yield


def labelled(model: Model, path: Path, *, anomalies: bool) -> Path:
    """Random samples with the golden interpreter's own classes: every right result is a right class."""
    inputs = random_vectors(model, SAMPLES, 3).inputs[0]
    with closing(TflmRunner(model)) as golden:
        classes = golden.run([inputs]).outputs[0].reshape(SAMPLES, -1).argmax(axis=1)
    np.savez(path, x=inputs, y=np.arange(SAMPLES) % 2 if anomalies else classes)
    return path


@pytest.mark.parametrize("version", MODELS)
def test_both_modes_give_the_golden_interpreters_results(version: str, tmp_path: Path) -> None:
    name, board_id = MODELS[version]
    path, board = shared_model(name), load_board(board_id)
    model = read_model(path)
    benchmark = mlperf_tiny(model)
    assert benchmark.version == version
    flash_project(generate_project([model], board, real_runtime(), tmp_path / "p", Extras(benchmark=benchmark)), board)
    data, subject = labelled(model, tmp_path / "data.npz", anomalies=version == "ad01"), Subject(path, (model,))
    accuracy = run_mlperf(subject, MlperfRequest("accuracy", board_id, data=data), Silent())
    assert (accuracy.facts["benchmark"], accuracy.facts["samples"], accuracy.facts["differing_samples"]) == (version, SAMPLES, 0)
    if version != "ad01":  # whether noise is an anomaly says nothing
        assert accuracy.facts["accuracy"] == 1.0
    performance = run_mlperf(subject, MlperfRequest("performance", board_id, random=1, inferences=1), Silent())
    assert performance.facts["per_inference"] > 500_000
