"""Two firmwares of one model on an emulated board, layer by layer: first two that compute the same, then one with other weights."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from mcu_toolkit.boards import Board, load_board
from mcu_toolkit.model import Model, parse_model
from mcu_toolkit.pipeline.profiling.compare_kernels import compare_firmwares
from mcu_toolkit.pipeline.proof.job import Job
from mcu_toolkit.pipeline.workspace.progress import Silent
from mcu_toolkit.runners import TflmRunner
from mcu_toolkit.runtimes.aot import AotRuntime
from mcu_toolkit.runtimes.base import Contribution
from mcu_toolkit.validate import inputs_for, random_vectors
from tests.small_models import fully_connected

pytestmark = pytest.mark.slow
BOARD = "mps2-an385"
SAMPLES = 4


@dataclass(frozen=True)
class OtherWeights(AotRuntime):
    """Compiles another model's weights under the name and hash of the one it is asked for."""

    seed: int = 0

    def contribute(self, models: Sequence[Model], board: Board) -> Contribution:
        return super().contribute([disguised(model, self.seed) for model in models], board)


def disguised(model: Model, seed: int) -> Model:
    other = parse_model(fully_connected(seed=seed, softmax=True), model.name)
    return dataclasses.replace(other, sha256=model.sha256)


@pytest.fixture
def job(tmp_path: Path) -> Job:
    model = parse_model(fully_connected(softmax=True), "m")
    return Job(model, load_board(BOARD), AotRuntime(), random_vectors(model, SAMPLES, 5), tmp_path / "out")


def test_the_same_kernels_differ_nowhere(job: Job, boards: Path) -> None:
    result = compare_firmwares(job, {"reference": AotRuntime(), "optimized": AotRuntime()}, Silent())
    assert result.verdict == "pass"
    assert [one["operator"] for one in result.facts["layers"]] == ["FULLY_CONNECTED", "SOFTMAX"]
    for one in result.facts["layers"]:
        assert (one["differing_bytes"], one["max_lsb"]) == (0, 0)
        assert one["ticks"]["reference"] == one["ticks"]["optimized"] > 0
        assert one["ratio"] == 1.0
    assert result.facts["tick_unit"] == "instructions"
    assert result.facts["differing_from_golden"] == {"reference": 0, "optimized": 0}


@pytest.mark.parametrize("wrong", ["reference", "optimized"])
def test_a_kernel_that_computes_otherwise_is_named_with_its_bytes(wrong: str, job: Job, boards: Path) -> None:
    seed = 12
    sides: dict[str, AotRuntime] = {"reference": AotRuntime(), "optimized": AotRuntime()}
    result = compare_firmwares(job, {**sides, wrong: OtherWeights(seed=seed)}, Silent())
    right, other = traces(job, job.model), traces(job, disguised(job.model, seed))
    assert result.verdict == "fail"
    for one in result.facts["layers"]:
        a, b = (np.stack([sample[one["tensor"]] for sample in made]).astype(int) for made in (right, other))
        assert one["differing_bytes"] == np.count_nonzero(a != b) > 0
        assert one["max_lsb"] == np.abs(a - b).max()
    assert [reason.split(" '")[0] for reason in result.facts["reasons"]] == ["layer 0 FULLY_CONNECTED", "layer 1 SOFTMAX"]
    assert result.facts["differing_from_golden"] == {"reference": 0, "optimized": 0, wrong: 2}
    assert any(line.startswith(f"{wrong}: 2 of 2 tensors differ from TensorFlow Lite Micro") for line in result.lines)


def traces(job: Job, model: Model) -> list[dict[int, np.ndarray]]:  # type: ignore[type-arg]
    """Every tensor of each sample as the golden interpreter makes it of `model`."""
    inputs = inputs_for(job.model, job.vectors)
    with closing(TflmRunner(model)) as runner:
        return [dict(runner.trace([array[i : i + 1] for array in inputs])) for i in range(SAMPLES)]
