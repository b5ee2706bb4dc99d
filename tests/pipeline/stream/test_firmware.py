"""What `mcu stream` decides, firmware that listens decides: front end, model and rule in C, from the same sound."""

from __future__ import annotations

from pathlib import Path

import pytest

from mcu_toolkit.model import read_model
from mcu_toolkit.pipeline.stream import RuleChoices, StreamRequest, stream
from mcu_toolkit.pipeline.workspace.progress import Silent
from tests.firmware.host_program import compile_project, lines_of
from tests.firmware.test_listener import ENDED, heard, project, recorded
from tests.pipeline.stream.tones import RATE_HZ, ring_model, tone_model, tones, write_wav

WORDS = [(1.0, 1.5, "low"), (3.0, 3.4, "high"), (5.0, 5.6, "low")]


@pytest.mark.parametrize(
    ("content", "choices"),
    [
        (tone_model(), RuleChoices(stride_frames=2, average_over=3, threshold=0.4, refractory_s=0.3)),
        (ring_model(), RuleChoices(average_over=5, refractory_s=0.5, waits_for_quiet=True)),
    ],
    ids=["window", "state"],
)
def test_firmware_decides_sample_for_sample_what_the_host_decides(content: bytes, choices: RuleChoices, tmp_path: Path) -> None:
    (tmp_path / "m.tflite").write_bytes(content)
    samples = tones(WORDS, 7.0)
    saved = tmp_path / "saved.tflite"
    request = StreamRequest(tmp_path / "m.tflite", [write_wav(tmp_path / "s.wav", samples)], rule=choices, saved_model=saved)
    decisions = stream(request, Silent()).facts.decisions
    program = compile_project(project([read_model(saved)], tmp_path / "p"))
    lines = lines_of(program, recorded(samples, RATE_HZ), tmp_path, until=ENDED)
    found = sorted(one for name in ("low", "high") for one in heard(lines, name))
    assert {one.label for one in decisions} == {"low", "high"}
    assert found == [(one.inference, one.sum) for one in decisions]
