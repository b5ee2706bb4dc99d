"""Cascades compute what TFLM does, whichever layers are in them and however many rows they run on at a time."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from mcu_toolkit.model import parse_model
from mcu_toolkit.runtimes.aot.compiler import CompiledModel
from tests.ops.cascade_networks import every_model_with_a_group, network
from tests.ops.harness import check_batch, compile_library, draws, golden_outputs, samples_for
from tests.ops.on_board import check_on_board
from tests.ops.test_sanitizers import FLAGS, asan, run_child

_BATCH = 24


@draws
def test_random_cascades_equal_tflm(draws: int, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[CompiledModel] = []
    with every_model_with_a_group(monkeypatch, seen.append):
        for first in range(0, draws, _BATCH):
            check_batch([network(seed) for seed in range(first, first + _BATCH)])
    groups = [step for compiled in seen for step in compiled.steps if step.rows]
    assert len(groups) == len(seen) >= draws
    assert {step.rows for step in groups} == {1, 2, 3, 4}
    assert max(len(step.merged) for step in groups) >= 3
    assert any(step.leads for step in groups)
    assert any(step.in_place for step in groups)


@pytest.mark.slow
def test_no_byte_outside_of_the_arena_is_touched(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    preload = asan()
    cases = [network(seed) for seed in range(1000, 1000 + _BATCH)]
    models = [parse_model(case.content, f"case {number}") for number, case in enumerate(cases)]
    (tmp_path / "code").mkdir()
    with every_model_with_a_group(monkeypatch, lambda _: None):
        library = compile_library(models, tmp_path / "code", flags=FLAGS)
    inputs = [samples_for(model, count=1)[0] for model in models]
    for number, (model, sample) in enumerate(zip(models, inputs, strict=True)):
        (tmp_path / f"{number}.tflite").write_bytes(model.content)
        np.savez(tmp_path / f"{number}.npz", *(array[None] if array.shape[0] != 1 else array for array in sample))
    completed = run_child(preload, "-m", "tests.ops.sanitized_child", library, tmp_path)
    assert completed.returncode == 0, completed.stderr[-3000:]
    for number, (model, sample, case) in enumerate(zip(models, inputs, cases, strict=True)):
        with np.load(tmp_path / f"{number}.out.npz") as stored:
            outputs = [stored[name] for name in stored.files]
        assert outputs[0].tobytes() == golden_outputs(model.content, [sample])[0][0].tobytes(), case.what


@pytest.mark.slow
@pytest.mark.parametrize("board", ["netduinoplus2", "mps3-an547"])
def test_boards_with_kernels_of_their_own_equal_tflm(board: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cases = [network(seed) for seed in range(2000, 2000 + _BATCH)]
    seen: list[CompiledModel] = []
    with every_model_with_a_group(monkeypatch, seen.append):
        check_on_board(cases, board, tmp_path / "project", monkeypatch)
    kernels = " ".join(step.kernel for compiled in seen for step in compiled.steps if step.rows)
    assert kernels.count("mve " if board == "mps3-an547" else "dsp ") > _BATCH
