"""`mcu stream --on device`: a board computes and decides as the host does, its state kept between hops and reset at the start."""

from __future__ import annotations

from pathlib import Path

import pytest

from mcu_toolkit.pipeline.stream import RuleChoices, StreamRequest, stream
from mcu_toolkit.pipeline.workspace.progress import Silent
from tests.pipeline.stream.tones import stateful_model, tone_model, tones, write_wav

WORDS = [(0.5, 1.0, "low"), (2.0, 2.5, "high")]
SLOW = pytest.mark.slow
CASES = [
    ("state", "host"),
    *(pytest.param(kind, board, marks=SLOW) for kind in ("window", "state") for board in ("netduinoplus2", "qemu-riscv32")),
]


@pytest.mark.parametrize(("kind", "board"), CASES)
def test_board_and_host_are_byte_equal_and_decide_the_same(
    kind: str, board: str, boards: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("m.tflite").write_bytes(tone_model() if kind == "window" else stateful_model())
    sounds = [write_wav(Path(f"{seed}.wav"), tones(WORDS, 3.0, seed=seed)) for seed in range(2)]
    rule = RuleChoices(threshold=0.5 if kind == "window" else 5.0, refractory_s=0.2)
    request = StreamRequest(Path("m.tflite"), sounds, rule=rule, board=board)
    result = stream(request, Silent())
    [comparison] = result.facts.comparisons
    assert (comparison.a, comparison.b, comparison.differing_bytes) == ("device", "tflm", 0)
    assert comparison.samples == sum(one.inferences for one in result.facts.sounds)
    assert result.facts.differences == ()
    assert result.verdict == "pass"
    assert result.facts.decisions
