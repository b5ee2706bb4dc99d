"""LiteRT lives in a child process: what takes it down does not take us along."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from mcu_toolkit.errors import ToolError
from mcu_toolkit.model import parse_model
from mcu_toolkit.runners import LiteRtRunner, litert, samples
from mcu_toolkit.validate import random_vectors
from tests import small_models

MODEL = parse_model(small_models.addition(), "my_model")


@pytest.mark.parametrize(
    ("body", "cause"), [("os.kill(os.getpid(), signal.SIGSEGV)", "killed by SIGSEGV"), ("time.sleep(60)", "no answer within 1 s")]
)
def test_a_crash_names_the_model(body: str, cause: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = tmp_path / "child.py"
    script.write_text(f"import os, signal, time\n{body}\n")
    monkeypatch.setattr(litert, "_CHILD", script)
    with pytest.raises(ToolError, match=rf"my_model: LiteRT crashed on this model \({cause}\)"):
        LiteRtRunner(MODEL, timeout_s=1)


def test_a_missing_package_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ToolError, match="running a model in LiteRT needs a package that is not installed: ai_edge_litert") as caught:
        LiteRtRunner(MODEL)
    assert caught.value.hint == "pip install mcu-toolkit"


def test_large_runs_go_in_several_messages_and_stay_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    inputs = random_vectors(MODEL, 30, seed=1).inputs
    runner = LiteRtRunner(MODEL)
    whole = runner.run(inputs).outputs[0]
    monkeypatch.setattr(samples, "_CHUNK_BYTES", 50)
    assert runner.run(inputs).outputs[0].tobytes() == whole.tobytes()
    runner.close()
