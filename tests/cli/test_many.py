"""As many models, inputs and outputs as the protocol counts, on the board that this machine is; one more is refused."""

from __future__ import annotations

from itertools import accumulate
from pathlib import Path

import pytest

from tests import small_models
from tests.cli.in_process import mcu_here, succeed_here
from tests.cli.running import assert_refused
from tests.model_builder import ModelBuilder
from tests.runtimes.test_protocol_limits import taking_apart

MOST = 255


def added_up(inputs: int) -> bytes:
    """The sum of `inputs` inputs, one ADD after the other: TFLM's CONCATENATION takes ten."""
    builder = ModelBuilder()
    given = [builder.tensor([1, 2], "int8", 0.1, number % 5, name=f"x{number}") for number in range(inputs)]

    def add(left: int, right: int) -> int:
        total = builder.tensor([1, 2], "int8", 0.1 + right / 1000, 0, name=f"total{right}")
        builder.op("ADD", [left, right], [total], fused_activation_function="NONE")
        return total

    *_, total = accumulate(given, add)
    return builder.build(given, [total])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "content"), [("inputs", added_up(MOST)), ("outputs", taking_apart(MOST).content)], ids=["inputs", "outputs"]
)
def test_a_model_with_as_many_tensors_as_can_be_counted(name: str, content: bytes, here: Path) -> None:
    (here / "m.tflite").write_bytes(content)
    outcome = succeed_here("deploy", "m.tflite", "--board", "host", "--random", "3", "-o", "out")
    assert "verdict: pass - host computes exactly what tflm does" in outcome.stdout


def write_models(folder: Path, count: int) -> list[Path]:
    paths = [folder / f"m{number}.tflite" for number in range(count)]
    for number, path in enumerate(paths):
        path.write_bytes(small_models.fully_connected(inputs=3, outputs=2, seed=number))
    return paths


@pytest.mark.nightly
def test_as_many_models_as_can_be_counted_run_in_one_firmware(here: Path) -> None:
    outcome = succeed_here("generate", *write_models(here, MOST), "--board", "host", "-o", "p")
    assert "255 models: m0, m1, m2, m3, m4 ..." in outcome.stdout
    succeed_here("flash", "p")
    for number in (0, MOST - 1):
        outcome = succeed_here("verify", f"m{number}.tflite", "--board", "host", "--random", "2")
        assert "verdict: pass" in outcome.stdout


def test_one_model_more_is_refused(here: Path) -> None:
    outcome = mcu_here("generate", *write_models(here, MOST + 1), "--board", "host", "-o", "p")
    assert_refused(outcome, 2, "error: 256 models\n  expected: at most 255 in one firmware, which the protocol counts")
    assert not (here / "p").exists()
