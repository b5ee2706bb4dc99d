"""`mcu monitor --live` on the fastest board."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from mcu_toolkit.artifacts import Vectors
from mcu_toolkit.boards import load_board
from mcu_toolkit.build import flash_project
from mcu_toolkit.errors import InputError
from mcu_toolkit.firmware import generate_project
from mcu_toolkit.model import parse_model
from mcu_toolkit.pipeline.proof.live import LiveJob, LiveOptions, classify
from mcu_toolkit.pipeline.workspace.progress import Silent
from mcu_toolkit.runners import TflmRunner
from mcu_toolkit.runtimes import get_runtime
from mcu_toolkit.validate import classes, inputs_for, random_vectors
from tests.small_models import fully_connected

MODEL = parse_model(fully_connected(softmax=True), "dense")


@pytest.mark.slow
def test_results_come_with_names_and_what_was_expected(boards: Path, tmp_path: Path) -> None:
    board = load_board("host")
    flash_project(generate_project([MODEL], board, get_runtime("aot"), tmp_path / "p"), board)
    inputs = random_vectors(MODEL, 3, 0)
    golden = TflmRunner(MODEL)
    expected = classes(golden.run(inputs_for(MODEL, inputs)).outputs[0])
    golden.close()
    vectors = Vectors(inputs=inputs.inputs, labels=np.array([expected[0], (expected[1] + 1) % 4, expected[2]]))
    (tmp_path / "labels.txt").write_text("north\neast\nsouth\nwest\n")
    lines: list[str] = []
    result = classify(LiveJob(MODEL, vectors, board), LiveOptions(tmp_path / "labels.txt", 1.0), Silent(), lines.append)
    assert len(lines) > 3, "it goes on after the last sample"
    assert [one["class"] for one in result.facts["results"][:3]] == expected.tolist()
    names = ("north", "east", "south", "west")
    assert f"sample 0: {names[expected[0]]} (" in lines[0]
    assert "expected" not in lines[0]
    assert f"expected {names[(expected[1] + 1) % 4]}" in lines[1]


def test_too_few_names_are_refused(tmp_path: Path) -> None:
    (tmp_path / "labels.txt").write_text("only\n")
    with pytest.raises(InputError, match="1 names"):
        classify(
            LiveJob(MODEL, random_vectors(MODEL, 1, 0), load_board("host")),
            LiveOptions(tmp_path / "labels.txt"),
            Silent(),
            lambda _line: None,
        )
